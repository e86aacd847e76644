namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>
/// A scan header (T.81 B.2.3) and the walk over its blocks: MCU by MCU where components are interleaved, else the one
/// component's own blocks row by row, with restart markers passed on the way.
/// </summary>
internal sealed class JpegScan
{
    // T.81 B.2.3: at most ten blocks in an MCU.
    private const int MaxBlocksInMcu = 10;

    private JpegScan(JpegComponent[] components, int start, int end, int high, int low)
    {
        Components = components;
        Start = start;
        End = end;
        High = high;
        Low = low;
    }

    /// <summary>Decodes one block.</summary>
    /// <param name="reader">The scan's bits.</param>
    /// <param name="component">Whose block it is.</param>
    /// <param name="blockX">Column and row of the block within the component; beyond its blocks where it only fills an
    /// MCU up.</param>
    /// <param name="blockY">See <paramref name="blockX"/>.</param>
    public delegate void BlockDecoder(ref JpegBitReader reader, JpegComponent component, int blockX, int blockY);

    public JpegComponent[] Components { get; }

    /// <summary>Spectral selection: the first and last coefficient, in scan order.</summary>
    public int Start { get; }

    public int End { get; }

    /// <summary>Successive approximation: the point transform of the scan before (0 for a first scan) and of this
    /// one.</summary>
    public int High { get; }

    public int Low { get; }

    /// <summary>Reads the header and gives its components their tables.</summary>
    public static JpegScan Read(ReadOnlySpan<byte> payload, JpegFrame frame, JpegTables tables)
    {
        int count = payload.Length > 0 ? payload[0] : 0;
        if (count is < 1 or > 4) JpegFault.Throw("a scan of 1 to 4 components", $"{count}");
        if (payload.Length != 4 + 2 * count)
            JpegFault.Throw($"a scan header of {4 + 2 * count} bytes", $"{payload.Length}");
        var components = new JpegComponent[count];
        int blocks = 0;
        for (int i = 0; i < count; i++)
        {
            byte id = payload[1 + 2 * i];
            components[i] = Find(frame, components, id);
            blocks += components[i].H * components[i].V;
        }

        if (count > 1 && blocks > MaxBlocksInMcu)
            JpegFault.Throw($"at most {MaxBlocksInMcu} blocks in an MCU", $"{blocks}");
        var last = payload[(1 + 2 * count)..];
        var scan = frame.Progressive
            ? new JpegScan(components, last[0], last[1], last[2] >> 4, last[2] & 15)
            : new JpegScan(components, 0, 63, 0, 0); // libjpeg, too, takes no notice of these bytes in a sequential file
        if (frame.Progressive) scan.CheckProgression();
        for (int i = 0; i < count; i++) scan.TakeTables(components[i], payload[2 + 2 * i], frame, tables);
        return scan;
    }

    // Where several components have one id, as some cameras write, they follow in their order.
    private static JpegComponent Find(JpegFrame frame, JpegComponent[] taken, byte id)
    {
        var named = Array.FindAll(frame.Components, c => c.Id == id);
        if (named.Length == 0) JpegFault.Throw("a scan of components that the frame declares", $"component {id}");
        var free = Array.FindAll(named, c => !taken.Contains(c));
        if (free.Length == 0) JpegFault.Throw("each component once in a scan", $"component {id} twice");
        return Array.Find(free, c => !c.Decoded) ?? free[0];
    }

    /// <summary>How many blocks the scan holds, those that fill MCUs up included.</summary>
    public long CountBlocks(JpegFrame frame) => Components.Length == 1
        ? (long)Components[0].BlocksWide * Components[0].BlocksHigh
        : (long)frame.McusWide * frame.McusHigh * Components.Sum(c => c.H * c.V);

    /// <summary>Decodes all blocks; the reader stands behind them afterwards.</summary>
    /// <param name="reader">At the first byte after the scan header.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="restartInterval">MCUs between restart markers, 0 for none.</param>
    /// <param name="decode">Called for each block in order.</param>
    /// <param name="restarted">Called after each restart marker: forget what was carried from block to block.</param>
    public void Walk(ref JpegBitReader reader, JpegFrame frame, int restartInterval, BlockDecoder decode, Action? restarted)
    {
        bool single = Components.Length == 1;
        int wide = single ? Components[0].BlocksWide : frame.McusWide;
        int high = single ? Components[0].BlocksHigh : frame.McusHigh;
        int untilRestart = restartInterval, restarts = 0;
        bool isLost = false;
        frame.LastGoodMcuRow = int.MaxValue;
        foreach (var component in Components) component.DcPrediction = 0;
        for (int y = 0; y < high; y++)
        {
            for (int x = 0; x < wide; x++)
            {
                if (restartInterval != 0 && untilRestart-- == 0)
                {
                    if (reader.PassRestart(restarts++ & 7))
                    {
                        isLost = false;
                        frame.LastGoodMcuRow = int.MaxValue;
                    }

                    untilRestart = restartInterval - 1;
                    foreach (var component in Components) component.DcPrediction = 0;
                    restarted?.Invoke();
                }

                if (isLost) continue;
                if (single) decode(ref reader, Components[0], x, y);
                else DecodeMcu(ref reader, x, y, decode);
                if (!reader.Overrun && !reader.IsPastEnd) continue;
                if (!reader.Tolerates("the end of the data")) JpegFault.Truncated($"a scan, at MCU ({x}, {y}) of {wide} x {high}");
                // As libjpeg: nothing more of this interval by Huffman's codes; an arithmetic decoder goes on with zeros.
                isLost = reader.Overrun;
                if (isLost) frame.LastGoodMcuRow = single ? y / Components[0].V : y;
            }
        }
    }

    private void DecodeMcu(ref JpegBitReader reader, int x, int y, BlockDecoder decode)
    {
        foreach (var component in Components)
            for (int v = 0; v < component.V; v++)
                for (int h = 0; h < component.H; h++)
                    decode(ref reader, component, x * component.H + h, y * component.V + v);
    }

    private void CheckProgression()
    {
        bool right = Start == 0 ? End == 0 : Start <= End && End <= 63 && Components.Length == 1;
        if (!right || Low > 13 || (High != 0 && High != Low + 1))
            JpegFault.Throw("a progressive scan of T.81 table G.1",
                $"{Components.Length} components, coefficients {Start}..{End}, bits {High}..{Low}");
    }

    private void TakeTables(JpegComponent component, byte selectors, JpegFrame frame, JpegTables tables)
    {
        bool progressive = frame.Progressive;
        component.Quant ??= tables.Quant(component.QuantSlot);
        int dc = selectors >> 4, ac = selectors & 15;
        bool needsDc = !progressive || (Start == 0 && High == 0), needsAc = !progressive || Start > 0;
        if ((needsDc && dc > 3) || (needsAc && ac > 3))
            JpegFault.Throw("table selectors 0..3", $"DC {dc}, AC {ac}");
        if (frame.Arithmetic)
        {
            (component.DcSlot, component.AcSlot) = (dc & 3, ac & 3);
            return;
        }

        if (needsDc) component.Dc = tables.Dc(dc, orStandard: !progressive);
        if (needsAc) component.Ac = tables.Ac(ac, orStandard: !progressive);
    }
}
