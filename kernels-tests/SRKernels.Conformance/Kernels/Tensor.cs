using ILGPU;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

/// <summary>Tensor-core products, matrix loads, asynchronous copies. One warp of 32 threads.</summary>
public static class Tensor
{
    [Kernel(Sm = 80)]
    public static void ProductHalf16(ArrayView<ILGPU.Half> a, ArrayView<ILGPU.Half> b, ArrayView<float> c)
    {
        int g = Warp.LaneIdx / 4;
        int t = Warp.LaneIdx % 4;
        Registers4 x = default;
        x.R0 = Pair(a, (g * 16) + (2 * t));
        x.R1 = Pair(a, ((g + 8) * 16) + (2 * t));
        x.R2 = Pair(a, (g * 16) + (2 * t) + 8);
        x.R3 = Pair(a, ((g + 8) * 16) + (2 * t) + 8);
        Registers2 y = default;
        y.R0 = Pair(b, (g * 16) + (2 * t));
        y.R1 = Pair(b, (g * 16) + (2 * t) + 8);
        StoreTile(c, TensorCore.MultiplyAddHalf(x, y, LoadTile(c)));
    }

    [Kernel(Sm = 75)]
    public static void ProductHalf8(ArrayView<ILGPU.Half> a, ArrayView<ILGPU.Half> b, ArrayView<float> c)
    {
        int g = Warp.LaneIdx / 4;
        int t = Warp.LaneIdx % 4;
        Registers2 x = default;
        x.R0 = Pair(a, (g * 8) + (2 * t));
        x.R1 = Pair(a, ((g + 8) * 8) + (2 * t));
        StoreTile(c, TensorCore.MultiplyAddHalf(x, Pair(b, (g * 8) + (2 * t)), LoadTile(c)));
    }

    [Kernel(Sm = 80)]
    public static void ProductBFloat16(ArrayView<BFloat16> a, ArrayView<BFloat16> b, ArrayView<float> c)
    {
        int g = Warp.LaneIdx / 4;
        int t = Warp.LaneIdx % 4;
        Registers4 x = default;
        x.R0 = BFloat16.Pack(a[(g * 16) + (2 * t)], a[(g * 16) + (2 * t) + 1]);
        x.R1 = BFloat16.Pack(a[((g + 8) * 16) + (2 * t)], a[((g + 8) * 16) + (2 * t) + 1]);
        x.R2 = BFloat16.Pack(a[(g * 16) + (2 * t) + 8], a[(g * 16) + (2 * t) + 9]);
        x.R3 = BFloat16.Pack(a[((g + 8) * 16) + (2 * t) + 8], a[((g + 8) * 16) + (2 * t) + 9]);
        Registers2 y = default;
        y.R0 = BFloat16.Pack(b[(g * 16) + (2 * t)], b[(g * 16) + (2 * t) + 1]);
        y.R1 = BFloat16.Pack(b[(g * 16) + (2 * t) + 8], b[(g * 16) + (2 * t) + 9]);
        Accumulator4 sum = LoadTile(c);
        for (int i = 0; i < 3; i++) sum = TensorCore.MultiplyAddBFloat16(x, y, sum);
        StoreTile(c, sum);
    }

    [Kernel(Sm = 80)]
    public static void ProductBFloat16Depth8(ArrayView<BFloat16> a, ArrayView<BFloat16> b, ArrayView<float> c)
    {
        int g = Warp.LaneIdx / 4;
        int t = Warp.LaneIdx % 4;
        Registers2 x = default;
        x.R0 = BFloat16.Pack(a[(g * 8) + (2 * t)], a[(g * 8) + (2 * t) + 1]);
        x.R1 = BFloat16.Pack(a[((g + 8) * 8) + (2 * t)], a[((g + 8) * 8) + (2 * t) + 1]);
        uint y = BFloat16.Pack(b[(g * 8) + (2 * t)], b[(g * 8) + (2 * t) + 1]);
        StoreTile(c, TensorCore.MultiplyAddBFloat16(x, y, LoadTile(c)));
    }

    [Kernel(Sm = 80)]
    public static void ProductTf32(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c)
    {
        int g = Warp.LaneIdx / 4;
        int t = Warp.LaneIdx % 4;
        Registers4 x = default;
        x.R0 = Rounded(a[(g * 8) + t]);
        x.R1 = Rounded(a[((g + 8) * 8) + t]);
        x.R2 = Rounded(a[(g * 8) + t + 4]);
        x.R3 = Rounded(a[((g + 8) * 8) + t + 4]);
        Registers2 y = default;
        y.R0 = Rounded(b[(g * 8) + t]);
        y.R1 = Rounded(b[(g * 8) + t + 4]);
        StoreTile(c, TensorCore.MultiplyAddTf32(x, y, LoadTile(c)));
    }

    [Kernel(Sm = 75)]
    public static void LoadMatrices(ArrayView<short> a, ArrayView<uint> r)
    {
        ArrayView<short> tile = SharedMemory.Allocate<short>(256);
        int lane = Warp.LaneIdx;
        for (int i = 0; i < 8; i++) tile[(i * 32) + lane] = a[(i * 32) + lane];
        Group.Barrier();
        Registers4 x = TensorCore.LoadMatrix4(ref tile[lane * 8]);
        Registers2 y = TensorCore.LoadMatrix2(ref tile[(lane & 15) * 8]);
        uint z = TensorCore.LoadMatrix1(ref tile[(lane & 7) * 8]);
        int at = lane * 7;
        r[at] = x.R0;
        r[at + 1] = x.R1;
        r[at + 2] = x.R2;
        r[at + 3] = x.R3;
        r[at + 4] = y.R0;
        r[at + 5] = y.R1;
        r[at + 6] = z;
    }

    [Kernel(Sm = 75)]
    public static void LoadMatricesTransposed(ArrayView<short> a, ArrayView<uint> r)
    {
        ArrayView<short> tile = SharedMemory.Allocate<short>(256);
        int lane = Warp.LaneIdx;
        for (int i = 0; i < 8; i++) tile[(i * 32) + lane] = a[(i * 32) + lane];
        Group.Barrier();
        Registers4 x = TensorCore.LoadMatrix4Transposed(ref tile[lane * 8]);
        Registers2 y = TensorCore.LoadMatrix2Transposed(ref tile[(lane & 15) * 8]);
        uint z = TensorCore.LoadMatrix1Transposed(ref tile[(lane & 7) * 8]);
        int at = lane * 7;
        r[at] = x.R0;
        r[at + 1] = x.R1;
        r[at + 2] = x.R2;
        r[at + 3] = x.R3;
        r[at + 4] = y.R0;
        r[at + 5] = y.R1;
        r[at + 6] = z;
    }

    [Kernel(Sm = 80)]
    public static void AsyncCopies(ArrayView<float> a, ArrayView<float> r)
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(256);
        int i = Group.IdxX;
        AsyncCopy.Copy16(ref tile[i * 4], ref a[i * 4]);
        AsyncCopy.Commit();
        AsyncCopy.Wait(0);
        Group.Barrier();
        r[i] = tile[i] + tile[255 - i];
    }

    [Kernel(Sm = 80)]
    public static void AsyncCopyWidths(ArrayView<float> a, ArrayView<float> r)
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(512);
        int i = Group.IdxX;
        AsyncCopy.Copy4(ref tile[i], ref a[i]);
        AsyncCopy.Copy8(ref tile[64 + (i * 2)], ref a[64 + (i * 2)]);
        AsyncCopy.Copy16(ref tile[256 + (i * 4)], ref a[i * 4], i < 40 ? 16 : i < 50 ? 8 : 0);
        AsyncCopy.Commit();
        AsyncCopy.Wait(0);
        Group.Barrier();
        r[i] = tile[63 - i] + tile[64 + ((63 - i) * 2)] + tile[256 + i] + tile[511 - i];
    }

    [Kernel(Sm = 80)]
    public static void AsyncPipeline(ArrayView<float> a, ArrayView<float> r)
    {
        ArrayView<float> stages = SharedMemory.Allocate<float>(2 * 64);
        int i = Group.IdxX;
        AsyncCopy.Copy4(ref stages[i], ref a[i]);
        AsyncCopy.Commit();
        float sum = 0;
        for (int k = 0; k < 4; k++)
        {
            if (k < 3) AsyncCopy.Copy4(ref stages[(((k + 1) & 1) * 64) + i], ref a[((k + 1) * 64) + i]);
            AsyncCopy.Commit();
            AsyncCopy.Wait(1);
            Group.Barrier();
            sum += stages[((k & 1) * 64) + 63 - i] * (k + 1);
            Group.Barrier();
        }

        r[i] = sum;
    }

    [Kernel(Sm = 80)]
    public static void Packing(ArrayView<float> a, ArrayView<float> b, ArrayView<uint> r, ArrayView<float> back)
    {
        int i = Group.IdxX;
        uint halves = TensorCore.PackHalf(float.IsNaN(a[i]) ? 1 : a[i], float.IsNaN(b[i]) ? 2 : b[i]);
        uint brains = TensorCore.PackBFloat16(float.IsNaN(a[i]) ? 1 : a[i], float.IsNaN(b[i]) ? 2 : b[i]);
        r[i * 2] = halves;
        r[(i * 2) + 1] = brains;
        back[i * 4] = TensorCore.LowHalf(halves);
        back[(i * 4) + 1] = TensorCore.HighHalf(halves);
        back[(i * 4) + 2] = TensorCore.LowBFloat16(brains);
        back[(i * 4) + 3] = TensorCore.HighBFloat16(brains);
    }

    private static uint Pair(ArrayView<ILGPU.Half> x, int i) =>
        Interop.FloatAsInt(x[i]) | ((uint)Interop.FloatAsInt(x[i + 1]) << 16);

    private static uint Rounded(float x) => Interop.FloatAsInt(TensorCore.RoundToTf32(x));

    private static Accumulator4 LoadTile(ArrayView<float> c)
    {
        int at = ((Warp.LaneIdx / 4) * 8) + (Warp.LaneIdx % 4 * 2);
        return new Accumulator4 { C0 = c[at], C1 = c[at + 1], C2 = c[at + 64], C3 = c[at + 65] };
    }

    private static void StoreTile(ArrayView<float> c, Accumulator4 x)
    {
        int at = ((Warp.LaneIdx / 4) * 8) + (Warp.LaneIdx % 4 * 2);
        c[at] = x.C0;
        c[at + 1] = x.C1;
        c[at + 64] = x.C2;
        c[at + 65] = x.C3;
    }
}
