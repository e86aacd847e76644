using SRKernels.Kernels;
using SRKernels.Kernels.Noise;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.Sampling;

/// <summary>
/// The noise of a whole picture, drawn once, from which each tile cuts its part: where tiles overlap they see the same noise.
/// </summary>
/// <remarks>
/// A picture of one tile gets the very draws that <see cref="DrawnNoise"/> would give. Drawn when the first tile asks; not at all if tiles only
/// ask for the state from which a device makes their windows.
/// </remarks>
/// <param name="cx">Where the memory comes from.</param>
/// <param name="source">Where the numbers come from.</param>
/// <param name="latent">The latent of the whole padded picture.</param>
/// <param name="draws">How many draws one chain takes.</param>
internal sealed class NoiseField(KernelContext cx, INoiseSource source, Shape latent, int draws) : IDisposable
{
    private readonly DrawnNoise _noise = new(source);
    private Tensor[]? _drawn;
    private PhiloxState? _state;

    /// <summary>The noise of the tile whose latent starts at a row and a column of the field.</summary>
    public ITileNoise At(int top, int left) => new Window(this, top, left);

    public void Dispose()
    {
        foreach (var draw in _drawn ?? []) draw.Dispose();
    }

    private Tensor[] Drawn()
    {
        if (_drawn is not null) return _drawn;
        _drawn = new Tensor[draws];
        for (var i = 0; i < draws; i++) _drawn[i] = _noise.Draw(cx, latent);
        return _drawn;
    }

    private sealed class Window(NoiseField field, int top, int left) : ITileNoise
    {
        private int _next;

        public Tensor Draw(KernelContext cx, Shape latent) => Crop.Apply(cx, field.Drawn()[_next++], top, left, latent.H, latent.W);

        public PhiloxState State(in NoiseDraws draws) => (field._state ??= field._noise.State(draws)) with { Top = top, Left = left };
    }
}
