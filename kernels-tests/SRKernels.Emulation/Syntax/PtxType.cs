namespace SRKernels.Emulation.Syntax;

/// <summary>The fundamental types of PTX, with the alternate float formats that only instructions name.</summary>
public enum PtxType
{
    None, Pred,
    B8, U8, S8,
    B16, U16, S16, F16, BF16,
    B32, U32, S32, F32, F16x2, BF16x2, TF32,
    B64, U64, S64, F64,
}

internal static class PtxTypes
{
    private static readonly Dictionary<string, PtxType> ByName =
        Enum.GetValues<PtxType>().Where(t => t != PtxType.None).ToDictionary(t => "." + t.ToString().ToLowerInvariant());

    internal static bool TryParse(string token, out PtxType type) => ByName.TryGetValue(token, out type);

    internal static int Bytes(this PtxType type) => type switch
    {
        PtxType.None => 0,
        PtxType.Pred => 1,
        <= PtxType.S8 => 1,
        <= PtxType.BF16 => 2,
        <= PtxType.TF32 => 4,
        _ => 8,
    };

    internal static int Bits(this PtxType type) => type.Bytes() * 8;

    internal static ulong Mask(this PtxType type) => type.Bytes() == 8 ? ulong.MaxValue : (1UL << type.Bits()) - 1;

    internal static bool IsSigned(this PtxType type) =>
        type is PtxType.S8 or PtxType.S16 or PtxType.S32 or PtxType.S64;

    internal static bool IsUnsigned(this PtxType type) =>
        type is PtxType.U8 or PtxType.U16 or PtxType.U32 or PtxType.U64;

    internal static bool IsBits(this PtxType type) =>
        type is PtxType.B8 or PtxType.B16 or PtxType.B32 or PtxType.B64;

    internal static bool IsInteger(this PtxType type) => type.IsSigned() || type.IsUnsigned();

    internal static bool IsFloat(this PtxType type) => type is PtxType.F16 or PtxType.BF16 or PtxType.F32
        or PtxType.F16x2 or PtxType.BF16x2 or PtxType.TF32 or PtxType.F64;

    /// <summary>The type of the result of a .wide product.</summary>
    internal static PtxType Widened(this PtxType type) => type switch
    {
        PtxType.U16 => PtxType.U32,
        PtxType.S16 => PtxType.S32,
        PtxType.U32 => PtxType.U64,
        _ => PtxType.S64,
    };

    /// <summary>The low bits of <paramref name="value"/> as this type, sign-extended to 64 bits where it is signed.</summary>
    internal static ulong Extend(this PtxType type, ulong value) => type switch
    {
        PtxType.S8 => (ulong)(sbyte)value,
        PtxType.S16 => (ulong)(short)value,
        PtxType.S32 => (ulong)(int)value,
        _ => value & type.Mask(),
    };
}
