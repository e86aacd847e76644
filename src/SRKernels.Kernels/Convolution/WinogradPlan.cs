using System.Runtime.CompilerServices;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Convolution;

/// <summary>What both Winograd decompositions share: the grid of 4x4 output tiles over all images, their pixels, strides, and the way out.</summary>
internal unsafe struct WinogradPlan
{
    /// <summary>Rows and columns of an output tile.</summary>
    public const int Tile = 4;

    /// <summary>Products per tile, channel and output channel: 6x6, where the definition has 9 for each of 16 pixels.</summary>
    public const int Products = 36;

    private readonly float* _x;
    private readonly StridedRows _y;
    private readonly StridedRows _residual;
    private readonly float* _zeros;
    private readonly Shape _xShape;
    private readonly Shape _yShape;
    private readonly int _shift;
    private readonly Activation _activation;

    public WinogradPlan(Tensor x, Conv2dWeights w, in Conv2dOptions options, in ConvolutionTarget y, float* zeros)
    {
        _x = x.Data;
        _y = y.Rows;
        (_xShape, _yShape) = (x.Shape, y.Shape);
        _residual = Conv2d.ResidualRows(options);
        _shift = options.UpsampleInput ? 1 : 0;
        _activation = options.Activation;
        _zeros = zeros;
        new Span<float>(zeros, w.InChannels).Clear();
        W = w.Packed;
        Channels = w.InChannels;
        Tiles = TileCount(y.Shape);
    }

    /// <summary>The weights.</summary>
    public PackedWeights W { get; }

    /// <summary>Tiles of all images.</summary>
    public int Tiles { get; }

    /// <summary>Input channels.</summary>
    public int Channels { get; }

    /// <summary>
    /// Elements between the transformed pixels of neighbouring tiles. A line more than needed where it would be a multiple of 512 bytes: 12 rows
    /// a power of two apart would fall into one or two sets of the first-level cache.
    /// </summary>
    public readonly nint TileStride => TileStrideOf(Channels);

    /// <summary><see cref="TileStride"/> for a number of channels.</summary>
    public static nint TileStrideOf(int channels) => RoundToLine(channels) + (channels % 128 == 0 ? 16 : 0);

    /// <summary>Elements between the <see cref="Products"/> matrices of <paramref name="rows"/> rows: an odd number of cache lines, so that 36 of them spread over the sets.</summary>
    public static nint Slab(nint rows, nint stride) => ((((rows * stride) + 15) / 16) | 1) * 16;

    /// <summary>Tiles of a map.</summary>
    public static int TileCount(Shape y) => checked(y.N * ((y.H + Tile - 1) / Tile) * ((y.W + Tile - 1) / Tile));

    /// <summary>Bytes of all transformed weights.</summary>
    public static long WeightBytes(int inChannels, int outChannels) =>
        (long)Products * inChannels * GemmTiles.Panels(outChannels) * GemmTiles.PanelColumns * sizeof(float);

    /// <summary>A length rounded up to whole cache lines.</summary>
    public static int RoundToLine(int floats) => (floats + 15) & ~15;

    /// <summary>Transforms one tile of the input.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Input<TIsa, TV>(int tile, float* v, nint slab)
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        var pixels = stackalloc float*[Products];
        var (image, oy, ox) = Locate(tile);
        var (height, width) = (_xShape.H << _shift, _xShape.W << _shift);
        var source = _x + ((long)image * _xShape.Pixels * _xShape.C);
        for (int i = 0, at = 0; i < 6; i++)
        {
            var iy = oy + i - 1;
            var row = source + ((nint)(iy >> _shift) * _xShape.W * _xShape.C);
            for (var j = 0; j < 6; j++, at++)
            {
                var ix = ox + j - 1;
                pixels[at] = (uint)iy < (uint)height && (uint)ix < (uint)width ? row + ((nint)(ix >> _shift) * _xShape.C) : _zeros;
            }
        }

        WinogradTransforms<TIsa, TV>.Input(pixels, Channels, v, slab);
    }

    /// <summary>Transforms one tile of one panel of products back and writes its pixels, with bias, activation and residual.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Output<TIsa, TV>(int tile, int panel, float* m, nint slab)
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        var (image, oy, ox) = Locate(tile);
        var columns = W.PanelColumns(panel);
        var pixel = ((((long)image * _yShape.H) + oy) * _yShape.W) + ox;
        var column = panel * GemmTiles.PanelColumns;
        var (rows, pixels) = (Math.Min(Tile, _yShape.H - oy), Math.Min(Tile, _yShape.W - ox));
        var isSimple = _activation is Activation.None or Activation.LeakyRelu;
        if (rows == Tile && pixels == Tile && columns == GemmTiles.PanelColumns && isSimple)
        {
            var slopes = _activation == Activation.None ? null : W.PanelSlopes(panel);
            WinogradTransforms<TIsa, TV>.Output(m, slab, W.PanelBias(panel), _y.From(pixel, column), _residual.From(pixel, column), _yShape.W, slopes);
            return;
        }

        var whole = stackalloc float[Tile * Tile * GemmTiles.PanelColumns];
        WinogradTransforms<TIsa, TV>.Output(m, slab, W.PanelBias(panel), new StridedRows(whole, GemmTiles.PanelColumns), default, Tile, null);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < pixels; j++)
            {
                var to = _y.From(pixel + ((long)i * _yShape.W) + j, column);
                var from = whole + (((i * Tile) + j) * GemmTiles.PanelColumns);
                new Span<float>(from, columns).CopyTo(new Span<float>(to.Data, columns));
                GemmEpilogue<TIsa, TV>.Apply(to, 1, columns, _activation, W.PanelSlopes(panel), _residual.From(pixel + ((long)i * _yShape.W) + j, column));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly (int Image, int Y, int X) Locate(int tile)
    {
        var (tilesX, tilesY) = ((_yShape.W + Tile - 1) / Tile, (_yShape.H + Tile - 1) / Tile);
        var (row, x) = Math.DivRem(tile, tilesX);
        var (image, y) = Math.DivRem(row, tilesY);
        return (image, y * Tile, x * Tile);
    }
}
