using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Algorithms.ScanReduceOperations;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace SRKernels.Emulation.Native.Sample;

/// <summary>ILGPU's host code and compiler, unmodified: devices and kernels.</summary>
internal static class IlgpuChecks
{
    public static (string Name, Action Run)[] All { get; } =
    [
        ("ilgpu-lists-the-device", ListsTheDevice),
        ("ilgpu-adds-vectors", On(AddsVectors)),
        ("ilgpu-sums-with-shuffles-barrier-and-atomics", On(Sums)),
        ("ilgpu-uses-dynamic-shared-memory", On(UsesDynamicSharedMemory)),
        ("ilgpu-transposes-2d-views", On(Transposes)),
        ("ilgpu-computes-functions", On(ComputesFunctions)),
        ("ilgpu-calls-functions-and-switches", On(CallsFunctions)),
        ("ilgpu-handles-halves-doubles-longs", On(HandlesTypes)),
        ("ilgpu-reduces-and-scans", On(ReducesAndScans)),
        ("ilgpu-specialises-values", On(Specialises)),
        ("ilgpu-asks-occupancy", On(AsksOccupancy)),
    ];

    /// <summary>A check with a context and an accelerator of its own.</summary>
    public static Action On(Action<CudaAccelerator> check) => () =>
    {
        using var context = Context.Create(b => b.Cuda().EnableAlgorithms());
        using var accelerator = context.CreateCudaAccelerator(0);
        check(accelerator);
    };

    private static void ListsTheDevice()
    {
        using var context = Context.CreateDefault();
        var devices = context.GetCudaDevices();
        Expect.Equal(1, devices.Count);
        Expect.Holds("emulator", devices[0].Name);
        Expect.Equal(CudaArchitecture.SM_80, devices[0].Architecture);
        Expect.Equal(32, devices[0].WarpSize);
        Expect.Equal(1024, devices[0].MaxNumThreadsPerGroup);
        Expect.Equal(48 * 1024, devices[0].MaxSharedMemoryPerGroup);
        Expect.Equal(2L << 30, devices[0].MemorySize);
        using var accelerator = context.GetPreferredDevice(preferCPU: false).CreateAccelerator(context);
        Expect.Equal(AcceleratorType.Cuda, accelerator.AcceleratorType);
    }

    private static void AddsVectors(CudaAccelerator accelerator)
    {
        const int Count = 1000;
        var add = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>>((i, x, y, sum) => sum[i] = x[i] + y[i]);
        float[] x = [.. Enumerable.Range(0, Count).Select(i => i * 0.5f)], y = [.. Enumerable.Range(0, Count).Select(i => 1f - i)];
        using var dx = accelerator.Allocate1D(x);
        using var dy = accelerator.Allocate1D(y);
        using var sum = accelerator.Allocate1D<float>(Count);
        add(Count, dx.View, dy.View, sum.View);
        Expect.Same([.. x.Zip(y, (a, b) => a + b)], sum.GetAsArray1D());
    }

    private static void Sums(CudaAccelerator accelerator)
    {
        const int Count = 1000;
        var sum = accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(Kernels.Sum);
        using var x = accelerator.Allocate1D(Enumerable.Range(1, Count).ToArray());
        using var total = accelerator.Allocate1D<int>(1);
        total.MemSetToZero();
        sum(((Count + Kernels.GroupThreads - 1) / Kernels.GroupThreads, Kernels.GroupThreads), x.View, total.View);
        Expect.Same([Count * (Count + 1) / 2], total.GetAsArray1D());
    }

    private static void UsesDynamicSharedMemory(CudaAccelerator accelerator)
    {
        var reverse = accelerator.LoadStreamKernel<ArrayView<int>>(Kernels.Reverse);
        using var x = accelerator.Allocate1D(Enumerable.Range(0, 128).ToArray());
        reverse((2, 64, SharedMemoryConfig.RequestDynamic<int>(64)), x.View);
        Expect.Same([.. Enumerable.Range(0, 128).Select(i => (i / 64 * 64) + 63 - (i % 64))], x.GetAsArray1D());
    }

    private static void Transposes(CudaAccelerator accelerator)
    {
        var transpose = accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<int, Stride2D.DenseX>, ArrayView2D<int, Stride2D.DenseX>>(
            (i, from, to) => to[i.Y, i.X] = from[i]);
        var picture = new int[5, 7];
        for (var x = 0; x < 5; x++)
            for (var y = 0; y < 7; y++) picture[x, y] = (10 * x) + y;
        using var from = accelerator.Allocate2DDenseX<int>(new Index2D(5, 7));
        using var to = accelerator.Allocate2DDenseX<int>(new Index2D(7, 5));
        from.CopyFromCPU(picture);
        transpose(from.IntExtent, from.View, to.View);
        var got = to.GetAsArray2D();
        for (var x = 0; x < 5; x++)
            for (var y = 0; y < 7; y++) Expect.Equal(picture[x, y], got[y, x], $"transposed[{y}, {x}]");
    }

    private static void ComputesFunctions(CudaAccelerator accelerator)
    {
        var compute = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>>(
            (i, x, y) => y[i] = XMath.Sqrt(x[i]) + XMath.Exp(-x[i]) + XMath.Sin(x[i]) + XMath.Log(x[i]) + XMath.Tanh(x[i]) + XMath.Floor(x[i]));
        float[] x = [.. Enumerable.Range(1, 64).Select(i => i / 8f)];
        using var dx = accelerator.Allocate1D(x);
        using var y = accelerator.Allocate1D<float>(x.Length);
        compute(x.Length, dx.View, y.View);
        var got = y.GetAsArray1D();
        for (var i = 0; i < x.Length; i++)
        {
            var expected = MathF.Sqrt(x[i]) + MathF.Exp(-x[i]) + MathF.Sin(x[i]) + MathF.Log(x[i]) + MathF.Tanh(x[i]) + MathF.Floor(x[i]);
            // Six terms of at most 8, each good to a few units in the last place of an approximate instruction.
            Expect.True(MathF.Abs(expected - got[i]) < 1e-4f, $"f({x[i]}) = {expected}, got {got[i]}");
        }
    }

    // Methods that are not inlined become functions of PTX, a switch a branch by index; the arctangent is ILGPU's own, of several functions.
    private static void CallsFunctions(CudaAccelerator accelerator)
    {
        var compute = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<float>>((i, x, y) =>
        {
            y[i] = XMath.Atan(y[i]);
            x[i] = Choose(SumOfDigits(x[i]));
        });
        int[] x = [.. Enumerable.Range(0, 40).Select(i => i * 97)];
        float[] y = [.. x.Select(v => v / 1000f)];
        using var dx = accelerator.Allocate1D(x);
        using var dy = accelerator.Allocate1D(y);
        compute(x.Length, dx.View, dy.View);
        Expect.Same([.. x.Select(v => Choose(SumOfDigits(v)))], dx.GetAsArray1D());
        var got = dy.GetAsArray1D();
        for (var i = 0; i < y.Length; i++) Expect.True(MathF.Abs(MathF.Atan(y[i]) - got[i]) < 1e-5f, $"atan({y[i]}) = {MathF.Atan(y[i])}, got {got[i]}"); // a few units in the last place
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int SumOfDigits(int value)
    {
        var sum = 0;
        for (; value > 0; value /= 10) sum += value % 10;
        return sum;
    }

    private static int Choose(int value)
    {
        switch (value % 5)
        {
            case 0: return 100;
            case 1: return value * 3;
            case 2: return -value;
            case 3: return value + 7;
            default: return 1;
        }
    }

    private static void HandlesTypes(CudaAccelerator accelerator)
    {
        var compute = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<ILGPU.Half>, ArrayView<double>, ArrayView<long>, ArrayView<byte>>(
            (i, half, real, whole, small) =>
            {
                half[i] = (ILGPU.Half)((float)half[i] * 2f);
                real[i] = (real[i] / 3.0) + (double)whole[i];
                whole[i] = (whole[i] * 1_000_003L) ^ 0x5555L;
                small[i] = (byte)(small[i] + 200);
            });
        using var half = accelerator.Allocate1D(new[] { (ILGPU.Half)1.5f, (ILGPU.Half)(-3f) });
        using var real = accelerator.Allocate1D(new[] { 1.0, -2.5 });
        using var whole = accelerator.Allocate1D(new[] { 7L, -1L << 40 });
        using var small = accelerator.Allocate1D(new byte[] { 10, 100 });
        compute(2, half.View, real.View, whole.View, small.View);
        Expect.Same([3f, -6f], [.. half.GetAsArray1D().Select(h => (float)h)]);
        Expect.Same([(1.0 / 3) + 7, (-2.5 / 3) - (1L << 40)], real.GetAsArray1D());
        Expect.Same([(7L * 1_000_003) ^ 0x5555, ((-1L << 40) * 1_000_003) ^ 0x5555], whole.GetAsArray1D());
        Expect.Same([(byte)210, (byte)44], small.GetAsArray1D());
    }

    private static void ReducesAndScans(CudaAccelerator accelerator)
    {
        const int Count = 300;
        using var x = accelerator.Allocate1D(Enumerable.Range(1, Count).ToArray());
        Expect.Equal(Count * (Count + 1) / 2, accelerator.Reduce<int, AddInt32>(accelerator.DefaultStream, x.View), "the sum");
        Expect.Equal(Count, accelerator.Reduce<int, MaxInt32>(accelerator.DefaultStream, x.View), "the largest");
        using var filled = accelerator.Allocate1D<float>(77);
        accelerator.Initialize(accelerator.DefaultStream, filled.View, 2.5f);
        Expect.Same([.. Enumerable.Repeat(2.5f, 77)], filled.GetAsArray1D());
    }

    private static void Specialises(CudaAccelerator accelerator)
    {
        var scale = accelerator.LoadStreamKernel<ArrayView<int>, SpecializedValue<int>>(Scale);
        using var x = accelerator.Allocate1D(new[] { 1, 2, 3, 4 });
        scale((1, 4), x.View, SpecializedValue.New(3));
        scale((1, 4), x.View, SpecializedValue.New(5));
        Expect.Same([15, 30, 45, 60], x.GetAsArray1D());
    }

    private static void Scale(ArrayView<int> x, SpecializedValue<int> factor) => x[Grid.GlobalIndex.X] *= factor;

    private static void AsksOccupancy(CudaAccelerator accelerator)
    {
        var kernel = accelerator.LoadStreamKernel<ArrayView<int>>(Kernels.Reverse).GetKernel();
        // sm_80: 2048 threads, 164 KB of shared memory, 1 KB of each block's the system's.
        Expect.Equal(16, accelerator.EstimateMaxActiveGroupsPerMultiprocessor(kernel, 128, 0));
        Expect.Equal(7, accelerator.EstimateMaxActiveGroupsPerMultiprocessor(kernel, 128, 20 * 1024));
        Expect.Equal(1024, accelerator.EstimateGroupSize(kernel, 0, 1024, out var leastGrid));
        Expect.Equal(2, leastGrid);
    }
}
