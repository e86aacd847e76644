namespace SRKernels.Emulation.Families;

internal enum RoundingMode { Nearest, Zero, Down, Up }

/// <summary>
/// Exactly rounded arithmetic in formats narrower than double. The exact result is first rounded to odd in double (its
/// last bit says that something was cut off), which leaves any later rounding to at most 51 bits correct.
/// Boldo, Melquiond. Emulation of FMA and Correctly Rounded Sums: Proved Algorithms Using Rounding to Odd. 2008.
/// </summary>
internal static class Rounding
{
    internal const uint NaN32 = 0x7FFFFFFF;
    internal const ushort NaN16 = 0x7FFF;

    internal static RoundingMode Of(string? modifier) => modifier switch
    {
        ".rz" or ".rzi" => RoundingMode.Zero,
        ".rm" or ".rmi" => RoundingMode.Down,
        ".rp" or ".rpi" => RoundingMode.Up,
        _ => RoundingMode.Nearest,
    };

    internal static double AddToOdd(double a, double b)
    {
        var sum = a + b;
        var part = sum - a;
        return ToOdd(sum, (a - (sum - part)) + (b - part));
    }

    /// <summary>a*b + c for factors of at most 26 bits, whose product is exact in double.</summary>
    internal static double FmaToOdd(double a, double b, double c) => AddToOdd(a * b, c);

    internal static double DivideToOdd(double a, double b)
    {
        var quotient = a / b;
        if (!double.IsFinite(quotient) || b == 0 || !double.IsFinite(b)) return quotient;
        var rest = Math.FusedMultiplyAdd(-quotient, b, a);
        return ToOdd(quotient, b < 0 ? -rest : rest);
    }

    internal static double SqrtToOdd(double a)
    {
        var root = Math.Sqrt(a);
        return double.IsFinite(root) ? ToOdd(root, Math.FusedMultiplyAdd(-root, root, a)) : root;
    }

    private static double ToOdd(double value, double error)
    {
        if (error == 0 || !double.IsFinite(value) || !double.IsFinite(error)) return value;
        var bits = BitConverter.DoubleToInt64Bits(value);
        if ((bits & 1) != 0) return value;
        return BitConverter.Int64BitsToDouble(value > 0 == error > 0 ? bits + 1 : bits - 1);
    }

    /// <summary>To float; the sign of an exact zero sum under .rm is not emulated.</summary>
    internal static float ToSingle(double value, RoundingMode mode)
    {
        var nearest = (float)value;
        if (mode == RoundingMode.Nearest || nearest == value || double.IsNaN(value)) return nearest;
        var down = nearest > value ? MathF.BitDecrement(nearest) : nearest;
        var up = nearest > value ? nearest : MathF.BitIncrement(nearest);
        return mode switch
        {
            RoundingMode.Down => down,
            RoundingMode.Up => up,
            _ => value > 0 ? down : up,
        };
    }

    internal static Half ToHalf(double value, RoundingMode mode)
    {
        var nearest = (Half)value;
        if (mode == RoundingMode.Nearest || (double)nearest == value || double.IsNaN(value)) return nearest;
        var down = (double)nearest > value ? Half.BitDecrement(nearest) : nearest;
        var up = (double)nearest > value ? nearest : Half.BitIncrement(nearest);
        return mode switch
        {
            RoundingMode.Down => down,
            RoundingMode.Up => up,
            _ => value > 0 ? down : up,
        };
    }

    /// <summary>The bits of the bfloat16 that a double (exact, or rounded to odd) rounds to.</summary>
    internal static ushort ToBFloat(double value, RoundingMode mode)
    {
        if (double.IsNaN(value)) return NaN16;

        // Through float rounded to odd: 24 bits are more than 8 + 2.
        var toward = ToSingle(value, RoundingMode.Zero);
        var bits = BitConverter.SingleToUInt32Bits(toward);
        if (toward != value && double.IsFinite(value)) bits |= 1;
        var negative = (bits >> 31) != 0;
        var increment = mode switch
        {
            RoundingMode.Nearest => 0x7FFF + (bits >> 16 & 1),
            RoundingMode.Up when !negative => 0xFFFFu,
            RoundingMode.Down when negative => 0xFFFFu,
            _ => 0u,
        };
        return float.IsInfinity(toward) ? (ushort)(bits >> 16) : (ushort)((bits + increment) >> 16);
    }

    /// <summary>To the 19 significant bits that tf32 keeps, nearest with ties away from zero.</summary>
    internal static uint ToTf32(float value) =>
        float.IsNaN(value) ? NaN32 : float.IsInfinity(value) ? BitConverter.SingleToUInt32Bits(value)
        : (BitConverter.SingleToUInt32Bits(value) + 0x1000) & 0xFFFFE000;

    internal static float FromBFloat(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    internal static float FlushSubnormal(float value) =>
        MathF.Abs(value) < 1.17549435e-38f ? MathF.CopySign(0, value) : value;

    internal static float Saturate(float value) => float.IsNaN(value) ? 0 : Math.Clamp(value, 0f, 1f);
}
