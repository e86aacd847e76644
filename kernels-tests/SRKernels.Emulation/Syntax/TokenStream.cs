namespace SRKernels.Emulation.Syntax;

/// <summary>A cursor over tokens with the few questions that both parsers ask.</summary>
internal sealed class TokenStream(List<Token> tokens)
{
    private int _at;

    /// <summary>Where the cursor is; a place that was left can be gone back to.</summary>
    internal int Position
    {
        get => _at;
        set => _at = value;
    }

    internal Token Current => tokens[_at];

    internal int Line => Current.Line;

    internal Token Ahead(int count) => tokens[Math.Min(_at + count, tokens.Count - 1)];

    internal Token Take()
    {
        var token = tokens[_at];
        if (_at < tokens.Count - 1) _at++;
        return token;
    }

    internal bool Is(string punctuation) => Current.Kind == TokenKind.Punctuation && Current.Text == punctuation;

    internal bool IsDirective(string name) => Current.Kind == TokenKind.Dotted && Current.Text == name;

    internal bool TryTake(string punctuation)
    {
        if (!Is(punctuation)) return false;
        Take();
        return true;
    }

    internal bool TryTakeDirective(string name)
    {
        if (!IsDirective(name)) return false;
        Take();
        return true;
    }

    internal void Expect(string punctuation)
    {
        if (!TryTake(punctuation)) throw Error($"expected '{punctuation}', got '{Current.Text}'");
    }

    internal string ExpectName()
    {
        if (Current.Kind != TokenKind.Name || Current.Suffixes!.Length > 0)
            throw Error($"expected a name, got '{Current.Text}{string.Concat(Current.Suffixes ?? [])}'");
        return Take().Text;
    }

    internal int ExpectInteger()
    {
        if (Current.Kind != TokenKind.Integer || Current.Bits > int.MaxValue)
            throw Error($"expected a number, got '{Current.Text}'");
        return (int)Take().Bits;
    }

    internal PtxType ExpectType()
    {
        if (Current.Kind != TokenKind.Dotted || !PtxTypes.TryParse(Current.Text, out var type)
            || type is PtxType.BF16 or PtxType.BF16x2 or PtxType.TF32)
            throw Error($"expected a type, got '{Current.Text}'");
        Take();
        return type;
    }

    internal PtxException Error(string what) => new(Line, what);

    internal PtxUnsupportedException Unsupported(string what) => new(Line, what);

    internal ConstantExpression Constant() => new(this);
}

/// <summary>Integer constant expressions: + - * / % ~ ! &lt;&lt; &gt;&gt; &amp; | ^ and parentheses, in 64 bits.</summary>
internal readonly ref struct ConstantExpression(TokenStream tokens)
{
    private static readonly string[][] Levels = [["|"], ["^"], ["&"], ["<", ">"], ["+", "-"], ["*", "/", "%"]];

    internal ulong Value() => Binary(0);

    private ulong Binary(int level)
    {
        if (level == Levels.Length) return Unary();
        var left = Binary(level + 1);
        while (tokens.Current.Kind == TokenKind.Punctuation && Array.IndexOf(Levels[level], tokens.Current.Text) >= 0)
        {
            var op = tokens.Take().Text;
            if (op is "<" or ">") tokens.Expect(op);
            var right = Binary(level + 1);
            left = op switch
            {
                "|" => left | right,
                "^" => left ^ right,
                "&" => left & right,
                "<" => left << (int)right,
                ">" => (ulong)((long)left >> (int)right),
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                _ when right == 0 => throw tokens.Error("expected a divisor other than 0"),
                "/" => (ulong)((long)left / (long)right),
                _ => (ulong)((long)left % (long)right),
            };
        }

        return left;
    }

    private ulong Unary()
    {
        if (tokens.TryTake("-")) return (ulong)-(long)Unary();
        if (tokens.TryTake("+")) return Unary();
        if (tokens.TryTake("~")) return ~Unary();
        if (tokens.TryTake("!")) return Unary() == 0 ? 1UL : 0UL;
        if (tokens.TryTake("("))
        {
            var value = Value();
            tokens.Expect(")");
            return value;
        }

        if (tokens.Current.Kind == TokenKind.Name && tokens.Current.Text == "WARP_SZ")
        {
            tokens.Take();
            return 32;
        }

        if (tokens.Current.Kind != TokenKind.Integer)
            throw tokens.Error($"expected a constant, got '{tokens.Current.Text}'");
        return tokens.Take().Bits;
    }
}
