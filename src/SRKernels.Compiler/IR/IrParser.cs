using System.Globalization;

namespace SRKernels.Compiler.IR;

/// <summary>
/// Text to IR, one instruction to a line, for tests of passes and code generators. Names of values and blocks are free;
/// the printer renumbers them. <c>;</c> starts a comment. Throws <see cref="FormatException"/> with the line.
/// </summary>
internal sealed class IrParser
{
    private readonly string[] _lines;
    private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Block> _blocks = new(StringComparer.Ordinal);
    private readonly List<(Value User, List<string> Operands, List<string> Blocks, int Line)> _pending = [];
    private Function _function = null!;
    private string _line = "";
    private int _number;
    private int _at;

    private IrParser(string text) => _lines = text.Split('\n');

    internal static Function Parse(string text) => new IrParser(text).Run();

    private Function Run()
    {
        while (NextLine() && _line.Length == 0) { }
        Header();
        int body = _number;
        while (NextLine())
            if (_line.EndsWith(':'))
                _blocks.Add(_line[..^1], _function.AddBlock());
        _number = body;
        Block? block = null;
        while (NextLine())
        {
            if (_line.Length == 0 || _line == "}") continue;
            if (_line.EndsWith(':')) block = _blocks[_line[..^1]];
            else if (Take("alloc ") && !_line.Contains('=')) Allocation();
            else if (block is null) throw Error("expected a block label");
            else Instruction(block);
        }

        Resolve();
        return _function;
    }

    private void Header()
    {
        Expect("kernel @");
        string name = Until('(');
        _at++;
        var parameters = new List<(string Name, IrType Type)>();
        while (!Take(")"))
        {
            Take(",");
            Expect("%");
            string parameter = Until(':');
            _at++;
            parameters.Add((parameter, ParseType()));
        }

        var info = new KernelInfo(name);
        while (!Take("{"))
        {
            if (Take("target=")) info = info with { LowestTarget = (int)Integer() };
            else if (Take("maxthreads=")) info = info with { MaxThreads = (int)Integer() };
            else if (Take("mingroups=")) info = info with { MinGroups = (int)Integer() };
            else throw Error("expected target=, maxthreads=, mingroups= or {");
        }

        _function = new Function(info);
        foreach ((string parameter, IrType type) in parameters)
            _values.Add("%" + parameter, _function.AddParameter(type, parameter));
    }

    private void Allocation()
    {
        long index = Integer();
        Expect(":");
        Space space = Take("shared") ? Space.Shared : Space.Local;
        if (space == Space.Local) Expect("local");
        int bytes = (int)Integer();
        Expect("align");
        int align = (int)Integer();
        if (_function.AddAllocation(space, bytes, align) != index) throw Error("allocations must be numbered in order");
    }

    private void Instruction(Block block)
    {
        string? name = null;
        IrType type = IrType.Void;
        _at = 0;
        if (Peek() == '%')
        {
            name = Word();
            Expect(":");
            type = ParseType();
            Expect("=");
        }

        string mnemonic = Word();
        bool isVolatile = Strip(ref mnemonic, ".volatile");
        bool fast = Strip(ref mnemonic, ".fast");
        if (!OpInfo.TryGet(mnemonic, out Op op)) throw Error($"unknown operation '{mnemonic}'");
        Value value = op == Op.Asm ? _function.CreateAsm(Template(), []) : _function.Create(op, type);
        value.Fast = fast;
        value.Volatile = isVolatile;
        var operands = new List<string>();
        var blocks = new List<string>();
        while (!AtEnd())
        {
            if (Take(",") || Take("[") || Take("]")) continue;
            char c = Peek();
            if (c == '#') value.Imm = Immediate();
            else if (c is '+' or '-' && operands.Count > 0 && _line[_at - 1] == ' ' && !WordAhead().Contains(':'))
                value.Offset = (int)Integer();
            else
            {
                string word = Word();
                if (_blocks.ContainsKey(word)) blocks.Add(word);
                else operands.Add(word);
            }
        }

        block.Append(value);
        if (name is not null && !_values.TryAdd(name, value)) throw Error($"{name} is defined twice");
        _pending.Add((value, operands, blocks, _number));
    }

    private void Resolve()
    {
        foreach ((Value user, _, List<string> blocks, int line) in _pending)
        {
            if (!user.IsTerminator) continue;
            _number = line;
            user.Targets = [.. blocks.Select(b => _blocks[b])];
            foreach (Block target in user.Targets) target.AddPred(user.Block!);
        }

        foreach ((Value user, List<string> operands, List<string> blocks, int line) in _pending)
        {
            _number = line;
            if (user.Op != Op.Phi)
            {
                foreach (string operand in operands) user.AddOperand(Operand(operand));
                continue;
            }

            foreach (Block pred in user.Block!.Preds)
            {
                int index = blocks.FindIndex(b => ReferenceEquals(_blocks[b], pred));
                if (index < 0 || index >= operands.Count) throw Error("the phi lacks a value for a predecessor");
                user.AddOperand(Operand(operands[index]));
            }

            if (operands.Count != user.Block.Preds.Count)
                throw Error("the phi has values for blocks that are no predecessors");
        }
    }

    private Value Operand(string text)
    {
        if (text.StartsWith('%'))
            return _values.TryGetValue(text, out Value? value) ? value : throw Error($"{text} is not defined");
        if (text is "true" or "false") return _function.Bool(text == "true");
        int colon = text.LastIndexOf(':');
        if (colon < 0 || !IrType.TryParse(text[(colon + 1)..], out IrType type)) throw Error($"'{text}' is no operand");
        string number = text[..colon];
        if (number == "undef") return _function.Undef(type);
        if (number == "null") return _function.Const(type, 0);
        if (number.StartsWith("0x", StringComparison.Ordinal))
            return _function.Const(type, (long)ulong.Parse(
                number.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        if (type.Kind == Kind.F32) return _function.Float(float.Parse(number, CultureInfo.InvariantCulture));
        if (type.Kind == Kind.F64) return _function.Double(double.Parse(number, CultureInfo.InvariantCulture));
        if (type.IsAnyInt && long.TryParse(number, CultureInfo.InvariantCulture, out long integer))
            return _function.Const(type, integer);
        throw Error($"'{text}' is no constant");
    }

    private AsmText Template()
    {
        Expect("\"");
        var text = new System.Text.StringBuilder();
        for (; _line[_at] != '"'; _at++)
        {
            char c = _line[_at];
            if (c == '\\') c = _line[++_at] == 'n' ? '\n' : _line[_at];
            text.Append(c);
        }

        _at++;
        Expect("{");
        var slots = new List<AsmSlot>();
        while (!Take("}"))
        {
            int operand = Peek() == '>' ? -1 : (int)Integer();
            Expect(">");
            int output = Peek() == ':' ? -1 : (int)Integer();
            Expect(":");
            slots.Add(new AsmSlot(operand, output, ParseType()));
        }

        return new AsmText(text.ToString(), [.. slots]);
    }

    private long Immediate()
    {
        _at++;
        string word = Word();
        if (Enum.TryParse(word, out MmaShape shape)) return (long)shape;
        return long.TryParse(word, CultureInfo.InvariantCulture, out long value) ? value : throw Error(
            $"'{word}' is no number");
    }

    private bool NextLine()
    {
        if (_number >= _lines.Length) return false;
        string line = _lines[_number++];
        int comment = line.Contains('"') ? -1 : line.IndexOf(';');
        _line = (comment >= 0 ? line[..comment] : line).Trim();
        _at = 0;
        return true;
    }

    private void Blanks()
    {
        while (_at < _line.Length && _line[_at] == ' ') _at++;
    }

    private bool AtEnd()
    {
        Blanks();
        return _at >= _line.Length;
    }

    private char Peek()
    {
        Blanks();
        return _at < _line.Length ? _line[_at] : '\0';
    }

    private bool Take(string text)
    {
        Blanks();
        if (string.CompareOrdinal(_line, _at, text, 0, text.Length) != 0) return false;
        _at += text.Length;
        return true;
    }

    private void Expect(string text)
    {
        if (!Take(text)) throw Error($"expected '{text}'");
    }

    private string Until(char end)
    {
        int stop = _line.IndexOf(end, _at);
        if (stop < 0) throw Error($"expected '{end}'");
        string text = _line[_at..stop].Trim();
        _at = stop;
        return text;
    }

    private string WordAhead()
    {
        int at = _at;
        string word = Word();
        _at = at;
        return word;
    }

    /// <summary>Characters up to a blank or a bracket; a colon only inside a constant (<c>5:i32</c>), not after a
    /// result name.</summary>
    private string Word()
    {
        Blanks();
        int start = _at;
        bool name = Peek() == '%';
        while (_at < _line.Length && _line[_at] is not (' ' or ',' or '[' or ']' or '{' or '}')
            && !(name && _line[_at] == ':')) _at++;
        if (_at == start) throw Error("expected a word");
        return _line[start.._at];
    }

    private IrType ParseType()
    {
        Blanks();
        int start = _at;
        while (_at < _line.Length && (char.IsLetterOrDigit(_line[_at]) || _line[_at] == '.')) _at++;
        string word = _line[start.._at];
        return IrType.TryParse(word, out IrType type) ? type : throw Error($"'{word}' is no type");
    }

    private long Integer()
    {
        Blanks();
        int start = _at;
        if (_at < _line.Length && _line[_at] is '-' or '+') _at++;
        while (_at < _line.Length && char.IsAsciiDigit(_line[_at])) _at++;
        return long.TryParse(_line.AsSpan(start, _at - start), CultureInfo.InvariantCulture, out long value)
            ? value
            : throw Error("expected a number");
    }

    private static bool Strip(ref string word, string suffix)
    {
        if (!word.EndsWith(suffix, StringComparison.Ordinal)) return false;
        word = word[..^suffix.Length];
        return true;
    }

    private FormatException Error(string message) =>
        new($"IR text, line {_number}: {message}: '{(_number > 0 ? _lines[_number - 1].Trim() : "")}'.");
}
