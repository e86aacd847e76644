using ILGPU;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Intrinsics;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Noise;

/*
 * One normal a thread: device thread i makes element i of the result, NHWC. Its number in the draw says which thread of the imitated grid would
 * have made it, in which call, and as which of the four; so a tile makes its window of the whole picture's field, and all draws of a chain are
 * one launch. Seed, counter and the window's place are read from the device's memory: a recorded launch serves every picture and every tile.
 * Contract is off: the uniforms are the processor's to the bit. Three of four normals are thrown away; ten rounds of two wide products, a
 * logarithm, a sine and a cosine for 4 bytes are bound by arithmetic, and 200 000 values a picture are so few that nothing notices.
 */
public static partial class PhiloxNoise
{
    private static readonly KernelKey s_kernel = new(typeof(PhiloxNoiseKernels).FullName!, nameof(PhiloxNoiseKernels.OneValuePerThread));

    /// <summary>All draws, one behind the other in y with so many elements left out between them.</summary>
    private static void Gpu(KernelContext cx, in NoiseDraws draws, GpuView state, Tensor y, int h, int w, int gap = 0)
    {
        var (images, fieldH, fieldW, c) = draws.Field;
        if (h < 1 || w < 1 || h > fieldH || w > fieldW)
            Expect.Throw(nameof(PhiloxNoise), $"a window of the field {draws.Field}", $"{h}x{w}", "check the tile's extents");
        // Values of a draw are numbered with int.
        _ = checked((int)draws.Field.Count);
        var count = checked(draws.Count * images * h * w * c);
        cx.Gpu.Launch(
            s_kernel, ElementwiseQuads.OnePerThread(count), state, y, draws.Threads, draws.Calls, images, draws.RepeatFirst ? 0 : c,
            draws.Field.Pixels, fieldW, h, w, c, gap, count);
    }
}

internal static class PhiloxNoiseKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads, Contract = false)]
    public static void OneValuePerThread(
        ArrayView<int> state, ArrayView<float> y, int threads, int calls, int images, int planesApart, int fieldPixels, int fieldW, int h, int w,
        int c, int gap, int count)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= count) return;
        int pixel = i / c;
        int line = pixel / w;
        int image = line / h;
        int draw = image / images;
        int plane = ((image - (draw * images)) * planesApart) + i - (pixel * c);
        int row = state[4] + line - (image * h);
        int column = state[5] + pixel - (line * w);
        int number = (plane * fieldPixels) + (row * fieldW) + column;
        int turn = number / threads;
        ulong counter = ((ulong)(uint)state[3] << 32) + (uint)state[2] + ((ulong)(uint)draw * (uint)calls) + (ulong)(turn / PhiloxNoise.ValuesPerCall);
        y[i + (draw * gap)] = PhiloxNoise.Normal(counter, (uint)(number - (turn * threads)), (uint)state[0], (uint)state[1], turn % PhiloxNoise.ValuesPerCall);
    }
}
