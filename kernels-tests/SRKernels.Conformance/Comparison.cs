using System.Runtime.InteropServices;

namespace SRKernels.Conformance;

/// <summary>Compares what a back end left with what the truth is.</summary>
public static class Comparison
{
    /// <summary>Null if they agree, else the first difference: argument, index, expected, got, distance.</summary>
    public static string? Difference(ConformanceCase test, byte[][] expected, byte[][] got)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Argument argument = test.Arguments[i];
            if (!argument.IsView) continue;
            string? difference = argument.Kind switch
            {
                ElementKind.Single => Floats(
                    MemoryMarshal.Cast<byte, float>(expected[i]), MemoryMarshal.Cast<byte, float>(got[i]), test.Ulps),
                ElementKind.Double => Doubles(
                    MemoryMarshal.Cast<byte, double>(expected[i]), MemoryMarshal.Cast<byte, double>(got[i]), test.Ulps),
                ElementKind.Half => Sixteen(expected[i], got[i], 0x7C00),
                ElementKind.BFloat16 => Sixteen(expected[i], got[i], 0x7F80),
                _ => Bits(expected[i], got[i], argument.ElementSize),
            };
            if (difference is not null) return $"argument {i}, {difference}";
        }

        return null;
    }

    private static string? Floats(ReadOnlySpan<float> expected, ReadOnlySpan<float> got, double ulps)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            float e = expected[i];
            float g = got[i];
            if (BitConverter.SingleToInt32Bits(e) == BitConverter.SingleToInt32Bits(g)
                || (float.IsNaN(e) && float.IsNaN(g)))
                continue;
            double distance = Math.Abs((double)e - g) / (MathF.BitIncrement(MathF.Abs(e)) - MathF.Abs(e));
            if (e == g ? ulps > 0 : distance <= ulps) continue;
            return $"element {i}: expected {e:R} (0x{BitConverter.SingleToInt32Bits(e):x8}), got {g:R} (0x{BitConverter.SingleToInt32Bits(g):x8}), {distance:G3} ulp apart, {ulps} allowed";
        }

        return null;
    }

    private static string? Doubles(ReadOnlySpan<double> expected, ReadOnlySpan<double> got, double ulps)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            double e = expected[i];
            double g = got[i];
            if (BitConverter.DoubleToInt64Bits(e) == BitConverter.DoubleToInt64Bits(g)
                || (double.IsNaN(e) && double.IsNaN(g)))
                continue;
            double distance = Math.Abs(e - g) / (Math.BitIncrement(Math.Abs(e)) - Math.Abs(e));
            if (e == g ? ulps > 0 : distance <= ulps) continue;
            return $"element {i}: expected {e:R}, got {g:R}, {distance:G3} ulp apart, {ulps} allowed";
        }

        return null;
    }

    private static string? Sixteen(byte[] expected, byte[] got, int infinity)
    {
        ReadOnlySpan<ushort> e = MemoryMarshal.Cast<byte, ushort>(expected);
        ReadOnlySpan<ushort> g = MemoryMarshal.Cast<byte, ushort>(got);
        for (int i = 0; i < e.Length; i++)
            if (e[i] != g[i] && !((e[i] & 0x7FFF) > infinity && (g[i] & 0x7FFF) > infinity))
                return $"element {i}: expected 0x{e[i]:x4}, got 0x{g[i]:x4}";
        return null;
    }

    private static string? Bits(byte[] expected, byte[] got, int size)
    {
        int at = expected.AsSpan().CommonPrefixLength(got);
        if (at == expected.Length) return null;
        int element = at / size;
        int length = Math.Min(size, expected.Length - (element * size));
        return $"element {element}: expected 0x{Convert.ToHexString(expected.AsSpan(element * size, length))}, got 0x{Convert.ToHexString(got.AsSpan(element * size, length))} (bytes in memory order)";
    }
}
