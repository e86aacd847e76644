using SRKernels.Kernels;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.Sampling;

/// <summary>
/// The noise of a whole picture, drawn once, from which each tile cuts its part: where tiles overlap they see the same noise.
/// </summary>
/// <remarks>A picture of one tile gets the very draws that <see cref="DrawnNoise"/> would give.</remarks>
internal sealed class NoiseField : IDisposable
{
    private readonly Tensor[] _draws;

    /// <summary>Draws all noise of a chain.</summary>
    /// <param name="cx">Where the memory comes from.</param>
    /// <param name="source">Where the numbers come from.</param>
    /// <param name="latent">The latent of the whole padded picture.</param>
    /// <param name="draws">How many draws one chain takes.</param>
    public NoiseField(KernelContext cx, INoiseSource source, Shape latent, int draws)
    {
        var noise = new DrawnNoise(source);
        _draws = new Tensor[draws];
        for (var i = 0; i < draws; i++) _draws[i] = noise.Draw(cx, latent);
    }

    /// <summary>The noise of the tile whose latent starts at a row and a column of the field.</summary>
    public ILatentNoise At(int top, int left) => new Window(_draws, top, left);

    public void Dispose()
    {
        foreach (var draw in _draws) draw.Dispose();
    }

    private sealed class Window(Tensor[] draws, int top, int left) : ILatentNoise
    {
        private int _next;

        public Tensor Draw(KernelContext cx, Shape latent) => Crop.Apply(cx, draws[_next++], top, left, latent.H, latent.W);
    }
}
