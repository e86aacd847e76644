using SRKernels.Intrinsics;

namespace SRKernels.Conformance;

/// <summary>64 values of every type: the edges first, then a fixed pseudo-random sequence. Never a divisor of 0 or of
/// -1 under MinValue.</summary>
internal static class Inputs
{
    internal static readonly sbyte[] SByteA = Fill<sbyte>([0, 1, -1, sbyte.MaxValue, sbyte.MinValue, 64, -64], r =>
        (sbyte)r);
    internal static readonly sbyte[] SByteB = Fill<sbyte>([1, 2, 3, 5, 7, sbyte.MaxValue], r => (sbyte)(r | 1), 1);
    internal static readonly byte[] ByteA = Fill<byte>([0, 1, 255, 128, 127], r => (byte)r);
    internal static readonly byte[] ByteB = Fill<byte>([1, 255, 2, 7, 3], r => (byte)(r | 1), 1);
    internal static readonly short[] Int16A = Fill<short>([0, 1, -1, short.MaxValue, short.MinValue], r => (short)r);
    internal static readonly short[] Int16B = Fill<short>([1, 2, 3, 5, 7], r => (short)(r | 1), 1);
    internal static readonly ushort[] UInt16A = Fill<ushort>([0, 1, 65535, 32768, 32767], r => (ushort)r);
    internal static readonly ushort[] UInt16B = Fill<ushort>([1, 65535, 2, 7, 3], r => (ushort)(r | 1), 1);
    internal static readonly int[] Int32A = Fill<int>([0, 1, -1, int.MaxValue, int.MinValue, 31, 32, 33, -7], r =>
        (int)r);
    internal static readonly int[] Int32B = Fill<int>([1, 2, -3, 5, 7, 31, 32, 33, 2], r =>
        (int)(r >> (int)(r & 31)) | 2, 1);
    internal static readonly uint[] UInt32A = Fill<uint>([0, 1, uint.MaxValue, 0x80000000, 0x7FFFFFFF], r => (uint)r);
    internal static readonly uint[] UInt32B = Fill<uint>([1, uint.MaxValue, 2, 31, 33], r =>
        (uint)(r >> (int)(r & 31)) | 2, 1);
    internal static readonly long[] Int64A = Fill<long>([0, 1, -1, long.MaxValue, long.MinValue, 1L << 32, -7], r =>
        (long)r);
    internal static readonly long[] Int64B = Fill<long>([1, 2, -3, 5, 7, 63, 65], r =>
        (long)(r >> (int)(r & 63)) | 2, 1);
    internal static readonly ulong[] UInt64A = Fill<ulong>(
        [0, 1, ulong.MaxValue, 1UL << 63, (1UL << 63) - 1, 1UL << 53, (1UL << 53) + 1], r => r);
    internal static readonly ulong[] UInt64B = Fill<ulong>([1, ulong.MaxValue, 2, 63, 65], r =>
        (r >> (int)(r & 63)) | 2, 1);

    internal static readonly float[] SingleA = Fill<float>(
        [0, -0f, 1, -1, 0.5f, -0.5f, 1.5f, 2.5f, -2.5f, float.NaN, float.PositiveInfinity, float.NegativeInfinity,
            float.MaxValue, float.Epsilon,
            1e-40f, 3e9f, -3e9f, 2147483648f, 1e19f, -1e19f, 65504, 65520, 300.7f, -129.3f, 0.49999997f],
        r => (float)Number(r, 40));

    internal static readonly float[] SingleB = Fill<float>(
        [-0f, 0, 2, 3, 0.25f, -0.5f, float.NaN, 1, float.PositiveInfinity, 1, float.NegativeInfinity, float.NaN, 2,
            0.5f, -1e-40f],
        r => (float)Number(r, 40),
        1);

    internal static readonly double[] DoubleA = Fill<double>(
        [0, -0d, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, double.NaN, double.PositiveInfinity, double.NegativeInfinity,
            double.MaxValue, double.Epsilon,
            1e-310, 3e9, -3e9, 9223372036854775808d, 1e20, -1e20, 65520, 1e300, 2.98e-8, 0.49999999999999994],
        r => Number(r, 40));

    internal static readonly double[] DoubleB = Fill<double>(
        [-0d, 0, 2, 3, 0.25, -0.5, double.NaN, 1, double.PositiveInfinity, 1, double.NegativeInfinity, double.NaN, 2,
            0.5, -1e-310],
        r => Number(r, 40),
        1);

    internal static readonly float[] SingleExponents = Fill<float>(
        [0, -0f, 1, -1, 0.5f, 10, -10, 80, -80, float.NaN], r => (float)Number(r, 4));
    internal static readonly double[] DoubleExponents = Fill<double>(
        [0, -0d, 1, -1, 0.5, 10, -10, 300, -300, double.NaN], r => Number(r, 4));
    internal static readonly float[] SinglePositive = Fill<float>(
        [1, 2, 0.5f, 10, 1e-30f, 1e30f, 3, 0.9999f, 1.0001f], r => MathF.Abs((float)Number(r, 20)));
    internal static readonly double[] DoublePositive = Fill<double>(
        [1, 2, 0.5, 10, 1e-30, 1e30, 3, 0.9999, 1.0001], r => Math.Abs(Number(r, 20)));
    internal static readonly float[] SingleAngles = Fill<float>(
        [0, 0.5f, -0.5f, 1, 2, 4, 5, -7, 100, float.NaN, 1e-20f], r => (float)(((r >> 11) % 1000) * 0.013) + 0.005f);
    internal static readonly double[] DoubleAngles = Fill<double>(
        [0, 0.5, -0.5, 1, 2, 4, 5, -7, 100, double.NaN, 1e-20], r => (((r >> 11) % 1000) * 0.013) + 0.005);

    internal static readonly ILGPU.Half[] Halves = Array.ConvertAll(SingleA, x => (ILGPU.Half)x);
    internal static readonly BFloat16[] Brains = Array.ConvertAll(SingleA, x => (BFloat16)x);

    internal static readonly BFloat16[] BrainNumbers = Array.ConvertAll(SingleA, x =>
        (BFloat16)(float.IsNaN(x) ? 0.75f : float.IsInfinity(x) ? 3f : x));

    /// <summary>Within -4 .. 4 and not near 0, where approximate functions have a useful relative error.</summary>
    internal static readonly float[] SmallNumbers = Fill<float>([1, -1, 0.5f, -0.5f, 4, -4], r =>
        (((r & 1) == 0 ? 1 : -1) * (0.1f + ((r >> 11) % 390 * 0.01f))));

    internal static readonly float[] SmallAngles = Fill<float>([0.5f, -0.5f, 1, -1], r =>
        ((r & 1) == 0 ? 1 : -1) * (0.2f + ((r >> 11) % 100 * 0.01f)));

    /// <summary>Within -1 .. 1, the ends included.</summary>
    internal static readonly float[] SingleUnit = Fill<float>(
        [0, -0f, 1, -1, 0.5f, -0.5f, 0.99999994f, 1e-10f, float.NaN, 2], r => ((r >> 11) % 2001 / 1000f) - 1);

    internal static readonly double[] DoubleUnit = Fill<double>(
        [0, -0d, 1, -1, 0.5, -0.5, 0.9999999999999999, 1e-20, double.NaN, 2], r => ((r >> 11) % 2001 / 1000d) - 1);

    /// <summary>Positive, 2^-20 .. 2^20, not near 1.</summary>
    internal static readonly float[] Magnitudes = Fill<float>([2, 0.5f, 3, 10], r =>
        MathF.Abs((float)Number(r, 20)) is var x && x is > 0.7f and < 1.5f ? 7 : MathF.Abs((float)Number(r, 20)));

    /// <summary>Small integers as floats: sums and products of them are exact.</summary>
    internal static float[] Whole(int count, int seed, int below = 8)
    {
        var values = new float[count];
        ulong state = (ulong)seed;
        for (int i = 0; i < count; i++) values[i] = (int)(Next(ref state) % (ulong)(2 * below)) - below;
        return values;
    }

    internal static int[] Range(int count) => [.. Enumerable.Range(0, count)];

    private static T[] Fill<T>(T[] edges, Func<ulong, T> random, ulong seed = 0)
    {
        var values = new T[64];
        ulong state = seed + 17;
        for (int i = 0; i < values.Length; i++) values[i] = i < edges.Length ? edges[i] : random(Next(ref state));
        return values;
    }

    /// <summary>A finite number of either sign with an exponent within the range.</summary>
    private static double Number(ulong bits, int exponents)
    {
        double fraction = 1 + ((bits >> 12) * Math.Pow(2, -52));
        int exponent = (int)(bits % (ulong)(2 * exponents)) - exponents;
        return ((bits & 1024) != 0 ? -1 : 1) * fraction * Math.Pow(2, exponent);
    }

    private static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
