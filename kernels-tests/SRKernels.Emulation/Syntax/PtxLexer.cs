using System.Globalization;

namespace SRKernels.Emulation.Syntax;

internal enum TokenKind { End, Name, Dotted, Integer, Float, String, Punctuation }

/// <summary>
/// One token. Name: an identifier with its glued ".suffixes" split off into <see cref="Suffixes"/>. Dotted: a directive
/// or type (".reg", ".u32") that starts with a dot.
/// </summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line, ulong Bits = 0, PtxType FloatType = default,
    string[]? Suffixes = null);

/// <summary>PTX text to tokens. A name directly followed by ".x" keeps it as a suffix: add.rn.f32, %tid.x.</summary>
internal sealed class PtxLexer(string text)
{
    private int _at;
    private int _line = 1;

    internal static List<Token> Tokenize(string text)
    {
        var lexer = new PtxLexer(text);
        var tokens = new List<Token>();
        do
        {
            tokens.Add(lexer.Next());
        }
        while (tokens[^1].Kind != TokenKind.End);
        return tokens;
    }

    private char Peek(int ahead = 0) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    private static bool StartsName(char c) => char.IsAsciiLetter(c) || c is '_' or '$' or '%';

    private static bool InName(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$';

    private Token Next()
    {
        SkipSpace();
        var c = Peek();
        if (c == '\0') return new Token(TokenKind.End, "end of text", _line);
        if (StartsName(c)) return Name();
        if (c == '.' && (char.IsAsciiLetter(Peek(1)) || Peek(1) == '_')) return new Token(TokenKind.Dotted, Suffix(), _line);
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1)))) return Number();
        if (c == '"') return Quoted();
        _at++;
        return new Token(TokenKind.Punctuation, c.ToString(), _line);
    }

    private void SkipSpace()
    {
        for (; ; _at++)
        {
            var c = Peek();
            if (c == '\n')
            {
                _line++;
            }
            else if (c == '/' && Peek(1) == '/')
            {
                while (Peek() is not ('\n' or '\0')) _at++;
                _at--;
            }
            else if (c == '/' && Peek(1) == '*')
            {
                for (_at += 2; !(Peek() == '*' && Peek(1) == '/'); _at++)
                {
                    if (Peek() == '\0') throw new PtxException(_line, "expected '*/', got the end of the text");
                    if (Peek() == '\n') _line++;
                }

                _at++;
            }
            else if (!char.IsWhiteSpace(c) || c == '\0')
            {
                return;
            }
        }
    }

    private Token Name()
    {
        var start = _at++;
        while (InName(Peek())) _at++;
        var name = text[start.._at];
        List<string>? suffixes = null;
        while (Peek() == '.' && (InName(Peek(1)) || Peek(1) == '%')) (suffixes ??= []).Add(Suffix());
        return new Token(TokenKind.Name, name, _line, Suffixes: suffixes?.ToArray() ?? []);
    }

    // ".rn", ".L2::128B": a dot, name characters, and "::" between them.
    private string Suffix()
    {
        var start = _at++;
        while (InName(Peek()) || (Peek() == ':' && Peek(1) == ':'))
            _at += Peek() == ':' ? 2 : 1;
        return text[start.._at];
    }

    private Token Quoted()
    {
        var end = text.IndexOf('"', _at + 1);
        if (end < 0) throw new PtxException(_line, "expected a closing quote, got the end of the text");
        var body = text[(_at + 1)..end];
        _at = end + 1;
        return new Token(TokenKind.String, body, _line);
    }

    private Token Number()
    {
        var start = _at;
        while (InName(Peek()) || Peek() == '.' || (Peek() is '+' or '-' && Peek(-1) is 'e' or 'E' && IsDecimal(start))) _at++;
        var word = text[start.._at];
        var kind = word.Length > 1 && word[0] == '0' ? char.ToLowerInvariant(word[1]) : '\0';
        if (kind is 'f' or 'd')
        {
            var digits = kind == 'f' ? 8 : 16;
            if (word.Length != digits + 2 || !ulong.TryParse(word.AsSpan(2), NumberStyles.HexNumber, null, out var bits))
                throw new PtxException(_line, $"expected {digits} hex digits after '0{kind}', got '{word}'");
            return new Token(TokenKind.Float, word, _line,
                kind == 'f' ? BitConverter.DoubleToUInt64Bits(BitConverter.UInt32BitsToSingle((uint)bits)) : bits,
                kind == 'f' ? PtxType.F32 : PtxType.F64);
        }

        if (kind is not ('x' or 'b') && word.AsSpan().IndexOfAny('.', 'e', 'E') >= 0)
        {
            if (!double.TryParse(word, CultureInfo.InvariantCulture, out var real))
                throw new PtxException(_line, $"expected a number, got '{word}'");
            return new Token(TokenKind.Float, word, _line, BitConverter.DoubleToUInt64Bits(real), PtxType.F64);
        }

        var body = word.EndsWith('U') ? word[..^1] : word;
        var ok = kind switch
        {
            'x' => ulong.TryParse(body.AsSpan(2), NumberStyles.AllowHexSpecifier, null, out var hex) ? (true, hex) : default,
            'b' => ulong.TryParse(body.AsSpan(2), NumberStyles.AllowBinarySpecifier, null, out var bin) ? (true, bin) : default,
            _ when body.Length > 1 && body[0] == '0' => Octal(body),
            _ => ulong.TryParse(body, NumberStyles.None, null, out var dec) ? (true, dec) : default,
        };
        if (!ok.Item1) throw new PtxException(_line, $"expected a number, got '{word}'");
        return new Token(TokenKind.Integer, word, _line, ok.Item2);
    }

    private bool IsDecimal(int start) => !(text[start] == '0' && char.ToLowerInvariant(text[start + 1]) is 'x' or 'f' or 'd');

    private static (bool Ok, ulong Value) Octal(string body)
    {
        ulong value = 0;
        foreach (var c in body)
        {
            if (c is < '0' or > '7') return default;
            value = (value * 8) + (ulong)(c - '0');
        }

        return (true, value);
    }
}
