using System.Reflection.Metadata;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

/// <summary>
/// IL to IR, depth first: a call is translated in place, with the callee's blocks in the middle of the caller's. Values
/// are SSA from the start; structs are their leaves; a reference to a local is a compile-time name for its variables (a
/// null-like constant whose bits index <see cref="_localReferences"/>), a reference to memory an address.
/// Parts: this file (methods, blocks, variables), Instructions, Calls, Memory, Intrinsics.
/// </summary>
internal sealed partial class Translator
{
    private readonly TypeTable _types;
    private readonly MethodTable _methods;
    private readonly Function _function;
    private readonly FoldingBuilder _build;
    private readonly SsaVariables _variables;
    private readonly string _kernel;
    private readonly List<LocalReference> _localReferences = [default];
    private readonly Dictionary<LocalReference, Value> _localReferenceValues = [];
    private readonly Dictionary<string, short> _files = new(StringComparer.Ordinal);
    private StackValue[] _stack = new StackValue[64];
    private int _depth;
    private Frame _frame = null!;

    internal Translator(TypeTable types, MethodTable methods, Function function, string kernel)
    {
        _types = types;
        _methods = methods;
        _function = function;
        _kernel = kernel;
        _build = new FoldingBuilder(function);
        _variables = new SsaVariables(function, Unsupported);
    }

    private Block Current => _build.Raw.Block;

    /// <summary>Translates the kernel with these arguments into the function's entry block and what follows.</summary>
    internal void TranslateKernel(MethodInstance kernel, Func<FoldingBuilder, StackValue[]> arguments)
    {
        _build.Raw.SetEnd(_function.AddBlock());
        _frame = new Frame(kernel, null, 0);
        Inline(kernel, arguments(_build));
        _build.Raw.Ret();
        _function.RemoveUnreachableBlocks();
        RejectEscapedReferences();
    }

    /// <summary>Translates a method in place and gives its result (default for void).</summary>
    private StackValue Inline(MethodInstance method, StackValue[] arguments)
    {
        if (method.Body is not { } body)
            throw Unsupported(
                $"a call of {method.TypeName}.{method.Name}, which has no body, is not allowed in kernels; call a static method with a body");
        for (Frame f = _frame; f.Caller is not null; f = f.Caller)
            if (ReferenceEquals(f.Method, method))
                throw Unsupported(
                    $"recursion ({method.TypeName}.{method.Name} calls itself) is not allowed in kernels; use a loop");
        if (method.HasTry)
            throw Unsupported(
                $"'try' in {method.TypeName}.{method.Name} is not allowed in kernels; write an error code to a buffer",
                method, 0);
        Frame caller = _frame;
        SourcePosition position = _build.Raw.Position;
        var frame = new Frame(method, caller, _depth)
        {
            Arguments = arguments,
            ArgumentVariables = new int[arguments.Length],
            LocalVariables = new int[method.LocalTypes.Length],
            LocalBindings = new StackValue[method.LocalTypes.Length],
        };
        Array.Fill(frame.LocalVariables, -1);
        _frame = frame;
        for (int i = 0; i < arguments.Length; i++) frame.ArgumentVariables[i] = body.ArgumentIsWritten[i] ? Variable(arguments[i]) : -1;
        if (body.Blocks.Length == 1 && body.Blocks[0].Successors.Length == 0) TranslateBlock(0, body.Blocks[0]);
        else TranslateBlocks(body);
        _depth = frame.StackBase;
        StackValue result = JoinReturns(frame);
        _frame = caller;
        _build.Raw.Position = position;
        return result;
    }

    private void TranslateBlocks(IlBody body)
    {
        Frame frame = _frame;
        int count = body.Blocks.Length;
        frame.Blocks = new Block?[count];
        frame.EntryStacks = new (KernelType, int)[]?[count];
        var waiting = new int[count];
        var translated = new bool[count];
        for (int i = 0; i < count; i++) waiting[i] = body.Blocks[i].PredCount;
        if (waiting[0] == 0) frame.Blocks[0] = Current;
        else _build.Raw.Br(Target(0));
        foreach (int index in body.ReversePostorder)
        {
            IlBlock il = body.Blocks[index];
            if (frame.Blocks[index] is { } block)
            {
                translated[index] = true;
                if (waiting[index] > 0) _variables.Open(block);
                _build.Raw.SetEnd(block);
                RestoreStack(frame, index, block);
                TranslateBlock(index, il);
            }

            for (int i = 0; i < il.Successors.Length; i++)
            {
                int next = il.Successors[i];
                if (Array.IndexOf(il.Successors, next, 0, i) >= 0) continue;
                if (--waiting[next] == 0 && translated[next]) _variables.Seal(frame.Blocks[next]!);
            }
        }

        for (int i = 0; i < count; i++)
            if (!translated[i] && frame.Blocks[i] is not null)
                throw Unsupported("a jump into the middle of a loop is not allowed in kernels; restructure the goto",
                    frame.Method, body.Blocks[i].Start);
    }

    private void TranslateBlock(int index, IlBlock il)
    {
        Frame frame = _frame;
        byte[] code = frame.Method.Body!.Code;
        int at = il.Start;
        while (at < il.End)
        {
            frame.Offset = at;
            SetPosition();
            ILOpCode op = IlBody.Decode(code, at, out int operand);
            int next = IlBody.Next(code, op, operand);
            if (op == ILOpCode.Constrained)
            {
                KernelType constraint = TypeToken(BitConverter.ToInt32(code, operand));
                op = IlBody.Decode(code, next, out operand);
                next = IlBody.Next(code, op, operand);
                Call(BitConverter.ToInt32(code, operand), constraint);
            }
            else if (!Instruction(op, code, operand, index))
            {
                return;
            }

            at = next;
        }

        // The next block follows without a jump.
        int[] successors = il.Successors;
        SaveStack(successors[0]);
        _build.Raw.Br(Target(successors[0]));
    }

    private StackValue JoinReturns(Frame frame)
    {
        KernelType type = frame.Method.ReturnType;
        if (frame.Returns.Count == 1)
        {
            _build.Raw.SetEnd(frame.Returns[0].Block);
            return frame.Returns[0].Value;
        }

        Block join = _function.AddBlock();
        int first = -1;
        foreach ((Block block, StackValue value) in frame.Returns)
        {
            _build.Raw.SetEnd(block);
            if (type.Shape != TypeShape.Void)
            {
                StackValue leaves = Materialise(value);
                if (first < 0) first = VariablesFor(leaves);
                WriteVariables(first, leaves);
            }

            _build.Raw.Br(join);
        }

        _build.Raw.SetEnd(join);
        if (type.Shape == TypeShape.Void) return default;
        return first < 0 ? ZeroOf(type) : ReadVariables(first, type);
    }

    /// <summary>The IR block of an IL block, made at its first use.</summary>
    private Block Target(int index) => _frame.Blocks[index] ??= _function.AddBlock();

    private void SaveStack(int target)
    {
        int depth = _depth - _frame.StackBase;
        if (depth == 0) return;
        (KernelType Type, int Variable)[]? entry = _frame.EntryStacks[target];
        bool first = entry is null;
        entry ??= _frame.EntryStacks[target] = new (KernelType, int)[depth];
        for (int i = 0; i < depth; i++)
        {
            StackValue value = Materialise(_stack[_frame.StackBase + i]);
            if (value.Text is not null)
                throw Unsupported("IL 'ldstr' is not allowed in kernels; only CudaAsm takes text, as a constant");
            if (first) entry[i] = (value.Type, VariablesFor(value));
            WriteVariables(entry[i].Variable, value);
        }
    }

    private void RestoreStack(Frame frame, int index, Block block)
    {
        _depth = frame.StackBase;
        if (frame.EntryStacks[index] is not { } entry) return;
        _build.Raw.SetEnd(block);
        foreach ((KernelType type, int variable) in entry) Push(ReadVariables(variable, type));
    }

    /// <summary>Fresh variables that hold a value, written in the current block.</summary>
    private int Variable(StackValue value)
    {
        value = Materialise(value);
        int first = VariablesFor(value);
        WriteVariables(first, value);
        return first;
    }

    private int VariablesFor(StackValue value)
    {
        int first = -1;
        for (int i = 0; i < value.Count; i++)
        {
            int variable = _variables.New(value[i].Type);
            if (i == 0) first = variable;
        }

        return first;
    }

    /// <summary>Fresh variables for a type; unread they are zero.</summary>
    private int VariablesFor(KernelType type)
    {
        int first = -1;
        for (int i = 0; i < type.Leaves.Length; i++)
        {
            int variable = _variables.New(type.Leaves[i].Type?.Value ?? IrType.Global);
            if (i == 0) first = variable;
        }

        return first;
    }

    private void WriteVariables(int first, StackValue value)
    {
        for (int i = 0; i < value.Count; i++) _variables.Write(first + i, Current, _variables.Resolve(value[i]));
    }

    private StackValue ReadVariables(int first, KernelType type)
    {
        if (type.Leaves.Length == 1) return new StackValue(type, _variables.Read(first, Current));
        var leaves = new Value[type.Leaves.Length];
        for (int i = 0; i < leaves.Length; i++) leaves[i] = _variables.Read(first + i, Current);
        return new StackValue(type, leaves);
    }

    private void Push(StackValue value)
    {
        if (_depth == _stack.Length) Array.Resize(ref _stack, _depth * 2);
        _stack[_depth++] = value;
    }

    private void Push(KernelType type, Value value) => Push(new StackValue(type, value));

    /// <summary>Pushes the result of an operation with the C# type that its IR type stands for on the stack.</summary>
    private void Push(Value value) => Push(new StackValue(StackType(value.Type), value));

    private static KernelType StackType(IrType type) => type.Kind switch
    {
        Kind.I64 => TypeTable.Int64,
        Kind.F32 => TypeTable.Single,
        Kind.F64 => TypeTable.Double,
        Kind.F16 => TypeTable.Half,
        Kind.BF16 => TypeTable.BFloat16,
        _ => TypeTable.Int32,
    };

    private StackValue Pop()
    {
        StackValue value = _stack[--_depth];
        if (value.Single is { } single) return new StackValue(value.Type, _variables.Resolve(single), value.Offset);
        if (value.Leaves is { } leaves)
            for (int i = 0; i < leaves.Length; i++)
                if (!ReferenceEquals(_variables.Resolve(leaves[i]), leaves[i]))
                    return new StackValue(value.Type, Array.ConvertAll(leaves, _variables.Resolve));
        return value;
    }

    /// <summary>Pops a number.</summary>
    private Value PopValue()
    {
        StackValue value = Pop();
        if (value.Text is not null)
            throw Unsupported("IL 'ldstr' is not allowed in kernels; only CudaAsm takes text, as a constant");
        return Materialise(value).Single ?? throw Unsupported(
            $"a value of type {value.Type} cannot be used as a number");
    }

    private void SetPosition()
    {
        (string file, int line) = UserLine();
        if (line == 0) return;
        if (!_files.TryGetValue(file, out short index))
        {
            index = (short)_function.Files.Count;
            _function.Files.Add(file);
            _files.Add(file, index);
        }

        _build.Raw.Position = new SourcePosition(index, line);
    }

    /// <summary>The line at hand in the innermost method that is not the language's own.</summary>
    private (string File, int Line) UserLine()
    {
        for (Frame? frame = _frame; frame is not null; frame = frame.Caller)
        {
            if (frame.Method.Module.Name is "ILGPU" or "ILGPU.Algorithms" or "SRKernels.Intrinsics") continue;
            (string File, int Line) found = frame.Method.LineAt(frame.Offset);
            if (found.Line > 0) return found;
        }

        return ("", 0);
    }

    private KernelCompilationException Unsupported(string message) => Diagnostic(message, UserLine());

    private KernelCompilationException Unsupported(string message, MethodInstance method, int offset) =>
        Diagnostic(message, method.LineAt(offset));

    /// <summary><c>Kernel K: [subject] at File.cs:41 [predicate].</c>: the place goes behind the subject, before " is "
    /// or " are ".</summary>
    private KernelCompilationException Diagnostic(string message, (string File, int Line) line)
    {
        string place = line.Line > 0 ? $" at {Path.GetFileName(line.File)}:{line.Line}" : "";
        int verb = message.IndexOf(" is not ", StringComparison.Ordinal);
        string text = verb >= 0 ? message[..verb] + place + message[verb..] : message + place;
        return new KernelCompilationException(_kernel, $"Kernel {_kernel}: {text}.");
    }

    /// <summary>A reference to a local that reached an instruction has no address to stand for.</summary>
    private void RejectEscapedReferences()
    {
        foreach (Block block in _function.Blocks)
            for (Value? value = block.First; value is not null; value = value.Next)
                foreach (Value operand in value.Operands)
                    if (operand is { Op: Op.Const, Imm: not 0 } && operand.Type.IsPointer)
                    {
                        (string, int) line = value.Position.Line > 0 ? (
                            _function.Files[value.Position.File], value.Position.Line) : ("", 0);
                        throw Diagnostic(
                            "a reference to a local variable that changes between branches is not allowed in kernels; copy the value, or use LocalMemory.Allocate", line);
                    }
    }
}
