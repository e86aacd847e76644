using System.Runtime.CompilerServices;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Blocks of progressive scans (T.81 annex G): each adds some coefficients or one more bit of them.</summary>
internal sealed class ProgressiveScan(JpegScan scan)
{
    // Where blocks go that only fill the last MCU of a row or column up.
    private readonly short[] spare = new short[64];

    // Blocks, from the next one on, that have nothing more in this band.
    private int endOfBandRun;

    /// <summary>The decoder for this kind of scan.</summary>
    public JpegScan.BlockDecoder Decoder => (scan.Start, scan.High) switch
    {
        (0, 0) => DcFirst,
        (0, _) => DcRefine,
        (_, 0) => AcFirst,
        _ => AcRefine,
    };

    /// <summary>A restart marker ends the run.</summary>
    public void Restarted() => endOfBandRun = 0;

    private void DcFirst(ref JpegBitReader reader, JpegComponent component, int blockX, int blockY)
    {
        reader.DecodeValue(component.Dc!, out int difference);
        component.DcPrediction = unchecked((short)(component.DcPrediction + difference));
        component.Block(blockX, blockY, spare)[0] = unchecked((short)(component.DcPrediction << scan.Low));
    }

    private void DcRefine(ref JpegBitReader reader, JpegComponent component, int blockX, int blockY)
    {
        if (reader.ReadBits(1) != 0) component.Block(blockX, blockY, spare)[0] |= (short)(1 << scan.Low);
    }

    private void AcFirst(ref JpegBitReader reader, JpegComponent component, int blockX, int blockY)
    {
        if (endOfBandRun > 0)
        {
            endOfBandRun--;
            return;
        }

        var block = component.Block(blockX, blockY, spare);
        var zigZag = JpegMarker.ZigZag;
        for (int k = scan.Start; k <= scan.End; k++)
        {
            int entry = reader.DecodeValue(component.Ac!, out int value);
            int run = HuffmanDecodingTable.Run(entry);
            if (HuffmanDecodingTable.Size(entry) == 0)
            {
                if (run != 15)
                {
                    endOfBandRun = ReadRun(ref reader, run) - 1;
                    break;
                }

                k += 15;
                continue;
            }

            k += run;
            if (k > scan.End) k = Outside(ref reader, k);
            block[zigZag[k]] = unchecked((short)(value << scan.Low));
        }
    }

    // Figure G.7: new coefficients of magnitude one come in between correction bits for those that are known already.
    private void AcRefine(ref JpegBitReader reader, JpegComponent component, int blockX, int blockY)
    {
        var block = component.Block(blockX, blockY, spare);
        var zigZag = JpegMarker.ZigZag;
        int k = scan.Start, bit = 1 << scan.Low;
        if (endOfBandRun == 0)
        {
            for (; k <= scan.End; k++)
            {
                int symbol = reader.DecodeSymbol(component.Ac!);
                int run = symbol >> 4, size = symbol & 15;
                if (size == 0 && run != 15)
                {
                    endOfBandRun = ReadRun(ref reader, run);
                    break;
                }

                if (size > 1 && !reader.Tolerates()) JpegFault.Throw("new coefficients of magnitude one in a refining scan", $"size {size}");
                int value = size == 0 ? 0 : reader.ReadBits(1) != 0 ? bit : -bit;
                k = PassZeros(ref reader, block, k, run, bit);
                if (value == 0) continue;
                if (k > scan.End) k = Outside(ref reader, k);
                block[zigZag[k]] = (short)value;
            }
        }

        if (endOfBandRun == 0) return;
        PassZeros(ref reader, block, k, 64, bit);
        endOfBandRun--;
    }

    // Corrects known coefficients from k on, and stops at the zero after `run` zeros or behind the band.
    private int PassZeros(ref JpegBitReader reader, Span<short> block, int k, int run, int bit)
    {
        var zigZag = JpegMarker.ZigZag;
        for (; k <= scan.End; k++)
        {
            ref short coefficient = ref block[zigZag[k]];
            if (coefficient == 0)
            {
                if (run-- == 0) break;
            }
            else if (reader.ReadBits(1) != 0 && (coefficient & bit) == 0)
            {
                coefficient = unchecked((short)(coefficient + (coefficient > 0 ? bit : -bit)));
            }
        }

        return k;
    }

    private static int ReadRun(ref JpegBitReader reader, int size) => (1 << size) + (size == 0 ? 0 : reader.ReadBits(size));

    // Where a coefficient behind the band goes in a damaged file. Apart, so that the loops stay small.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Outside(ref JpegBitReader reader, int k)
    {
        if (!reader.Tolerates()) Overflow();
        return Math.Min(k, 63);
    }

    private static void Overflow() => JpegFault.Throw("coefficients within the scan's band", "a run beyond its end");
}
