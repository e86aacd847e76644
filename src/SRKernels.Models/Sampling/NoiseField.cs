using SRKernels.Kernels;
using SRKernels.Kernels.Noise;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.Sampling;

/// <summary>
/// The noise of a whole picture, from which each tile cuts its part: where tiles overlap they see the same noise. Tiles come row by row from the
/// top, and only the rows of the present ones are there.
/// </summary>
/// <remarks>
/// A picture of one tile gets the very draws that <see cref="DrawnNoise"/> would give. Drawn when the first tile asks; not at all if tiles only
/// ask for the state from which a device makes their windows. Of a source that is not PyTorch's the whole field is drawn at once: what others give
/// can only be had in their order.
/// </remarks>
/// <param name="cx">Where windows are cut.</param>
/// <param name="source">Where the numbers come from.</param>
/// <param name="latent">The latent of the whole padded picture.</param>
/// <param name="draws">How many draws one chain takes.</param>
internal sealed class NoiseField(KernelContext cx, INoiseSource source, Shape latent, int draws) : IDisposable
{
    private readonly DrawnNoise _noise = new(source);
    private readonly TensorPool _pool = new();
    private TorchCpuField? _field;
    private readonly List<Tensor> _rows = [];
    private int _top;
    private int _end;
    private PhiloxState? _state;

    /// <summary>
    /// More draws than this are not kept from tile to tile, but made again for each: those of a chain of 2000 steps are gigabytes, and making them takes
    /// next to nothing of such a chain's time.
    /// </summary>
    internal const int MostKeptDraws = 64;

    // A draw as planes, as pixels, and as a tensor.
    private const int TimesOfDraw = 3;

    /// <summary>Whether a source's numbers can be made by rows.</summary>
    public static bool IsByRows(INoiseSource? source, Shape latent) =>
        latent.Count >= TorchCpuNoise.GroupSize && (source is null || TorchCpuNoise.In(source) is not null);

    /// <summary>Bytes that are held at a time.</summary>
    /// <param name="source">Where the numbers come from; null for PyTorch's.</param>
    /// <param name="latent">The latent of the whole padded picture.</param>
    /// <param name="rows">Rows of a tile's latent.</param>
    /// <param name="draws">How many draws one chain takes.</param>
    public static long HeldBytes(INoiseSource? source, Shape latent, int rows, int draws) => draws > MostKeptDraws
        ? latent.Count * sizeof(float) * TimesOfDraw
        : IsByRows(source, latent)
        ? ((long)Math.Min(rows, latent.H) * latent.W * latent.C * draws * sizeof(float)) + TorchCpuField.Bytes(latent.C, draws)
        : latent.Count * sizeof(float) * (draws + 2L);

    /// <summary>The noise of the tile whose latent starts at a row and a column of the field. Rows never go back up.</summary>
    public ITileNoise At(int top, int left) => draws > MostKeptDraws ? new Repeated(this, top, left) : new Window(this, top, left);

    public void Dispose()
    {
        foreach (var rows in _rows) rows.Dispose();
        _pool.Dispose();
    }

    // The rows [top, end) of every draw.
    private List<Tensor> Rows(int top, int height)
    {
        if (_rows.Count == 0 && TorchCpuNoise.In(source) is { } torch && IsByRows(source, latent))
        {
            _field = new TorchCpuField(torch, latent, draws);
            while (_rows.Count < draws) _rows.Add(_pool.Rent(latent with { H = height }));
        }

        // A source may throw: what it gave before is freed with the field.
        while (_rows.Count < draws) _rows.Add(_noise.Draw(cx, latent));

        if (_field is not null && top + height > _end) GoDown(top, top + height);
        return _rows;
    }

    // Neighbours touch or overlap: what both see moves up, the rest is made.
    private void GoDown(int top, int end)
    {
        var (kept, row) = (_end - top, latent.W * latent.C);
        var plane = new float[latent.W];
        for (var draw = 0; draw < draws; draw++)
        {
            var band = _rows[draw].Span;
            band.Slice((top - _top) * row, kept * row).CopyTo(band);
            for (var channel = 0; channel < latent.C; channel++)
                for (var y = kept; y < end - top; y++)
                {
                    _field!.Read(draw, channel, plane);
                    var pixels = band.Slice(y * row, row);
                    for (var x = 0; x < plane.Length; x++) pixels[(x * latent.C) + channel] = plane[x];
                }
        }

        (_top, _end) = (top, end);
    }

    private sealed class Window(NoiseField field, int top, int left) : ITileNoise
    {
        private int _next;

        public Tensor Draw(KernelContext cx, Shape latent)
        {
            var rows = field.Rows(top, latent.H);
            return Crop.Apply(cx, rows[_next++], top - field._top, left, latent.H, latent.W);
        }

        public PhiloxState State(in NoiseDraws draws) => (field._state ??= field._noise.State(draws)) with { Top = top, Left = left };
    }

    /// <summary>Draws that are made again for each tile, from the picture's first number on.</summary>
    private sealed class Repeated(NoiseField field, int top, int left) : ITileNoise
    {
        private int _next;

        public Tensor Draw(KernelContext cx, Shape latent)
        {
            using var whole = field.DrawAgain(cx, isFirst: _next++ == 0);
            return Crop.Apply(cx, whole, top, left, latent.H, latent.W);
        }

        public PhiloxState State(in NoiseDraws draws) => (field._state ??= field._noise.State(draws)) with { Top = top, Left = left };
    }

    private Tensor DrawAgain(KernelContext on, bool isFirst)
    {
        if (isFirst) source.Reset();
        return _noise.Draw(on, latent);
    }
}
