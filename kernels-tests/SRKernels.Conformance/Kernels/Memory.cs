using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

/// <summary>Local arrays, wide access, 16-bit floats.</summary>
public static class Memory
{
    [Kernel]
    public static void LocalArray(ArrayView<int> a, ArrayView<int> r)
    {
        ArrayView<int> window = LocalMemory.Allocate<int>(8);
        int i = Group.IdxX;
        for (int k = 0; k < 8; k++) window[k] = a[(i + k) & 63];
        for (int k = 0; k < 7; k++)
            for (int j = 0; j < 7 - k; j++)
                if (window[j] > window[j + 1])
                    (window[j], window[j + 1]) = (window[j + 1], window[j]);
        r[i] = (window[3] / 2) + (window[4] / 2);
    }

    [Kernel]
    public static void LocalArrayIndexedByData(ArrayView<int> a, ArrayView<int> r)
    {
        ArrayView<short> counts = LocalMemory.Allocate<short>(16);
        int i = Group.IdxX;
        for (int k = 0; k < 16; k++) counts[k] = 0;
        for (int k = 0; k < 64; k++) counts[a[k] & 15]++;
        r[i] = counts[i & 15];
    }

    [Kernel]
    public static void LocalStructs(ArrayView<float> a, ArrayView<float> r)
    {
        ArrayView<Complex32> z = LocalMemory.Allocate<Complex32>(4);
        int i = Group.IdxX;
        for (int k = 0; k < 4; k++) z[k] = new Complex32(a[(i + k) & 63], k);
        Complex32 sum = z[0];
        for (int k = 1; k < 4; k++) sum += z[k];
        r[i] = sum.Norm();
    }

    [Kernel]
    public static void Float4Access(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        Float4 x = VectorAccess.Load4(ref a[i * 4]);
        x.Y += x.X;
        x.W = x.Z * 2;
        VectorAccess.Store4(ref r[i * 4], x);
    }

    [Kernel]
    public static void Float2Access(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        Float2 x = VectorAccess.Load2(ref a[i * 2]);
        (x.X, x.Y) = (x.Y, x.X);
        VectorAccess.Store2(ref r[i * 2], x);
    }

    [Kernel]
    public static void WideBits(ArrayView<short> a, ArrayView<short> r)
    {
        int i = Group.IdxX;
        Registers4 x = VectorAccess.LoadBits4(ref a[i * 8]);
        Registers2 y = VectorAccess.LoadBits2(ref a[((63 - i) * 8) + 4]);
        x.R1 = y.R0;
        x.R3 ^= y.R1;
        VectorAccess.StoreBits4(ref r[i * 8], x);
    }

    [Kernel]
    public static void WideAccessOfSharedMemory(ArrayView<float> a, ArrayView<float> r)
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(256);
        int i = Group.IdxX;
        VectorAccess.Store4(ref tile[i * 4], VectorAccess.Load4(ref a[i * 4]));
        Group.Barrier();
        Float4 x = VectorAccess.Load4(ref tile[(63 - i) * 4]);
        r[i] = x.X - x.Y + (x.Z * x.W);
    }

    [Kernel]
    public static void AlignedNeighbours(ArrayView<float> a, ArrayView<float> r)
    {
        ArrayView<float> x = a.AsAligned(16);
        int i = Group.IdxX * 4;
        float s0 = x[i];
        float s1 = x[i + 1];
        float s2 = x[i + 2];
        float s3 = x[i + 3];
        r[i] = s3;
        r[i + 1] = s2;
        r[i + 2] = s1;
        r[i + 3] = s0;
    }

    [Kernel]
    public static void HalfArithmetic(ArrayView<ILGPU.Half> a, ArrayView<ILGPU.Half> b, ArrayView<ILGPU.Half> r)
    {
        int i = Group.IdxX;
        ILGPU.Half x = a[i];
        ILGPU.Half y = b[i];
        r[i * 4] = x + y;
        r[(i * 4) + 1] = x * y;
        r[(i * 4) + 2] = x / y;
        r[(i * 4) + 3] = -(x - y);
    }

    [Kernel]
    public static void HalfCompare(ArrayView<ILGPU.Half> a, ArrayView<ILGPU.Half> b, ArrayView<int> r)
    {
        int i = Group.IdxX;
        ILGPU.Half x = a[i];
        ILGPU.Half y = b[i];
        r[i] = (x < y ? 1 : 0) + (x == y ? 2 : 0) + (ILGPU.Half.IsNaN(x) ? 4 : 0) + (ILGPU.Half.IsInfinity(y) ? 8 : 0)
            + (int)ILGPU.Half.Abs(x > y ? ILGPU.Half.One : ILGPU.Half.Zero);
    }

    [Kernel]
    public static void HalfSum(ArrayView<ILGPU.Half> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        float sum = 0;
        for (int k = 0; k < 8; k++) sum += (float)a[(i + k) & 63] * 0.5f;
        r[i] = sum + Interop.FloatAsInt(a[i]) + (float)Interop.IntAsFloat((ushort)(0x3C00 + i));
    }

    [Kernel(Sm = 80)]
    public static void BFloat16Arithmetic(ArrayView<BFloat16> a, ArrayView<BFloat16> b, ArrayView<uint> r)
    {
        int i = Group.IdxX;
        var sum = (BFloat16)((float)a[i] + b[i]);
        var product = (BFloat16)((float)a[i] * b[i]);
        r[i] = BFloat16.Pack(sum, product);
    }

    [Kernel]
    public static void MixedWidths(ArrayView<byte> a, ArrayView<short> b, ArrayView<long> r)
    {
        int i = Group.IdxX;
        a[i] += (byte)i;
        b[i] = (short)(b[i] - a[i]);
        r[i] = ((long)a[i] << 40) + b[i];
    }
}
