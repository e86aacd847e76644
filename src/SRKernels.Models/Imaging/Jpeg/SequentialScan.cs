namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Blocks of baseline and extended sequential scans (T.81 annex F.2): each is whole, so its samples are made
/// at once.</summary>
internal sealed class SequentialScan
{
    private readonly short[] block = new short[64];

    /// <summary>Decodes a block into its component's plane. A <see cref="JpegScan.BlockDecoder"/>.</summary>
    public void Decode(ref JpegBitReader reader, JpegComponent component, int blockX, int blockY)
    {
        Span<short> coefficients = block;
        bool flat = DecodeCoefficients(ref reader, component, coefficients);
        Store(component, blockX, blockY, coefficients, flat);
        if (!flat) coefficients.Clear();
    }

    /// <summary>Makes a block's samples.</summary>
    /// <param name="component">Whose block it is.</param>
    /// <param name="blockX">Its column; blocks beyond the component's own only fill the last MCU of a row or column.</param>
    /// <param name="blockY">Its row.</param>
    /// <param name="coefficients">Row-major: [64].</param>
    /// <param name="isFlat">Whether all but DC are zero.</param>
    public static void Store(JpegComponent component, int blockX, int blockY, ReadOnlySpan<short> coefficients, bool isFlat)
    {
        if (blockX >= component.BlocksWide || blockY >= component.BlocksHigh) return;
        int stride = component.Stride;
        var samples = component.Plane.AsSpan(blockY * 8 * stride + blockX * 8);
        if (isFlat) InverseDct.TransformDc(coefficients[0], component.Quant![0], samples, stride);
        else InverseDct.Transform(coefficients, component.Quant, samples, stride);
    }

    // True where all AC coefficients are zero.
    private static bool DecodeCoefficients(ref JpegBitReader reader, JpegComponent component, Span<short> coefficients)
    {
        reader.DecodeValue(component.Dc!, out int difference);
        component.DcPrediction = unchecked((short)(component.DcPrediction + difference));
        coefficients[0] = (short)component.DcPrediction;
        var table = component.Ac!;
        var zigZag = JpegMarker.ZigZag;
        bool flat = true;
        for (int k = 1; k < 64; k++)
        {
            int entry = reader.DecodeValue(table, out int value);
            int run = HuffmanDecodingTable.Run(entry);
            if (HuffmanDecodingTable.Size(entry) == 0)
            {
                if (run != 15) break; // end of block
                k += 15;
                if (k > 63 && !reader.Tolerates()) Overflow();
                continue;
            }

            k += run;
            if (k > 63)
            {
                if (!reader.Tolerates()) Overflow();
                k = 63;
            }

            coefficients[zigZag[k]] = (short)value;
            flat = false;
        }

        return flat;
    }

    private static void Overflow() => JpegFault.Throw("63 AC coefficients in a block", "a run beyond the last");
}
