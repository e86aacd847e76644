using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.Kernels.Attention;

/// <summary>What is done to rows before and after attention over all positions: operands in the form that tensor cores take, and the parts of the keys added up.</summary>
/// <remarks>Memory binds both. What <see cref="Round"/> writes is read once for each tile of queries: that it lies as shared memory wants it is worth more than its own time.</remarks>
internal static class SelfAttentionRowKernels
{
    /// <summary>Threads of a group.</summary>
    internal const int Threads = 256;

    private const int Queries = SelfAttentionTensorKernels.Queries;

    /// <summary>
    /// q, k and v in 16 bits, filled up with zeros to <paramref name="width"/> channels and to whole tiles; q times <paramref name="scale"/>. A thread
    /// rounds eight channels of each; rows of the three come <paramref name="pitch"/> elements apart. Images along y.
    /// </summary>
    /// <remarks>
    /// q16: [image, row, width]. stream: [image, tile of keys, piece, keys * piece elements], first the keys' pieces, each of some channels of all keys of the tile, then the
    /// values', each of some keys: in the order in which <see cref="SelfAttentionTensorKernels.Attend"/> uses them up. Eights of channels (parts of a row) are
    /// exchanged by the row's number, in rows of four parts by half of it, so that matrix loads from a copy of it meet no bank twice.
    /// </remarks>
    [Kernel(MaxThreads = Threads, Sm = 80)]
    [Specialize(Values = [512, 256, 32, false])]
    [Specialize(Values = [512, 256, 32, true])]
    [Specialize(Values = [512, 128, 32, false])]
    [Specialize(Values = [512, 128, 32, true])]
    [Specialize(Values = [256, 128, 64, false])]
    [Specialize(Values = [256, 128, 64, true])]
    [Specialize(Values = [128, 128, 64, false])]
    [Specialize(Values = [128, 128, 64, true])]
    public static void Round(
        ArrayView<float> q, ArrayView<float> k, ArrayView<float> v, ArrayView<short> q16, ArrayView<short> stream,
        int positions, int rows, int channels, int pitch, float scale,
        SpecializedValue<int> width, SpecializedValue<int> keys, SpecializedValue<int> piece, SpecializedValue<bool> half)
    {
        int eight = (Grid.IdxX * Threads) + Group.IdxX;
        int row = eight / (width / 8);
        if (row >= rows) return;
        int part = eight % (width / 8);
        int channel = part * 8;
        int from = (((Grid.IdxY * positions) + row) * pitch) + channel;
        int present = row < positions ? channels - channel : 0;
        int image = Grid.IdxY * rows * width;
        RoundEight(q, q16, from, image + (row * width) + ((part ^ (row % 8)) * 8), present, channels, scale, half);

        int tile = (2 * image) + (row / keys * (2 * keys * width));
        int ofTile = row % keys;
        int parts = piece / 8;
        int turn = parts == 4 ? ofTile / 2 % 4 : ofTile % 8;
        RoundEight(k, stream, from, tile + (part / parts * (keys * piece)) + (ofTile * piece) + (((part % parts) ^ turn) * 8), present, channels, 1, half);

        int wide = SelfAttentionTensorKernels.WideOf(width, keys, piece);
        int keysOfPiece = keys * piece / wide;
        int number = (ofTile / keysOfPiece * (width / wide)) + (channel / wide);
        int place = (part % (wide / 8)) ^ (ofTile % 8);
        RoundEight(v, stream, from, tile + (keys * width) + (number * keys * piece) + (ofTile % keysOfPiece * wide) + (place * 8), present, channels, 1, half);
    }

    /// <summary>As <see cref="Round"/> in tf32, for <see cref="SelfAttentionTf32Kernels.AttendTf32"/>. A thread rounds four channels of a query and of a key, and two
    /// channels of two values, which it puts in turn.</summary>
    /// <remarks>
    /// q32: [image, tile of 64, piece, 64 x 32]. Fours of channels are exchanged by the row's number; fours of values (two channels, two keys) by twice
    /// the row's number, since a quarter of a warp reads two fours of four rows.
    /// </remarks>
    [Kernel(MaxThreads = Threads, Sm = 80)]
    public static void RoundTf32(
        ArrayView<float> q, ArrayView<float> k, ArrayView<float> v, ArrayView<float> q32, ArrayView<float> stream,
        int positions, int rows, int channels, int pitch, float scale, int width)
    {
        const int Keys = SelfAttentionTf32Kernels.Keys;
        const int Parts = SelfAttentionTf32Kernels.Channels / 4;
        int four = (Grid.IdxX * Threads) + Group.IdxX;
        int row = four / (width / 4);
        if (row >= rows) return;
        int part = four % (width / 4);
        int from = (((Grid.IdxY * positions) + row) * pitch) + (part * 4);
        int present = row < positions ? channels - (part * 4) : 0;
        int image = Grid.IdxY * rows * width;
        int inPiece = ((part % Parts) ^ (row % 8)) * 4;
        int toQ = image + (row / Queries * Queries * width) + (part / Parts * SelfAttentionTf32Kernels.QueryPiece) + (row % Queries * SelfAttentionTf32Kernels.Channels);
        RoundFour(q, q32, from, toQ + inPiece, present, channels, scale);

        int tile = (2 * image) + (row / Keys * (2 * Keys * width));
        int toK = tile + (part / Parts * SelfAttentionTf32Kernels.Piece) + (row % Keys * SelfAttentionTf32Kernels.Channels);
        RoundFour(k, stream, from, toK + inPiece, present, channels, 1);

        // Two channels of keys t and t + 4 of eight: half as many rows of twice the length, t being the row's number in four.
        row = four / (width / 2);
        part = four % (width / 2);
        int key = (row / 4 * 8) + (row % 4);
        from = (((Grid.IdxY * positions) + key) * pitch) + (part * 2);
        present = key < positions ? channels - (part * 2) : 0;
        Float2 first = TwoOf(v, from, present, channels);
        Float2 second = TwoOf(v, from + (4 * pitch), key + 4 < positions ? present : 0, channels);
        int toV = (2 * image) + (key / Keys * (2 * Keys * width)) + (Keys * width) + (row % (Keys / 2) * (2 * width)) + ((part ^ (row % 4 * 2)) * 4);
        VectorAccess.Store4(ref stream[toV], new Float4
        {
            X = TensorCore.RoundToTf32(first.X),
            Y = TensorCore.RoundToTf32(second.X),
            Z = TensorCore.RoundToTf32(first.Y),
            W = TensorCore.RoundToTf32(second.Y),
        });
    }

    /// <summary>
    /// Adds up the parts of each query, in their order, under their common maximum, and divides by the sum of the weights; where <paramref name="adds"/> is not 0
    /// it adds a constant of each channel and a residual. A thread has four channels of a query. Images along y.
    /// </summary>
    [Kernel(MaxThreads = Threads)]
    public static void Merge(
        ArrayView<float> partial, ArrayView<float> statistics, ArrayView<float> residual, ArrayView<float> constant, ArrayView<float> y,
        int positions, int channels, int width, int blocks, int pairsOfGroup, int adds)
    {
        int piece = (Grid.IdxX * Threads) + Group.IdxX;
        int query = piece / (width / 4);
        int channel = piece % (width / 4) * 4;
        if (query >= positions || channel >= channels) return;
        int to = (((Grid.IdxY * positions) + query) * channels) + channel;
        Float4 added = default;
        if (adds != 0) added = Sum(FourOf(residual, to, channels - channel, channels), FourOf(constant, channel, channels - channel, channels));
        int tile = (Grid.IdxY * ((positions + Queries - 1) / Queries)) + (query / Queries);
        int row = query % Queries;
        int first = tile * blocks / pairsOfGroup; // group that has a share of the tile
        int count = ((((tile + 1) * blocks) - 1) / pairsOfGroup) - first + 1;
        int slot = tile + first;
        float top = StreamedSoftmax.NoScore;
        for (int part = 0; part < count; part++) top = FastMath.MaxNumber(top, statistics[((slot + part) * 2 * Queries) + row]);
        float total = 0;
        Float4 sum = default;
        for (int part = 0; part < count; part++)
        {
            int at = (slot + part) * Queries;
            float weight = FastMath.Exp2(statistics[(at * 2) + row] - top);
            total += weight * statistics[(at * 2) + Queries + row];
            Float4 four = VectorAccess.Load4(ref partial[((at + row) * width) + channel]);
            sum.X += weight * four.X;
            sum.Y += weight * four.Y;
            sum.Z += weight * four.Z;
            sum.W += weight * four.W;
        }

        float share = 1 / total;
        if (channels % 4 == 0)
        {
            VectorAccess.Store4(
                ref y[to],
                new Float4 { X = (sum.X * share) + added.X, Y = (sum.Y * share) + added.Y, Z = (sum.Z * share) + added.Z, W = (sum.W * share) + added.W });
            return;
        }

        y[to] = (sum.X * share) + added.X;
        if (channel + 1 < channels) y[to + 1] = (sum.Y * share) + added.Y;
        if (channel + 2 < channels) y[to + 2] = (sum.Z * share) + added.Z;
        if (channel + 3 < channels) y[to + 3] = (sum.W * share) + added.W;
    }

    private static void RoundEight(ArrayView<float> x, ArrayView<short> x16, int from, int to, int present, int channels, float scale, bool half)
    {
        Registers4 eight = default;
        if (channels % 4 == 0)
        {
            // Pieces of eight that begin inside the row have four channels or eight.
            Float4 low = default;
            Float4 high = default;
            if (present > 0) low = VectorAccess.Load4(ref x[from]);
            if (present > 4) high = VectorAccess.Load4(ref x[from + 4]);
            eight.R0 = SelfAttentionTensorKernels.Pack(low.X * scale, low.Y * scale, half);
            eight.R1 = SelfAttentionTensorKernels.Pack(low.Z * scale, low.W * scale, half);
            eight.R2 = SelfAttentionTensorKernels.Pack(high.X * scale, high.Y * scale, half);
            eight.R3 = SelfAttentionTensorKernels.Pack(high.Z * scale, high.W * scale, half);
        }
        else
        {
            eight.R0 = SelfAttentionTensorKernels.Pack(At(x, from, 0, present) * scale, At(x, from, 1, present) * scale, half);
            eight.R1 = SelfAttentionTensorKernels.Pack(At(x, from, 2, present) * scale, At(x, from, 3, present) * scale, half);
            eight.R2 = SelfAttentionTensorKernels.Pack(At(x, from, 4, present) * scale, At(x, from, 5, present) * scale, half);
            eight.R3 = SelfAttentionTensorKernels.Pack(At(x, from, 6, present) * scale, At(x, from, 7, present) * scale, half);
        }

        VectorAccess.StoreBits4(ref x16[to], eight);
    }

    private static void RoundFour(ArrayView<float> x, ArrayView<float> x32, int from, int to, int present, int channels, float scale)
    {
        Float4 four = default;
        if (present > 0) four = FourOf(x, from, present, channels);
        VectorAccess.Store4(ref x32[to], new Float4
        {
            X = TensorCore.RoundToTf32(four.X * scale),
            Y = TensorCore.RoundToTf32(four.Y * scale),
            Z = TensorCore.RoundToTf32(four.Z * scale),
            W = TensorCore.RoundToTf32(four.W * scale),
        });
    }

    /// <summary>Up to two channels; zeros for those that are not there.</summary>
    private static Float2 TwoOf(ArrayView<float> x, int from, int present, int channels)
    {
        Float2 two = default;
        if (present <= 0) return two;
        if (channels % 2 == 0) return VectorAccess.Load2(ref x[from]);
        two.X = x[from];
        two.Y = At(x, from, 1, present);
        return two;
    }

    /// <summary>Up to four channels.</summary>
    private static Float4 FourOf(ArrayView<float> x, int from, int present, int channels)
    {
        if (channels % 4 == 0) return VectorAccess.Load4(ref x[from]);
        return new Float4 { X = x[from], Y = At(x, from, 1, present), Z = At(x, from, 2, present), W = At(x, from, 3, present) };
    }

    private static Float4 Sum(Float4 a, Float4 b) => new Float4 { X = a.X + b.X, Y = a.Y + b.Y, Z = a.Z + b.Z, W = a.W + b.W };

    private static float At(ArrayView<float> x, int from, int i, int present) => i < present ? x[from + i] : 0;
}
