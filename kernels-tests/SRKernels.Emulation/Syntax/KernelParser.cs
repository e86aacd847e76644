using SRKernels.Emulation.Isa;

namespace SRKernels.Emulation.Syntax;

/// <summary>The body of a kernel: scopes, registers, labels, instructions with their operands resolved to symbols.</summary>
internal sealed partial class KernelParser
{
    private readonly TokenStream _tokens;
    private readonly KernelSyntax _kernel;
    private readonly Dictionary<string, object> _globals;
    private readonly Dictionary<string, DeviceFunction> _functions;
    private Stack<Dictionary<string, object>> _scopes = new();

    internal KernelParser(TokenStream tokens, KernelSyntax kernel, Dictionary<string, Variable> globals, Dictionary<string, DeviceFunction> functions)
    {
        (_tokens, _kernel, _functions) = (tokens, kernel, functions);
        _globals = globals.ToDictionary(g => g.Key, g => (object)g.Value);
        _scopes.Push(_globals);
    }

    internal void Body()
    {
        _scopes.Push(_kernel.Parameters.ToDictionary(p => p.Name, p => (object)p));
        _tokens.Expect("{");
        Statements();
        CheckNames();
    }

    private void CheckNames()
    {
        foreach (var instruction in _kernel.Instructions)
            foreach (var label in instruction.Operands.OfType<LabelOperand>())
                CheckName(instruction, label);
    }

    // A name that is no register, no variable and no label: the instruction decides what it is missing.
    private void CheckName(Instruction instruction, LabelOperand label)
    {
        var labels = _kernel.BranchTargets.GetValueOrDefault(label.Name) ?? [label.Name];
        if (!Array.TrueForAll(labels, _kernel.Labels.ContainsKey))
            throw new PtxException(instruction.Line, $"{instruction.FullOpcode}: expected a declared name, got '{label.Name}'");
    }

    private void Statements()
    {
        while (!_tokens.TryTake("}"))
        {
            if (_tokens.Current.Kind == TokenKind.End) throw _tokens.Error("expected '}', got the end of the text");
            if (_tokens.TryTake(";")) continue;
            if (_tokens.TryTake("{"))
            {
                _scopes.Push([]);
                Statements();
                _scopes.Pop();
            }
            else if (_tokens.Current.Kind == TokenKind.Dotted)
            {
                Directive();
            }
            else if (_tokens.Current.Kind == TokenKind.Name && _tokens.Ahead(1) is { Kind: TokenKind.Punctuation, Text: ":" })
            {
                Label();
            }
            else
            {
                Instruction();
            }
        }
    }

    private void Label()
    {
        var name = _tokens.ExpectName();
        _tokens.Expect(":");
        if (_tokens.IsDirective(".callprototype")) throw _tokens.Unsupported(_tokens.Current.Text);
        if (_tokens.TryTakeDirective(".branchtargets"))
        {
            string[] targets = [.. Names().Select(n => _labelPrefix + n)];
            _tokens.Expect(";");
            if (!_kernel.BranchTargets.TryAdd(_labelPrefix + name, targets)) throw _tokens.Error($"expected a new label, got '{name}' again");
            return;
        }

        if (_scopes.Peek().ContainsKey(name) || !_kernel.Labels.TryAdd(_labelPrefix + name, _kernel.Instructions.Count))
            throw _tokens.Error($"expected a new label, got '{name}' again");
    }

    private void Directive()
    {
        var directive = _tokens.Take().Text;
        switch (directive)
        {
            case ".reg": Registers(); break;
            case ".loc":
                for (var i = 0; i < 3; i++) _tokens.ExpectInteger();
                break;
            case ".pragma":
                if (_tokens.Take().Kind != TokenKind.String) throw _tokens.Error("expected a pragma in quotes");
                _tokens.Expect(";");
                break;
            default:
                if (VariableParser.SpaceOf(directive) is not { } space)
                    throw _tokens.Error($"expected an instruction or declaration, got '{directive}'");
                foreach (var variable in VariableParser.Declarations(_tokens, space, isExtern: false)) DeclareVariable(variable);

                break;
        }
    }

    private void Declare(string name, object symbol)
    {
        // The outermost scope of a body shares its names with the parameters.
        if (!_scopes.Peek().TryAdd(name, symbol))
            throw _tokens.Error($"expected a new name, got '{name}' again");
    }

    private void Registers()
    {
        if (_tokens.IsDirective(".v2") || _tokens.IsDirective(".v4")) throw _tokens.Unsupported("a vector register");
        var type = _tokens.ExpectType();
        do
        {
            var name = _tokens.ExpectName();
            if (_tokens.TryTake("<"))
            {
                var count = _tokens.ExpectInteger();
                _tokens.Expect(">");
                Declare(name + "<", name);
                for (var i = 0; i < count; i++) Register(name + i, type);
            }
            else
            {
                Register(name, type);
            }
        }
        while (_tokens.TryTake(","));
        _tokens.Expect(";");
    }

    private void Register(string name, PtxType type)
    {
        var index = type == PtxType.Pred ? _kernel.PredicateCount++ : _kernel.ValueCount++;
        var register = new Register(name, type, index);
        Declare(name, register);
        _kernel.Registers.Add(register);
    }

    private object? Find(string name)
    {
        foreach (var scope in _scopes)
            if (scope.TryGetValue(name, out var symbol))
                return symbol;
        return null;
    }

    private void Instruction()
    {
        var line = _tokens.Line;
        Register? guard = null;
        var negated = false;
        if (_tokens.TryTake("@"))
        {
            negated = _tokens.TryTake("!");
            guard = Find(_tokens.ExpectName()) as Register;
            if (guard?.Type != PtxType.Pred) throw _tokens.Error("expected a predicate after '@'");
        }

        if (_tokens.Current.Kind != TokenKind.Name) throw _tokens.Error($"expected an instruction, got '{_tokens.Current.Text}'");
        var opcode = _tokens.Take();
        if (opcode.Text == "call")
        {
            Call(guard, opcode.Suffixes!);
            return;
        }

        var operands = new List<Operand>();
        if (!_tokens.Is(";"))
        {
            do
            {
                operands.Add(Operand());
            }
            while (_tokens.TryTake(","));
        }

        _tokens.Expect(";");
        var lists = operands.OfType<LabelOperand>().Count(l => _kernel.BranchTargets.ContainsKey(l.Name));
        if (lists != (opcode.Text == "brx" ? 1 : 0)) throw new PtxException(line, $"{opcode.Text}: expected {(lists == 0 ? "the label of a .branchtargets list before it" : "a label of the code")}");
        _kernel.Instructions.Add(InFunction(new Instruction(line, guard, negated, opcode.Text, opcode.Suffixes!, [.. operands])));
    }

    private Operand Operand()
    {
        if (_tokens.TryTake("{"))
        {
            var elements = new List<Operand>();
            do
            {
                elements.Add(Operand());
            }
            while (_tokens.TryTake(","));
            _tokens.Expect("}");
            return new VectorOperand([.. elements]);
        }

        if (_tokens.TryTake("["))
        {
            var address = Address();
            _tokens.Expect("]");
            return address;
        }

        if (_tokens.Is("!") && _tokens.Ahead(1).Kind == TokenKind.Name)
        {
            _tokens.Take();
            return Find(_tokens.ExpectName()) is Register { Type: PtxType.Pred } predicate
                ? new RegisterOperand(predicate, Negated: true)
                : throw _tokens.Error("expected a predicate after '!'");
        }

        if (_tokens.Is("-") && _tokens.Ahead(1).Kind == TokenKind.Float && _tokens.Ahead(1).Text[0] != '0'
            || (_tokens.Is("-") && _tokens.Ahead(1) is { Kind: TokenKind.Float, Text: var t } && t.Contains('.')))
        {
            _tokens.Take();
            return new FloatOperand(-BitConverter.UInt64BitsToDouble(_tokens.Take().Bits), PtxType.F64);
        }

        if (_tokens.Current.Kind == TokenKind.Float)
        {
            var token = _tokens.Take();
            return new FloatOperand(BitConverter.UInt64BitsToDouble(token.Bits), token.FloatType);
        }

        if (_tokens.Current.Kind == TokenKind.Name && _tokens.Current.Text != "WARP_SZ") return Named();
        return new IntegerOperand(_tokens.Constant().Value());
    }

    private Operand Named()
    {
        var token = _tokens.Take();
        var name = token.Text + string.Concat(token.Suffixes!);
        Operand operand = Find(name) switch
        {
            Register register => new RegisterOperand(register),
            Variable variable => new SymbolOperand(variable, Offset()),
            _ when name == "_" => new SinkOperand(),
            _ when SpecialRegisters.TypeOf(name) != PtxType.None => new SpecialOperand(name),
            _ => new LabelOperand(_labelPrefix + name),
        };
        return _tokens.TryTake("|") ? new PairOperand(operand, Operand()) : operand;
    }

    private long Offset() => _tokens.Is("+") ? (long)_tokens.Constant().Value() : 0;

    private AddressOperand Address()
    {
        if (_tokens.Current.Kind != TokenKind.Name) return new AddressOperand(null, null, (long)_tokens.Constant().Value());
        var symbol = Find(_tokens.ExpectName());
        long offset = 0;
        if (_tokens.TryTake("+")) offset = (long)_tokens.Constant().Value();
        return symbol switch
        {
            Register register => new AddressOperand(register, null, offset),
            Variable variable => new AddressOperand(null, variable, offset),
            _ => throw _tokens.Error("expected a declared register or variable in the address"),
        };
    }
}
