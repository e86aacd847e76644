namespace SRKernels.Emulation.Syntax;

/// <content>
/// Calls: a function's body is parsed again at each call, with registers and labels of its own, and "ret" is a branch behind it. So warps, meeting points and
/// the checks know nothing of functions. What cannot be done so, recursion and calls by address, is refused as unsupported.
/// </content>
internal sealed partial class KernelParser
{
    // Static shared memory is one for all calls of a function.
    private readonly Dictionary<(string Function, string Name), Variable> _sharedOfFunctions = [];
    private readonly Stack<string> _callers = new();
    private string _labelPrefix = "";
    private int _calls;

    /// <summary>A function that nobody calls, with its parameters in memory of the thread: to check its body.</summary>
    internal void Alone(DeviceFunction function)
    {
        Variable[] results = [.. function.Results.Select(Argument)], arguments = [.. function.Parameters.Select(Argument)];
        _kernel.Variables.AddRange([.. results, .. arguments]);
        Inline(function, results, arguments);
        CheckNames();
    }

    private static Variable Argument(Variable formal) => formal with { Space = StateSpace.Local, PassesArguments = true };

    private void DeclareVariable(Variable variable)
    {
        if (variable.Space == StateSpace.Param) variable = Argument(variable);
        if (variable.Space == StateSpace.Shared && _callers.TryPeek(out var function))
        {
            if (_sharedOfFunctions.TryGetValue((function, variable.Name), out var same))
            {
                Declare(variable.Name, same);
                return;
            }

            _sharedOfFunctions.Add((function, variable.Name), variable);
        }

        Declare(variable.Name, variable);
        _kernel.Variables.Add(variable);
    }

    private List<string> Names()
    {
        var names = new List<string>();
        do
        {
            names.Add(_tokens.ExpectName());
        }
        while (_tokens.TryTake(","));
        return names;
    }

    private void Call(Register? guard, string[] modifiers)
    {
        if (guard is not null) throw _tokens.Unsupported("a call under a predicate");
        if (modifiers is not ([] or [".uni"])) throw _tokens.Error($"call{string.Concat(modifiers)}: expected other modifiers or types");
        var results = Arguments();
        if (results.Length > 0) _tokens.Expect(",");
        var name = _tokens.ExpectName();
        var arguments = _tokens.TryTake(",") ? Arguments() : [];
        if (_tokens.Is(",")) throw _tokens.Unsupported("a call by address");
        _tokens.Expect(";");
        if (!_functions.TryGetValue(name, out var function)) throw _tokens.Error($"call: expected a declared function, got '{name}'");
        if (function.BodyAt < 0) throw _tokens.Unsupported($"a call of '{name}', whose body is elsewhere");
        if (_callers.Contains(name)) throw _tokens.Unsupported($"a call of '{name}' by itself");
        var back = _tokens.Position;
        _tokens.Position = function.BodyAt;
        Inline(function, results, arguments);
        _tokens.Position = back;
    }

    private Variable[] Arguments()
    {
        if (!_tokens.TryTake("(")) return [];
        if (_tokens.TryTake(")")) return [];
        var variables = new List<Variable>();
        foreach (var name in Names())
        {
            if (Find(name) is not Variable { PassesArguments: true } variable) throw _tokens.Unsupported($"'{name}' in a call, where the emulator takes a .param");
            variables.Add(variable);
        }

        _tokens.Expect(")");
        return [.. variables];
    }

    // The formals are the caller's own variables under another name: a callee writes its results alone.
    private void Inline(DeviceFunction function, Variable[] results, Variable[] arguments)
    {
        Dictionary<string, object> formals = [];
        Bind(function, "results", function.Results, results, formals);
        Bind(function, "arguments", function.Parameters, arguments, formals);
        var (scopes, prefix) = (_scopes, _labelPrefix);
        (_scopes, _labelPrefix) = (new Stack<Dictionary<string, object>>([_globals, formals]), $"{function.Name}@{_calls++}.");
        _callers.Push(function.Name);
        _tokens.Expect("{");
        Statements();
        _kernel.Labels.Add(_labelPrefix + "ret", _kernel.Instructions.Count);
        _callers.Pop();
        (_scopes, _labelPrefix) = (scopes, prefix);
    }

    private void Bind(DeviceFunction function, string what, IReadOnlyList<Variable> formals, Variable[] given, Dictionary<string, object> scope)
    {
        if (formals.Count != given.Length) throw _tokens.Error($"call of '{function.Name}': expected {formals.Count} {what}, got {given.Length}");
        for (var i = 0; i < given.Length; i++)
        {
            if (formals[i].Bytes != given[i].Bytes)
                throw _tokens.Error($"call of '{function.Name}': '{formals[i].Name}' expected {formals[i].Bytes} bytes, got {given[i].Bytes}");
            if (!scope.TryAdd(formals[i].Name, given[i])) throw new PtxException(function.Line, $"expected a new parameter name, got '{formals[i].Name}' again");
        }
    }

    /// <summary>What an instruction is where a body is part of a kernel: "ret" goes back to the caller, arguments lie in memory of the thread.</summary>
    private Instruction InFunction(Instruction instruction)
    {
        if (instruction.Opcode == "ret" && _callers.Count > 0) return instruction with { Opcode = "bra", Modifiers = [], Operands = [new LabelOperand(_labelPrefix + "ret")] };
        return Array.Exists(instruction.Operands, o => o is AddressOperand { Symbol.PassesArguments: true })
            ? instruction with { Modifiers = [.. instruction.Modifiers.Select(m => m == ".param" ? ".local" : m)] }
            : instruction;
    }
}
