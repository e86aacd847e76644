using System.Runtime.CompilerServices;
using ILGPU;

namespace SRKernels.Intrinsics;

/// <summary>bfloat16: the upper half of a binary32. Stored and converted; arithmetic is done in float.</summary>
/// <param name="bits">The 16 bits.</param>
public readonly struct BFloat16(ushort bits) : IEquatable<BFloat16>
{
    /// <summary>The 16 bits.</summary>
    public ushort Bits { get; } = bits;

    /// <summary>The value with these bits.</summary>
    /// <param name="bits">The 16 bits.</param>
    /// <returns>The value.</returns>
    public static BFloat16 FromBits(ushort bits) => new(bits);

    /// <summary>Exact.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator float(BFloat16 value) => Interop.IntAsFloat((uint)value.Bits << 16);

    /// <summary>Nearest, ties to even; NaN becomes the quiet NaN 0x7FFF.</summary>
    /// <param name="value">The value.</param>
    public static explicit operator BFloat16(float value)
    {
        if (float.IsNaN(value)) return new BFloat16(0x7FFF);
        uint bits = Interop.FloatAsInt(value);
        return new BFloat16((ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>Packs two values into the register format of the tensor cores.</summary>
    /// <param name="low">Goes to the low half.</param>
    /// <param name="high">Goes to the high half.</param>
    /// <returns>Both, in 32 bits.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Pack(BFloat16 low, BFloat16 high) => low.Bits | ((uint)high.Bits << 16);

    /// <summary>Equal as floats.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">Other.</param>
    public static bool operator ==(BFloat16 left, BFloat16 right) => (float)left == (float)right;

    /// <summary>Different as floats.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">Other.</param>
    public static bool operator !=(BFloat16 left, BFloat16 right) => (float)left != (float)right;

    /// <inheritdoc/>
    public bool Equals(BFloat16 other) => Bits == other.Bits;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BFloat16 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Bits;
}
