using ILGPU;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Language;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Noise;

/*
 * Four normals a thread: device thread i makes call i / threads of the imitated thread i % threads and writes its four values to their places
 * in NHWC, one grid apart. Seed and counter are read from the device's memory, so that a recorded launch serves every picture. Contract is off:
 * the uniforms are the processor's to the bit. Ten rounds of two wide products, two logarithms, two sines and cosines for 16 bytes: bound by
 * arithmetic, and so short that nothing notices.
 */
public static partial class PhiloxNoise
{
    private static readonly KernelKey s_kernel = new(typeof(PhiloxNoiseKernels).FullName!, nameof(PhiloxNoiseKernels.OneCallPerThread));

    private static void Gpu(KernelContext cx, GpuView state, int advance, int threads, Tensor y)
    {
        var count = checked((int)y.Shape.Count);
        // Threads beyond the values would draw what nobody takes.
        var items = checked((int)((Calls(count, threads) - 1) * threads) + Math.Min(threads, count));
        cx.Gpu.Launch(s_kernel, ElementwiseQuads.OnePerThread(items), state, y, advance, threads, items, y.Shape.Pixels, y.Shape.C, count);
    }
}

internal static class PhiloxNoiseKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads, Contract = false)]
    public static void OneCallPerThread(ArrayView<int> state, ArrayView<float> y, int advance, int threads, int items, int pixels, int c, int count)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= items) return;
        int call = i / threads;
        int thread = i - (call * threads);
        ulong counter = ((ulong)(uint)state[3] << 32) + (uint)state[2] + (ulong)(advance + call);
        (float a, float b, float d, float e) = PhiloxNoise.Normals(counter, (uint)thread, (uint)state[0], (uint)state[1]);
        long first = ((long)call * threads * 4) + thread;
        Put(y, first, a, pixels, c, count);
        Put(y, first + threads, b, pixels, c, count);
        Put(y, first + (2L * threads), d, pixels, c, count);
        Put(y, first + (3L * threads), e, pixels, c, count);
    }

    private static void Put(ArrayView<float> y, long number, float value, int pixels, int c, int count)
    {
        if (number >= count) return;
        int plane = (int)number / pixels; // over all images
        int image = plane / c;
        y[(((image * pixels) + (int)number - (plane * pixels)) * c) + plane - (image * c)] = value;
    }
}
