namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Blocks of arithmetic scans: sequential (ITU T.81, F.2.4) and progressive (G.1.3, decoded as F.2.4 and G.2 say).</summary>
internal sealed class ArithmeticScan
{
    // Statistics areas (tables F.4 and F.5): DC has 20 decisions by context, then 15 + 14 of magnitude; AC has 3 for each coefficient, then 28 of
    // the magnitudes of low and 28 of high ones.
    private const int DcMagnitude = 20, DcStates = 64, AcLow = 189, AcHigh = 217, AcStates = 256, ToBits = 14;
    private const int MostMagnitude = 1 << 15;

    private readonly JpegScan scan;
    private readonly ArithmeticDecoder decoder = new();
    private readonly byte[][] dcStates = new byte[4][];
    private readonly byte[][] acStates = new byte[4][];
    private readonly JpegTables tables;
    private readonly short[] block = new short[64];
    private byte even = ArithmeticStates.Even;

    // Nothing makes sense any more up to the next restart marker.
    private bool isLost;

    public ArithmeticScan(JpegScan scan, bool progressive, JpegTables tables)
    {
        (this.scan, this.tables) = (scan, tables);
        for (int slot = 0; slot < 4; slot++) (dcStates[slot], acStates[slot]) = (new byte[DcStates], new byte[AcStates]);
        Restarted();
        Decoder = (progressive, scan.Start, scan.High) switch
        {
            (false, _, _) => Sequential,
            (_, 0, 0) => DcFirst,
            (_, 0, _) => DcRefine,
            (_, _, 0) => AcFirst,
            _ => AcRefine,
        };
    }

    /// <summary>The decoder for this kind of scan.</summary>
    public JpegScan.BlockDecoder Decoder { get; }

    /// <summary>A restart marker ends all that was learnt.</summary>
    public void Restarted()
    {
        decoder.Reset();
        isLost = false;
        foreach (byte[] states in dcStates) Array.Clear(states);
        foreach (byte[] states in acStates) Array.Clear(states);
        foreach (var component in scan.Components) component.DcContext = 0;
    }

    private void Sequential(ref JpegBitReader reader, JpegComponent component, int blockX, int blockY)
    {
        if (isLost) return;
        Array.Clear(block);
        DecodeDc(ref reader, component);
        if (isLost) return;
        block[0] = (short)component.DcPrediction;
        DecodeAc(ref reader, component, block, 1, 63, 0);
        SequentialScan.Store(component, blockX, blockY, block, isFlat: block.AsSpan(1).IndexOfAnyExcept((short)0) < 0);
    }

    private void DcFirst(ref JpegBitReader reader, JpegComponent component, int blockX, int blockY)
    {
        if (isLost) return;
        DecodeDc(ref reader, component);
        if (!isLost) component.Block(blockX, blockY, block)[0] = unchecked((short)(component.DcPrediction << scan.Low));
    }

    private void DcRefine(ref JpegBitReader reader, JpegComponent component, int blockX, int blockY)
    {
        if (!isLost && decoder.Decode(ref reader, ref even) != 0) component.Block(blockX, blockY, block)[0] |= (short)(1 << scan.Low);
    }

    private void AcFirst(ref JpegBitReader reader, JpegComponent component, int blockX, int blockY)
    {
        if (!isLost) DecodeAc(ref reader, component, component.Block(blockX, blockY, block), scan.Start, scan.End, scan.Low);
    }

    // F.1.4.4.1: the context of a difference is the kind of the one before: 0 zero, 4 and 8 small ones of either sign, 12 and 16 large ones.
    private void DecodeDc(ref JpegBitReader reader, JpegComponent component)
    {
        byte[] states = dcStates[component.DcSlot];
        int at = component.DcContext;
        component.DcContext = 0;
        if (decoder.Decode(ref reader, ref states[at]) == 0) return;
        int sign = decoder.Decode(ref reader, ref states[at + 1]), magnitude = 0;
        if (decoder.Decode(ref reader, ref states[at + 2 + sign]) != 0)
            magnitude = Magnitude(ref reader, states, DcMagnitude, 1);
        var (lower, upper) = tables.DcConditioning(component.DcSlot);
        int size = magnitude + 1;
        if (size > (1 << lower) >> 1) component.DcContext = (size > 1 << upper ? 12 : 4) + 4 * sign;
        component.DcPrediction = unchecked((short)(component.DcPrediction + (sign == 0 ? size : -size)));
    }

    // Figures F.20 and G.3 to G.6: end of block?, then zero or not for each coefficient up to the next that is not.
    private void DecodeAc(ref JpegBitReader reader, JpegComponent component, Span<short> coefficients, int k, int last, int low)
    {
        byte[] states = acStates[component.AcSlot];
        var zigZag = JpegMarker.ZigZag;
        for (; k <= last; k++)
        {
            int at = 3 * (k - 1);
            if (decoder.Decode(ref reader, ref states[at]) != 0) return;
            while (decoder.Decode(ref reader, ref states[at + 1]) == 0)
            {
                at += 3;
                if (++k <= last) continue;
                Lose(ref reader, "coefficients within the band", "a run beyond its end");
                return;
            }

            int sign = decoder.Decode(ref reader, ref even), magnitude = 0;
            if (decoder.Decode(ref reader, ref states[at + 2]) != 0)
            {
                magnitude = 1;
                if (decoder.Decode(ref reader, ref states[at + 2]) != 0)
                    magnitude = Magnitude(ref reader, states, k <= tables.AcConditioning(component.AcSlot) ? AcLow : AcHigh, 2);
            }

            if (isLost) return;
            int value = sign == 0 ? magnitude + 1 : -magnitude - 1;
            coefficients[zigZag[k]] = unchecked((short)(value << low));
        }
    }

    // Figures F.23 and F.24: the magnitude less one. Its category in unary, beginning with that of `first`, then the bits below the leading one.
    private int Magnitude(ref JpegBitReader reader, byte[] states, int at, int first)
    {
        int leading = first;
        for (; decoder.Decode(ref reader, ref states[at]) != 0; at++)
        {
            leading <<= 1;
            if (leading < MostMagnitude) continue;
            Lose(ref reader, "magnitudes of at most 15 bits", "a larger one");
            return 0;
        }

        int magnitude = leading;
        for (int bit = leading >> 1; bit > 0; bit >>= 1)
            if (decoder.Decode(ref reader, ref states[at + ToBits]) != 0) magnitude |= bit;
        return magnitude;
    }

    // Figure G.10: correction bits for what is known, and new coefficients of magnitude one between; an end of block can only come behind the last
    // known one.
    private void AcRefine(ref JpegBitReader reader, JpegComponent component, int blockX, int blockY)
    {
        if (isLost) return;
        var coefficients = component.Block(blockX, blockY, block);
        var zigZag = JpegMarker.ZigZag;
        byte[] states = acStates[component.AcSlot];
        int known = scan.End, bit = 1 << scan.Low;
        while (known >= scan.Start && coefficients[zigZag[known]] == 0) known--;
        for (int k = scan.Start; k <= scan.End; k++)
        {
            int at = 3 * (k - 1);
            if (k > known && decoder.Decode(ref reader, ref states[at]) != 0) return;
            while (true)
            {
                ref short coefficient = ref coefficients[zigZag[k]];
                if (coefficient != 0)
                {
                    if (decoder.Decode(ref reader, ref states[at + 2]) != 0) coefficient = unchecked((short)(coefficient + (coefficient > 0 ? bit : -bit)));
                    break;
                }

                if (decoder.Decode(ref reader, ref states[at + 1]) != 0)
                {
                    coefficient = (short)(decoder.Decode(ref reader, ref even) == 0 ? bit : -bit);
                    break;
                }

                at += 3;
                if (++k <= scan.End) continue;
                Lose(ref reader, "coefficients within the scan's band", "a run beyond its end");
                return;
            }
        }
    }

    private void Lose(ref JpegBitReader reader, string expected, string got)
    {
        if (!reader.Tolerates()) JpegFault.Throw(expected, got);
        isLost = true;
    }
}
