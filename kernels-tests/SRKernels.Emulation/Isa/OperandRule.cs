using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Isa;

/// <summary>
/// What may stand at one operand place. Text form: "=" for a result, then a type (a name, or the index of one of the
/// instruction's own types), or "addr", "label"; before the type "2x", "4x" for a vector of that length, "Vx" for the
/// length that .v2/.v4 says; after it any of: + register may be wider, w twice as wide, # constant only, ^ register only,
/// ? may be missing, ! predicate may be negated, | a second, predicate result may follow, ~ special registers too,
/// &amp; variables too.
/// </summary>
internal sealed class OperandRule
{
    private string Flags { get; init; } = "";
    private PtxType Fixed { get; init; }
    private int TypeIndex { get; init; } = -1;
    private int Length { get; init; }
    internal bool IsResult { get; private init; }
    internal bool IsAddress { get; private init; }
    internal bool IsLabel { get; private init; }
    internal bool IsOptional => Flags.Contains('?');

    internal static OperandRule Parse(string text)
    {
        var at = text[0] == '=' ? 1 : 0;
        var length = 0;
        if (text.Length > at + 1 && text[at + 1] == 'x')
        {
            length = text[at] == 'V' ? -1 : text[at] - '0';
            at += 2;
        }

        var end = at;
        while (end < text.Length && char.IsAsciiLetterOrDigit(text[end]) && text[end] != 'w') end++;
        var word = text[at..end];
        var type = PtxTypes.TryParse("." + word, out var named) ? named : PtxType.None;
        return new OperandRule
        {
            IsResult = text[0] == '=',
            Length = length,
            IsAddress = word == "addr",
            IsLabel = word == "label",
            TypeIndex = word.Length == 1 && char.IsAsciiDigit(word[0]) ? word[0] - '0' : -1,
            Fixed = type,
            Flags = text[end..],
        };
    }

    internal PtxType TypeIn(OpMatch match)
    {
        var type = TypeIndex >= 0 ? match.Types[TypeIndex] : Fixed;
        return Flags.Contains('w') ? type.Widened() : type;
    }

    /// <summary>What is wrong with the operand, or null.</summary>
    internal string? Check(Operand operand, OpMatch match)
    {
        if (IsAddress) return operand is AddressOperand address ? CheckAddress(address, match) : "expected an address";
        if (IsLabel) return operand is LabelOperand ? null : "expected a label";
        var type = TypeIn(match);
        var length = Length < 0 ? match.VectorCount : Length;
        if (operand is VectorOperand vector)
        {
            if (vector.Elements.Length != (Length < 0 && length == 1 ? -1 : length))
                return $"expected {(length <= 1 ? "no vector" : $"a vector of {length}")}, got one of {vector.Elements.Length}";
            return CheckVector(vector, type);
        }

        if (length > 1 || Length == 1) return $"expected a vector of {length}";
        if (operand is PairOperand pair)
        {
            if (!Flags.Contains('|')) return "expected one result, got two";
            return CheckOne(pair.First, type) ?? CheckOne(pair.Second, PtxType.Pred);
        }

        return operand is SinkOperand ? "expected a result, got '_'" : CheckOne(operand, type);
    }

    // As ptxas has it: integers and floats do not mix in one vector; bit types go with both and make the whole untyped,
    // and ld and st look at the size alone.
    private string? CheckVector(VectorOperand vector, PtxType type)
    {
        var kinds = vector.Elements.Select(KindOf).Where(k => k != PtxType.None).Distinct().ToList();
        if (kinds.Contains(PtxType.F32) && kinds.Contains(PtxType.U32))
            return "expected elements of one type, got integers and floats";
        Register[] registers = [.. vector.Elements.OfType<RegisterOperand>().Select(r => r.Register)];
        if (registers.DistinctBy(r => r.Type.Bytes()).Count() > 1) return "expected elements of one size";
        var untyped = kinds.Contains(PtxType.B32) || Length < 0;
        foreach (var element in vector.Elements)
        {
            if (untyped && element is RegisterOperand { Register.Type: not PtxType.Pred } register)
            {
                var bytes = register.Register.Type.Bytes();
                if (Flags.Contains('+') ? bytes < type.Bytes() : bytes != type.Bytes())
                    return $"expected {type}, got '{register.Register.Name}' of type {register.Register.Type}";
            }
            else if (CheckOne(element, type) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    private static PtxType KindOf(Operand element) => element switch
    {
        RegisterOperand { Register.Type: var type } => type.IsFloat() ? PtxType.F32 : type.IsInteger() ? PtxType.U32 : PtxType.B32,
        IntegerOperand => PtxType.U32,
        FloatOperand => PtxType.F32,
        _ => PtxType.None,
    };

    private static string? CheckAddress(AddressOperand address, OpMatch match)
    {
        if (address.Base is { } register)
        {
            return register.Type.IsInteger() || register.Type.IsBits()
                ? null
                : $"expected an integer register as address, got '{register.Name}' of type {register.Type}";
        }

        var space = match.Space;
        if (address.Symbol is not { } symbol)
            return space is StateSpace.Local ? null : "expected a register or variable as address, got a constant";
        return space == StateSpace.Generic || symbol.Space == space
            || (match.Has(".async") && symbol.Space is StateSpace.Shared or StateSpace.Global)
            ? null
            : $"expected an address in {space}, got '{symbol.Name}' in {symbol.Space}";
    }

    private string? CheckOne(Operand operand, PtxType type)
    {
        switch (operand)
        {
            case RegisterOperand { Register: var register, Negated: var negated }:
                if (Flags.Contains('#')) return "expected a constant, got a register";
                if (negated && !Flags.Contains('!')) return "expected a predicate that is not negated";
                return Fits(register.Type, type, Flags.Contains('+'))
                    ? null
                    : $"expected {(Flags.Contains('+') ? "at least " : "")}{type}, got '{register.Name}' of type {register.Type}";
            case SinkOperand:
                return IsResult ? null : "expected a value, got '_'";
            case SpecialOperand special:
                if (!Flags.Contains('~') || IsResult) return $"expected no special register, got '{special.Name}'";
                return SpecialRegisters.TypeOf(special.Name).Bytes() >= type.Bytes() && !type.IsFloat()
                    ? null
                    : $"expected {type}, got '{special.Name}' of type {SpecialRegisters.TypeOf(special.Name)}";
            case IntegerOperand when IsResult || Flags.Contains('^'):
            case FloatOperand when IsResult || Flags.Contains('^') || Flags.Contains('#'):
                return "expected a register, got a constant";
            case IntegerOperand:
                return type.IsFloat() ? $"expected {type}, got an integer constant" : null;
            case FloatOperand real:
                return type is PtxType.F32 or PtxType.F64 || (type.IsBits() && type.Bytes() == real.Type.Bytes())
                    ? null
                    : $"expected {type}, got a real constant";
            case SymbolOperand symbol:
                return Flags.Contains('&') && !type.IsFloat()
                    ? null
                    : $"expected {type}, got the variable '{symbol.Symbol.Name}'";
            case LabelOperand label:
                return $"expected a declared name, got '{label.Name}'";
            default:
                return $"expected {type}";
        }
    }

    /// <summary>Whether a register of one type can be an operand of another: what ptxas 11.8 accepts, found by trying.</summary>
    private static bool Fits(PtxType register, PtxType type, bool wider)
    {
        if (register == PtxType.Pred || type == PtxType.Pred) return register == type;
        if (wider ? register.Bytes() < type.Bytes() : register.Bytes() != type.Bytes()) return false;
        if (type.IsBits()) return true;
        if (register.IsBits()) return true;
        if (type.IsInteger()) return register.IsInteger() || register == PtxType.F16x2;
        return register == type;
    }
}
