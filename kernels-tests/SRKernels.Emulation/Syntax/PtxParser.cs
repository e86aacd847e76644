using SRKernels.Emulation.Isa;

namespace SRKernels.Emulation.Syntax;

/// <summary>
/// Module level of PTX: header, variables, kernels. Accepts what ptxas 11.8 accepts and refuses what it refuses (newer
/// targets and versions aside, which only the emulator knows). Functions are parsed again at each call, into the kernel that calls them.
/// </summary>
internal sealed class PtxParser
{
    private readonly TokenStream _tokens;
    private readonly ModuleSyntax _module = new();
    private readonly Dictionary<string, Variable> _globals = [];
    private readonly Dictionary<string, DeviceFunction> _functions = [];

    private PtxParser(string text) => _tokens = new TokenStream(PtxLexer.Tokenize(text));

    internal static ModuleSyntax Parse(string text)
    {
        var parser = new PtxParser(text);
        parser.Header();
        parser.FindFunctions();
        while (parser._tokens.Current.Kind != TokenKind.End) parser.Item();
        return parser._module;
    }

    private void Header()
    {
        if (!_tokens.TryTakeDirective(".version") || _tokens.Current.Kind != TokenKind.Float)
            throw _tokens.Error($"expected .version major.minor at the start, got '{_tokens.Current.Text}'");
        var parts = _tokens.Take().Text.Split('.');
        _module.Version = (int.Parse(parts[0]) * 10) + int.Parse(parts[1]);
        if (_module.Version is < 10 or > PtxTargets.NewestVersion)
            throw _tokens.Error($"expected a .version up to {PtxTargets.NewestVersion / 10.0}, got {string.Join('.', parts)}");
        if (!_tokens.TryTakeDirective(".target"))
            throw _tokens.Error($"expected .target after .version, got '{_tokens.Current.Text}'");
        var name = _tokens.ExpectName();
        if (!PtxTargets.LowestVersion.TryGetValue(name, out var lowest))
            throw _tokens.Error($"expected one of {string.Join(' ', PtxTargets.LowestVersion.Keys)}, got '{name}'");
        if (_module.Version < lowest)
            throw _tokens.Error($"expected .version {lowest / 10.0} or newer for {name}, got {_module.Version / 10.0}");
        _module.Target = int.Parse(name.AsSpan(3).TrimEnd('a'));
        if (_tokens.Is(",")) throw _tokens.Unsupported("target options");
        if (!_tokens.TryTakeDirective(".address_size") || _tokens.ExpectInteger() != 64)
            throw _tokens.Unsupported("an address size other than 64");
    }

    private void Item()
    {
        if (_tokens.TryTake(";")) return;
        if (_tokens.TryTakeDirective(".file"))
        {
            _tokens.ExpectInteger();
            if (_tokens.Take().Kind != TokenKind.String) throw _tokens.Error("expected a file name in quotes");
            while (_tokens.TryTake(",")) _tokens.ExpectInteger();
            return;
        }

        if (_tokens.TryTakeDirective(".pragma"))
        {
            _tokens.Take();
            _tokens.Expect(";");
            return;
        }

        var isExtern = false;
        while (_tokens.Current.Kind == TokenKind.Dotted
            && _tokens.Current.Text is ".visible" or ".extern" or ".weak" or ".common")
            isExtern |= _tokens.Take().Text == ".extern";
        if (_tokens.TryTakeDirective(".entry"))
        {
            Kernel();
        }
        else if (_tokens.IsDirective(".func"))
        {
            Function();
        }
        else if (_tokens.Current.Kind == TokenKind.Dotted && VariableParser.SpaceOf(_tokens.Current.Text) is { } space
            && space is not (StateSpace.Reg or StateSpace.Param or StateSpace.Local))
        {
            _tokens.Take();
            foreach (var variable in VariableParser.Declarations(_tokens, space, isExtern))
            {
                if (!_globals.TryAdd(variable.Name, variable))
                    throw _tokens.Error($"expected a new name, got '{variable.Name}' again");
                _module.Variables.Add(variable);
            }
        }
        else
        {
            throw _tokens.Error($"expected a declaration or .entry, got '{_tokens.Current.Text}'");
        }
    }

    private void Kernel()
    {
        var kernel = new KernelSyntax { Line = _tokens.Line, Name = _tokens.ExpectName() };
        if (_module.Kernels.Any(k => k.Name == kernel.Name))
            throw _tokens.Error($"expected a new kernel name, got '{kernel.Name}' again");
        Parameters(kernel);
        TuningDirectives(kernel);
        new KernelParser(_tokens, kernel, _globals, _functions).Body();
        var used = kernel.Variables.Where(v => v.Space == StateSpace.Shared)
            .Concat(_module.Variables.Where(v => v.Space == StateSpace.Shared && !v.Extern)).Sum(v => v.Bytes);
        if (used > PtxTargets.StaticSharedBytes)
        {
            throw new PtxException(kernel.Line, $"kernel '{kernel.Name}' expected at most "
                + $"{PtxTargets.StaticSharedBytes} bytes of static shared memory, got {used}; use .extern .shared");
        }

        _module.Kernels.Add(kernel);
    }

    // A kernel may call what stands after it, so all functions are known before the first kernel is read.
    private void FindFunctions()
    {
        var start = _tokens.Position;
        while (_tokens.Current.Kind != TokenKind.End)
        {
            if (!_tokens.IsDirective(".func"))
            {
                _tokens.Take();
                continue;
            }

            var function = Signature();
            if (_functions.TryGetValue(function.Name, out var known) && known.BodyAt >= 0)
            {
                if (function.BodyAt >= 0) throw new PtxException(function.Line, $"expected a new function name, got '{function.Name}' again");
                continue; // declared again
            }

            _functions[function.Name] = function;
        }

        _tokens.Position = start;
    }

    private void Function()
    {
        var function = Signature();
        if (_tokens.TryTake(";")) return;
        var alone = new KernelSyntax { Line = function.Line, Name = function.Name };
        new KernelParser(_tokens, alone, _globals, _functions).Alone(function);
        _module.Functions.Add(alone);
    }

    private DeviceFunction Signature()
    {
        _tokens.Take();
        var line = _tokens.Line;
        var results = _tokens.Is("(") ? Formals() : [];
        var name = _tokens.ExpectName();
        var parameters = _tokens.Is("(") ? Formals() : [];
        _tokens.TryTakeDirective(".noreturn");
        return new DeviceFunction(name, line, results, parameters, _tokens.Is("{") ? _tokens.Position : -1);
    }

    private List<Variable> Formals()
    {
        var formals = new List<Variable>();
        _tokens.Expect("(");
        if (_tokens.TryTake(")")) return formals;
        do
        {
            if (_tokens.IsDirective(".reg")) throw _tokens.Unsupported("a function's parameter in a register");
            if (!_tokens.TryTakeDirective(".param")) throw _tokens.Error($"expected .param, got '{_tokens.Current.Text}'");
            formals.Add(VariableParser.Parameter(_tokens));
        }
        while (_tokens.TryTake(","));
        _tokens.Expect(")");
        return formals;
    }

    private void Parameters(KernelSyntax kernel)
    {
        if (!_tokens.TryTake("(")) return;
        if (_tokens.TryTake(")")) return;
        do
        {
            if (!_tokens.TryTakeDirective(".param"))
                throw _tokens.Error($"expected .param, got '{_tokens.Current.Text}'");
            var parameter = VariableParser.Parameter(_tokens);
            if (kernel.Parameters.Exists(p => p.Name == parameter.Name))
                throw _tokens.Error($"expected a new parameter name, got '{parameter.Name}' again");
            var at = (kernel.ParameterBytes + parameter.Align - 1) & -parameter.Align;
            parameter.Address = (ulong)at;
            kernel.ParameterBytes = at + parameter.Bytes;
            kernel.Parameters.Add(parameter);
        }
        while (_tokens.TryTake(","));
        _tokens.Expect(")");
        if (kernel.ParameterBytes > PtxTargets.ParameterBytes)
        {
            throw _tokens.Error($"kernel '{kernel.Name}' expected at most {PtxTargets.ParameterBytes} bytes of "
                + $"parameters, got {kernel.ParameterBytes}");
        }
    }

    private void TuningDirectives(KernelSyntax kernel)
    {
        while (_tokens.Current.Kind == TokenKind.Dotted)
        {
            switch (_tokens.Take().Text)
            {
                case ".maxntid": kernel.MaxThreads = Extents(); break;
                case ".reqntid": kernel.RequiredThreads = Extents(); break;
                case ".minnctapersm": kernel.MinBlocks = _tokens.ExpectInteger(); break;
                case ".maxnreg": _tokens.ExpectInteger(); break;
                case ".pragma":
                    _tokens.Take();
                    _tokens.Expect(";");
                    break;
                default: throw _tokens.Error("expected a tuning directive or '{' after the parameters");
            }
        }
    }

    private int[] Extents()
    {
        int[] extents = [_tokens.ExpectInteger(), 1, 1];
        for (var i = 1; i < 3 && _tokens.TryTake(","); i++) extents[i] = _tokens.ExpectInteger();
        return extents;
    }
}
