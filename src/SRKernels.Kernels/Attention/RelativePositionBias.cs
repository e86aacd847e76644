using SRKernels.Kernels.Dense;

namespace SRKernels.Kernels.Attention;

/// <summary>What windowed attention adds for the offset between query and key, expanded to one value per head and pair of tokens.</summary>
public sealed class RelativePositionBias
{
    private readonly float[] _expanded;

    private RelativePositionBias(float[] expanded, int window, int heads)
    {
        _expanded = expanded;
        Window = window;
        Heads = heads;
    }

    /// <summary>Rows and columns of a window.</summary>
    public int Window { get; }

    /// <summary>Attention heads.</summary>
    public int Heads { get; }

    /// <summary>Tokens of a window.</summary>
    public int Tokens => Window * Window;

    /// <summary>Bytes held.</summary>
    public long Bytes => (long)_expanded.Length * sizeof(float);

    /// <summary>Values in a row of <see cref="Expanded"/>: the tokens, filled up to a whole panel.</summary>
    internal int RowLength => GemmTiles.Panels(Tokens) * GemmTiles.PanelColumns;

    /// <summary>[heads, query, key], the keys that fill up a panel with minus infinity: they get no weight.</summary>
    internal ReadOnlySpan<float> Expanded => _expanded;

    /// <summary>Expands the checkpoint's <c>relative_position_bias_table</c>.</summary>
    /// <param name="table">[(2 window - 1)^2, heads]; its row for query (hi, wi) and key (hj, wj) is (hi-hj+window-1)(2 window-1) + (wi-wj+window-1), spec §3.4.</param>
    /// <param name="window">Rows and columns of a window.</param>
    /// <param name="heads">Attention heads.</param>
    /// <exception cref="Runtime.SrkException">The table's length does not fit.</exception>
    public static RelativePositionBias FromTable(ReadOnlySpan<float> table, int window, int heads)
    {
        Expect.That(window is > 0 and <= 64 && heads > 0, nameof(RelativePositionBias), "a window of 1 to 64 and at least one head", "others", "check the layer's configuration");
        var side = (2 * window) - 1;
        Expect.Length(nameof(RelativePositionBias), checked(side * side * heads), table.Length, "table");
        var tokens = window * window;
        var row = GemmTiles.Panels(tokens) * GemmTiles.PanelColumns;
        var expanded = new float[checked(heads * tokens * row)];
        Array.Fill(expanded, float.NegativeInfinity);
        for (var head = 0; head < heads; head++)
            for (var i = 0; i < tokens; i++)
                for (var j = 0; j < tokens; j++)
                {
                    var entry = (((i / window) - (j / window) + window - 1) * side) + (i % window) - (j % window) + window - 1;
                    expanded[(((head * tokens) + i) * row) + j] = table[(entry * heads) + head];
                }

        return new RelativePositionBias(expanded, window, heads);
    }

    /// <summary>The bias of one head for query <paramref name="i"/> and key <paramref name="j"/>.</summary>
    public float At(int head, int i, int j) => _expanded[(((head * Tokens) + i) * RowLength) + j];
}
