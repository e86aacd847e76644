using SRKernels.Kernels;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Families;
using SRKernels.Models.Imaging;
using SRKernels.Models.Quality;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.Tiling;

/// <summary>
/// What each tile of a picture is made from: its padded pixels and mask, cut straight from the picture's samples, its noise, and what its rows
/// and columns count. The picture as floats is never there whole.
/// </summary>
/// <remarks>
/// Seamless: one picture padded as a whole, one field of noise cut with it, neighbouring tiles blended over their overlap. Upstream's: each tile padded by
/// itself, its noise drawn after the last tile's, all counting the same.
/// </remarks>
internal sealed class TileFeed : IDisposable
{
    private readonly KernelContext _cx;
    private readonly Image _picture;
    private readonly Image? _mask;
    private readonly TilePlan _tiles;
    private readonly TileGeometry _geometry;
    private readonly NoiseField? _field;
    private readonly DrawnNoise? _drawn;

    /// <param name="cx">Where tiles are cut.</param>
    /// <param name="geometry">How the tiles lie of what they are cut for.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="mask">Grey, of its size; or null.</param>
    /// <param name="tiles">The cut.</param>
    /// <param name="source">The noise.</param>
    /// <param name="draws">How many draws one chain takes.</param>
    public TileFeed(KernelContext cx, TileGeometry geometry, Image picture, Image? mask, TilePlan tiles, INoiseSource source, int draws)
    {
        (_cx, _picture, _mask, _tiles, _geometry) = (cx, picture, mask, tiles, geometry);
        if (tiles.PadsEachTile) _drawn = new DrawnNoise(source);
        else _field = new NoiseField(cx, source, tiles.Noise(geometry), draws);
    }

    /// <summary>A tile's first row and column in the result.</summary>
    public (int Y, int X) Place(int row, int column) => (_tiles.Rows.Starts[row] * _geometry.Scale, _tiles.Columns.Starts[column] * _geometry.Scale);

    /// <summary>Rows of the result that no tile below a row of tiles reaches.</summary>
    public int RowsDone(int row) =>
        (row + 1 < _tiles.Rows.Starts.Count ? _tiles.Rows.Starts[row + 1] : _tiles.Rows.Length) * _geometry.Scale;

    /// <summary>A tile as the networks see it, [1, h, w, 3].</summary>
    public Tensor Picture(int row, int column)
    {
        if (_geometry.InputScale > 1) return Enlarged(row, column);
        var (height, width) = _tiles.NetworkInput;
        var tile = _cx.Rent(1, height, width, 3);
        for (var i = 0; i < height; i++) Fill(_picture, SourceRow(row, i), column, tile.Row(i));
        return tile;
    }

    /// <summary>The tile as it is cut from the whole picture (upstream's: from the tile), padded and enlarged.</summary>
    private Tensor Enlarged(int row, int column)
    {
        var (height, width) = _tiles.NetworkInput;
        var (top, left) = _tiles.PadsEachTile ? (0, 0) : (_tiles.Rows.Starts[row], _tiles.Columns.Starts[column]);
        var (rows, columns) = _tiles.PadsEachTile ? (height, width) : (_tiles.Rows.Length, _tiles.Columns.Length);
        var enlarged = new Image(width * _geometry.InputScale, height * _geometry.InputScale, PixelLayout.Rgb);
        PillowBicubic.EnlargePart(rows, columns, _geometry.InputScale, top, left, height, width, Read, enlarged.Samples8);
        var tile = _cx.Rent(1, enlarged.Height, enlarged.Width, 3);
        PixelFloats.ToRgb(enlarged, tile.Span, PixelRange.MinusOneToOne);
        return tile;

        void Read(int y, int first, Span<byte> samples)
        {
            var source = SourceRow(row, y - top);
            for (var i = 0; i < samples.Length; i += 3)
                PillowBicubic.ReadRgb(_picture, source, Source(_tiles.Columns.Starts[column], _tiles.Columns.Tile, first + (i / 3) - left, _picture.Width), samples.Slice(i, 3));
        }
    }

    /// <summary>The same part of the mask, [1, h, w, 1]; null without.</summary>
    public Tensor? Mask(int row, int column)
    {
        if (_mask is null) return null;
        var (height, width) = _tiles.NetworkInput;
        var tile = _cx.Rent(1, height, width, 1);
        var colours = new float[3 * width];
        for (var i = 0; i < height; i++)
        {
            Fill(_mask, SourceRow(row, i), column, colours);
            var values = tile.Row(i);
            for (var j = 0; j < width; j++) values[j] = colours[3 * j];
        }

        return tile;
    }

    /// <summary>A tile's noise; asked for once for each tile, in their order.</summary>
    public ITileNoise Noise(int row, int column) =>
        _field?.At(_geometry.NoiseOf(_tiles.Rows.Starts[row]), _geometry.NoiseOf(_tiles.Columns.Starts[column])) ?? (ITileNoise)_drawn!;

    /// <summary>What its rows count, or empty for ones.</summary>
    public float[] RowWeights(int row) => _field is null ? [] : FeatherWeights.Of(_tiles.Rows, row, _geometry.Scale);

    /// <summary>What its columns count, or empty for ones.</summary>
    public float[] ColumnWeights(int column) => _field is null ? [] : FeatherWeights.Of(_tiles.Columns, column, _geometry.Scale);

    public void Dispose() => _field?.Dispose();

    private int SourceRow(int row, int i) => Source(_tiles.Rows.Starts[row], _tiles.Rows.Tile, i, _picture.Height);

    // Beyond the picture's end, or the tile's, the walk turns back.
    private int Source(int start, int tile, int i, int length) =>
        _tiles.PadsEachTile ? start + ReflectPad.Bounce(i, tile) : ReflectPad.Bounce(start + i, length);

    private void Fill(Image image, int y, int column, Span<float> row)
    {
        var (start, tile, width) = (_tiles.Columns.Starts[column], _tiles.Columns.Tile, row.Length / 3);
        var inside = Math.Min(width, Math.Min(tile, image.Width - start));
        PixelFloats.Pixels(image, (y * image.Width) + start, row[..(3 * inside)], PixelRange.MinusOneToOne);
        for (var j = inside; j < width; j++)
            PixelFloats.Pixels(image, (y * image.Width) + Source(start, tile, j, image.Width), row.Slice(3 * j, 3), PixelRange.MinusOneToOne);
    }
}
