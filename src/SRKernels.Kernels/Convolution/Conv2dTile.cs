using ILGPU;
using SRKernels.Kernels.Activations;
using SRKernels.Intrinsics;
using static SRKernels.Kernels.Convolution.Conv2dKernels;

namespace SRKernels.Kernels.Convolution;

/// <summary>
/// One thread's part in a tile of <see cref="Conv2dKernels"/>: its sums are rows 4 y .. 4 y + 3, for 8 rows the same half a tile further down too, and columns
/// 4 x .. likewise; a warp's lanes are 8 (x) by 4 (y). The extents are constants where the kernel is compiled; arrays of its own become registers.
/// </summary>
/// <remarks>
/// Of A, a thread brings quads of channels: thread t the quad t % 2 of row t / 2, then of the rows that many further down. A lies transposed with rows + 4 between
/// its columns, so that the two quads of a row go to different banks. What a row of the tile reads (pixel under the first tap, taps
/// inside the map, its image's multipliers) lies in shared memory: it is looked up once a tap and would cost registers all the time.
/// </remarks>
internal struct Conv2dTile
{
    public int Rows, Columns, ThreadRows, ThreadColumns, LoadsA, LoadsB, Threads, Load;
    public ArrayView<float> X, Weights, AffineOf;
    public ArrayView<float> TileA, TileB;
    public ArrayView<int> Origin, Inside, Multipliers;
    public ArrayView<float> Sums, Column, Row;
    public ArrayView<Float4> PartA, PartB;
    public ArrayView<int> From, FromMultipliers;
    public int Width, InChannels, OutChannels, Pixels, SumDepth, Flags;
    public long Strides;

    private int _firstRow, _firstColumn, _threadX, _threadY;
    private int _fromB, _tap, _channelsLeft, _real;

    /// <summary>Which tile is the group's, and which place in it the thread's.</summary>
    public void Place()
    {
        int columnTiles = (OutChannels + Columns - 1) / Columns;
        int tileRow = Grid.IdxX / columnTiles;
        _firstRow = tileRow * Rows;
        _firstColumn = (Grid.IdxX - (tileRow * columnTiles)) * Columns;
        int threadsX = Columns / ThreadColumns;
        int lanesX = threadsX < 8 ? threadsX : 8;
        int thread = Group.IdxX;
        _threadX = (thread / 32 % (threadsX / lanesX) * lanesX) + (thread % lanesX);
        _threadY = (thread / 32 / (threadsX / lanesX) * (32 / lanesX)) + (thread % 32 / lanesX);
    }

    /// <summary>What the tile's rows read, found by a thread each.</summary>
    public void FindRows(int height, int outHeight, int outWidth)
    {
        int outPixels = outHeight * outWidth;
        int shift = (Flags & StrideTwo) != 0 ? 1 : 0;
        int pad = (Flags & Padded) != 0 ? 1 : 0;
        for (int first = 0; first < Rows; first += Threads)
        {
            int row = first + Group.IdxX;
            if (row < Rows)
            {
                int pixel = _firstRow + row;
                int n = pixel / outPixels;
                int rest = pixel - (n * outPixels);
                int top = (rest / outWidth << shift) - pad;
                int left = (rest % outWidth << shift) - pad;
                Origin[row] = Conv2dTaps.Origin(n, top, left, height, Width, Flags);
                Inside[row] = pixel < Pixels ? Conv2dTaps.Inside(top, left, height, Width, Flags) : 0;
                Multipliers[row] = pixel < Pixels ? n * 2 * InChannels : 0;
            }
        }
    }

    /// <summary>To the beginning of the group's part of the sums.</summary>
    public void Aim(int step)
    {
        // The quads of B that a thread loads lie in one column of quads, or (a narrow tile) only some threads load one. What columns beyond the last
        // one hold is never written.
        int column = _firstColumn + (Group.IdxX % (Columns / 4) * 4);
        int panel = column < OutChannels ? column / PanelColumns : 0;
        _fromB = (((panel * SumDepth) + (step * Depth) + (Group.IdxX / (Columns / 4) % Depth)) * PanelColumns) + (column % PanelColumns);
        if (Load == Gather) return;
        _tap = step * Depth / InChannels;
        int channel = (step * Depth) - (_tap * InChannels);
        _channelsLeft = InChannels - channel;
        AimAtTap(channel);
    }

    /// <summary>Starts loading what a step multiplies.</summary>
    public void Fetch(int step)
    {
        if (Load == Gather) Gathered(step);
        else
        {
            if (_channelsLeft == 0)
            {
                _channelsLeft = InChannels;
                _tap++;
                AimAtTap(0);
            }

            _channelsLeft -= Depth;
            for (int l = 0; l < LoadsA; l++)
            {
                PartA[l] = VectorAccess.Load4(ref X[From[l]]);
                From[l] += Depth;
            }
        }

        for (int l = 0; l < LoadsB; l++)
        {
            bool real = Load != Gather || (step * Depth) + (Group.IdxX / (Columns / 4) % Depth) + (l * Threads * 4 / Columns) < SumDepth;
            Float4 b = VectorAccess.Load4(ref Weights[real ? _fromB + (l * Threads * 4 / Columns * PanelColumns) : 0]);
            if (Load == Gather) b = real ? b : default;
            PartB[l] = b;
        }

        _fromB += Depth * PanelColumns;
    }

    /// <summary>Puts what was loaded into a stage of shared memory, with zeros for what is outside the map.</summary>
    public readonly void Keep(int stage)
    {
        int strideA = Rows + 4;
        int quad = Group.IdxX % 2 * 4;
        for (int l = 0; l < LoadsA; l++)
        {
            Float4 a = PartA[l];
            if (Load == Affine)
            {
                a = Conv2dQuads.Affined(a, AffineOf, FromMultipliers[l], InChannels, Flags);
                FromMultipliers[l] += Depth;
            }

            bool real = Load == Gather || (_real >> l & 1) != 0;
            int to = (stage * Depth * strideA) + (quad * strideA) + ((Group.IdxX + (l * Threads)) / 2);
            TileA[to] = real ? a.X : 0;
            TileA[to + strideA] = real ? a.Y : 0;
            TileA[to + (2 * strideA)] = real ? a.Z : 0;
            TileA[to + (3 * strideA)] = real ? a.W : 0;
        }

        for (int l = 0; l < LoadsB; l++)
        {
            int quadB = Group.IdxX + (l * Threads);
            if (quadB < Columns * 2) VectorAccess.Store4(ref TileB[(stage * Depth * Columns) + (quadB * 4)], PartB[l]);
        }
    }

    /// <summary>Adds a stage's products to the sums.</summary>
    public readonly void Multiply(int stage)
    {
        int fromA = (stage * Depth * (Rows + 4)) + (_threadY * 4);
        int fromB = (stage * Depth * Columns) + (_threadX * 4);
        for (int p = 0; p < Depth; p++)
        {
            for (int i = 0; i < ThreadRows; i += 4)
            {
                Float4 a = VectorAccess.Load4(ref TileA[fromA + (p * (Rows + 4)) + (i / 4 * (Rows / 2))]);
                Column[i] = a.X;
                Column[i + 1] = a.Y;
                Column[i + 2] = a.Z;
                Column[i + 3] = a.W;
            }

            for (int j = 0; j < ThreadColumns; j += 4)
            {
                Float4 b = VectorAccess.Load4(ref TileB[fromB + (p * Columns) + (j / 4 * (Columns / 2))]);
                Row[j] = b.X;
                Row[j + 1] = b.Y;
                Row[j + 2] = b.Z;
                Row[j + 3] = b.W;
            }

            for (int i = 0; i < ThreadRows; i++)
                for (int j = 0; j < ThreadColumns; j++) Sums[(i * ThreadColumns) + j] += Column[i] * Row[j];
        }
    }

    /// <summary>Writes the sums: whole ones with bias, activation and residual, partial ones as they are, behind those of the groups before.</summary>
    public readonly void Finish(ArrayView<float> y, ArrayView<float> bias, ArrayView<float> residual)
    {
        bool partial = (Flags & IsPartial) != 0;
        int activation = partial ? 0 : Flags >> ActivationShift & ActivationMask;
        bool adds = (Flags & HasResidual) != 0 && !partial;
        bool isWhole = partial ? OutChannels % 4 == 0 : (Flags & WholeQuads) != 0;
        int stride = partial ? OutChannels : OutStride(Strides);
        int slice = partial ? Grid.IdxY * Pixels * OutChannels : 0;
        bool comesBack = activation == (int)Activation.Silu || activation == (int)Activation.GeluErf;
        for (int i = 0; i < ThreadRows; i++)
        {
            int pixel = _firstRow + (i / 4 * (Rows / 2)) + (_threadY * 4) + (i % 4);
            for (int j = 0; j < ThreadColumns; j += 4)
            {
                int at = _firstColumn + (j / 4 * (Columns / 2)) + (_threadX * 4);
                if (pixel < Pixels && at < OutChannels)
                {
                    int sum = (i * ThreadColumns) + j;
                    var value = new Float4 { X = Sums[sum], Y = Sums[sum + 1], Z = Sums[sum + 2], W = Sums[sum + 3] };
                    if (!partial) value = Conv2dQuads.Sum(value, VectorAccess.Load4(ref bias[at]));
                    if (activation == (int)Activation.LeakyRelu) value = Conv2dQuads.LeakyRelu(value, VectorAccess.Load4(ref bias[SlopesAt(OutChannels) + at]));
                    if (adds && !comesBack) value = Conv2dQuads.Sum(value, Conv2dQuads.Read(residual, (pixel * ResidualStride(Strides)) + at, OutChannels - at, isWhole));
                    Conv2dQuads.Write(y, slice + (pixel * stride) + at, OutChannels - at, isWhole, value);
                }
            }
        }

        if (!comesBack) return;

        // The thread takes its own results up again: a copy of the functions for each of its sums would be most of the code. The number of rounds is
        // spelled so that it is none that the compiler knows.
        int quads = Rows * Columns / 4 / Group.DimX;
        for (int q = 0; q < quads; q++)
        {
            int i = q / (ThreadColumns / 4);
            int pixel = _firstRow + (i / 4 * (Rows / 2)) + (_threadY * 4) + (i % 4);
            int at = _firstColumn + (q % (ThreadColumns / 4) * (Columns / 2)) + (_threadX * 4);
            if (pixel < Pixels && at < OutChannels)
            {
                int to = (pixel * stride) + at;
                Float4 value = Conv2dQuads.Activated(Conv2dQuads.Read(y, to, OutChannels - at, isWhole), bias, 0, activation);
                if (adds) value = Conv2dQuads.Sum(value, Conv2dQuads.Read(residual, (pixel * ResidualStride(Strides)) + at, OutChannels - at, isWhole));
                Conv2dQuads.Write(y, to, OutChannels - at, isWhole, value);
            }
        }
    }

    /// <summary>A new tap: other pixels. What is outside the map is read from the map's beginning and not used.</summary>
    private void AimAtTap(int channel)
    {
        int quad = Group.IdxX % 2 * 4;
        _real = 0;
        for (int l = 0; l < LoadsA; l++)
        {
            int row = (Group.IdxX + (l * Threads)) / 2;
            int inside = Inside[row];
            bool real = (inside >> _tap & 1) != 0;
            int pixel = Conv2dTaps.Pixel(_tap, Origin[row], inside, Width, Flags);
            From[l] = ((real ? pixel : 0) * InStride(Strides)) + channel + quad;
            _real |= real ? 1 << l : 0;
            if (Load == Affine) FromMultipliers[l] = Multipliers[row] + channel + quad;
        }
    }

    /// <summary>As <see cref="Fetch"/>, for any number of channels.</summary>
    private readonly void Gathered(int step)
    {
        int k = (step * Depth) + (Group.IdxX % 2 * 4);
        for (int l = 0; l < LoadsA; l++)
        {
            int row = (Group.IdxX + (l * Threads)) / 2;
            PartA[l] = new Float4 { X = Element(k, row), Y = Element(k + 1, row), Z = Element(k + 2, row), W = Element(k + 3, row) };
        }
    }

    private readonly float Element(int k, int row)
    {
        int tap = k / InChannels;
        int channel = k - (tap * InChannels);
        int inside = Inside[row];
        if (k >= SumDepth || (inside >> tap & 1) == 0) return 0;
        float value = X[(Conv2dTaps.Pixel(tap, Origin[row], inside, Width, Flags) * InStride(Strides)) + channel];
        if ((Flags & HasAffine) == 0) return value;
        int at = Multipliers[row] + channel;
        value = (value * AffineOf[at]) + AffineOf[at + InChannels];
        return (Flags >> InputActivationShift & ActivationMask) == (int)Activation.Silu ? DeviceActivation.Silu(value) : value;
    }
}
