using System.Buffers;
using SRKernels.Kernels;
using SRKernels.Kernels.Noise;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.Sampling;

/// <summary>
/// Draws each latent from a source in PyTorch's order (NCHW, the whole batch at once): on the processor, or on the device that runs the chain if the
/// source is counted.
/// </summary>
/// <param name="source">Goes on from draw to draw.</param>
/// <param name="repeatFirst">Uses the first image's noise for the whole batch; the others' are drawn and dropped.</param>
internal sealed class DrawnNoise(INoiseSource source, bool repeatFirst = false) : ITileNoise
{
    private readonly ICountedSource? _counted = ICountedSource.In(source);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A device was recorded to draw what only the processor can.</exception>
    public PhiloxState State(in NoiseDraws draws) =>
        (_counted ?? throw new InvalidOperationException("DrawnNoise: expected a counted source for draws on the device, got one that only the processor can draw from")).Skip(draws);

    public Tensor Draw(KernelContext cx, Shape latent)
    {
        if (cx.Kind == ExecutionKind.Device && _counted is not null)
        {
            var draws = new NoiseDraws(latent, 1, _counted.ThreadsFor(latent.Count), repeatFirst);
            return PhiloxNoise.DrawAt(cx, draws, cx.Gpu.Constant<int>(_counted.Skip(draws).Words));
        }

        var count = checked((int)latent.Count);
        var drawn = ArrayPool<float>.Shared.Rent(count);
        source.Fill(drawn.AsSpan(0, count));
        var pixels = ArrayPool<float>.Shared.Rent(count);
        var imageLength = latent.Pixels * latent.C;
        for (var n = 0; n < latent.N; n++)
            PlanesToPixels(drawn.AsSpan(repeatFirst ? 0 : n * imageLength, imageLength), latent.C, pixels.AsSpan(n * imageLength, imageLength));
        var tensor = cx.Upload(pixels.AsSpan(0, count), latent);
        ArrayPool<float>.Shared.Return(drawn);
        ArrayPool<float>.Shared.Return(pixels);
        return tensor;
    }

    private static void PlanesToPixels(ReadOnlySpan<float> planes, int channels, Span<float> pixels)
    {
        var count = planes.Length / channels;
        for (var c = 0; c < channels; c++)
        {
            var plane = planes.Slice(c * count, count);
            for (var p = 0; p < plane.Length; p++) pixels[(p * channels) + c] = plane[p];
        }
    }
}
