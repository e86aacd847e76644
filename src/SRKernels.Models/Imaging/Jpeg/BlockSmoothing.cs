namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>
/// Guesses the first nine AC coefficients of a progressive file that ends before they are known: those of a smooth surface through the DC of
/// the block and of its neighbours. Where no AC is known at all, DC is smoothed as well.
/// </summary>
/// <remarks>
/// ITU T.81 K.8 describes the way for 3 x 3 blocks. libjpeg-turbo 2.1, with which files that end early are compared, weighs 5 x 5; its weights
/// and what it does at edges were measured on its output: one DC alone in a picture gives the weights of all coefficients. A guess is
/// <c>DC quantiser * sum(weight * DC) / 256 / quantiser</c>, rounded, and smaller than the bits that are still to come allow.
/// </remarks>
internal sealed class BlockSmoothing(JpegFrame frame, JpegComponent component)
{
    private const int Guessed = 10, Around = 5;

    // For DC and the nine AC coefficients in scan order: [row, column] of the 5 x 5 blocks. Those below the diagonal are turned ones of above it.
    private static readonly int[][] FromDcAlone = WithTurned(
        [-2, -6, -8, -6, -2, -6, 6, 42, 6, -6, -8, 42, 152, 42, -8, -6, 6, 42, 6, -6, -2, -6, -8, -6, -2],
        [-1, -1, 0, 1, 1, -3, 13, 0, -13, 3, -3, 38, 0, -38, 3, -3, 13, 0, -13, 3, -1, -1, 0, 1, 1],
        [-1, 0, 0, 0, 1, 0, 9, 0, -9, 0, 0, 0, 0, 0, 0, 0, -9, 0, 9, 0, 1, 0, 0, 0, -1],
        [0, 0, 0, 0, 0, 0, 2, -5, 2, 0, 1, 7, -14, 7, 1, 0, 2, -5, 2, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, -3, 1, 0, 0, 0, 0, 0, 0, 0, -1, 3, -1, 0, 0, 0, 0, 0, 0]);

    private static readonly int[][] BesideKnown = WithTurned(
        [],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7, 50, 0, -50, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, -1, 0, 1, 0, -1, 10, 0, -10, 1, 0, 0, 0, 0, 0, 1, -10, 0, 10, -1, 0, 1, 0, -1, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 13, -24, 13, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [],
        []);

    private readonly int[] rows = new int[Around];
    private readonly int[] columns = new int[Around];

    /// <summary>Whether there is something to guess, and all that it takes is known.</summary>
    public static bool Applies(JpegFrame frame)
    {
        bool isMissing = false;
        foreach (var component in frame.Components)
        {
            if (!component.Decoded || component.KnownTo[0] < 0) return false;
            for (int k = 0; k < Guessed; k++)
            {
                if (component.Quant![JpegMarker.ZigZag[k]] == 0) return false;
                isMissing |= k > 0 && component.KnownTo[k] != 0;
            }
        }

        return isMissing;
    }

    /// <summary>Puts the guesses into a copy of the block's coefficients.</summary>
    public void Fill(int x, int y, Span<short> block)
    {
        // Where the last scan broke off, its coefficients are known no better than before it.
        var known = y / component.V > frame.LastGoodMcuRow ? component.KnownBefore : component.KnownTo;
        bool isDcAlone = known.AsSpan(1, Guessed - 1).IndexOfAnyExcept((sbyte)-1) < 0;
        int[][] weights = isDcAlone ? FromDcAlone : BesideKnown;
        FindRows(y);
        FindColumns(x);
        var zigZag = JpegMarker.ZigZag;
        for (int k = isDcAlone ? 0 : 1; k < Guessed; k++)
        {
            int at = zigZag[k];
            if (weights[k].Length == 0 || (k > 0 && (known[k] == 0 || block[at] != 0))) continue;
            block[at] = unchecked((short)Guess(weights[k], component.Quant![at], k == 0 ? 0 : known[k]));
        }
    }

    private long Guess(int[] weights, int quantiser, int missingBits)
    {
        long sum = 0;
        for (int row = 0, i = 0; row < Around; row++)
            for (int column = 0; column < Around; column++, i++)
                if (weights[i] != 0) sum += (long)weights[i] * component.Coefficients[(rows[row] * component.BlocksWide + columns[column]) * 64];
        sum *= component.Quant![0];
        long size = (((long)quantiser << 7) + Math.Abs(sum)) / ((long)quantiser << 8);
        if (missingBits > 0) size = Math.Min(size, (1L << missingBits) - 1);
        return sum < 0 ? -size : size;
    }

    // The rows of blocks two above to two below; beyond the picture the last one repeats. The row two above also gives way to the one above in
    // the second row of MCUs, the one two below to the one below in the last but one, where it does not lie in the same row of MCUs.
    private void FindRows(int y)
    {
        int mcu = y / component.V, inside = y % component.V, last = frame.McusHigh - 1;
        int count = mcu < last ? component.V : (component.BlocksHigh - 1) % component.V + 1;
        rows[2] = y;
        rows[1] = Math.Max(0, y - 1);
        rows[0] = inside > 1 || mcu > 1 ? y - 2 : rows[1];
        rows[3] = Math.Min(component.BlocksHigh - 1, y + 1);
        rows[4] = inside < count - 2 || mcu + 1 < last ? y + 2 : rows[3];
    }

    // The same for columns. Of two, each sees the first one in place of all that lie further away than the next.
    private void FindColumns(int x)
    {
        int last = component.BlocksWide - 1;
        for (int i = 0; i < Around; i++) columns[i] = Math.Clamp(x + i - 2, 0, last);
        if (last != 1) return;
        columns.AsSpan().Clear();
        columns[3 - x] = 1;
    }

    // 0, 1, 1 turned, 3 turned, 2, 3, 4, 5, 5 turned, 4 turned: scan order goes down and up the diagonals.
    private static int[][] WithTurned(int[] dc, int[] first, int[] both, int[] second, int[] third, int[] mixed) =>
        [dc, first, Turned(first), Turned(second), both, second, third, mixed, Turned(mixed), Turned(third)];

    private static int[] Turned(int[] weights) => [.. Enumerable.Range(0, weights.Length).Select(i => weights[i % Around * Around + i / Around])];
}
