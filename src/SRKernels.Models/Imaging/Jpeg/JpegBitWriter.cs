using System.Numerics;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Writes the bits of a scan, a zero byte after each 0xFF.</summary>
internal sealed class JpegBitWriter(Stream stream)
{
    private readonly byte[] buffer = new byte[1 << 14];
    private int length;
    private ulong bits; // right-justified
    private int count;

    /// <summary>Huffman-codes one block (T.81 F.1.2).</summary>
    /// <param name="coefficients">Row-major: [64].</param>
    /// <param name="previousDc">DC of the component's block before.</param>
    /// <param name="dc">Codes of the DC sizes.</param>
    /// <param name="ac">Codes of AC runs and sizes.</param>
    public void WriteBlock(ReadOnlySpan<short> coefficients, int previousDc, HuffmanEncodingTable dc, HuffmanEncodingTable ac)
    {
        WriteValue(dc, 0, coefficients[0] - previousDc);
        int run = 0;
        foreach (byte position in JpegMarker.ZigZag[1..])
        {
            int value = coefficients[position];
            if (value == 0)
            {
                run++;
                continue;
            }

            for (; run > 15; run -= 16) Write(ac.Code(0xF0), ac.Length(0xF0));
            WriteValue(ac, run, value);
            run = 0;
        }

        if (run > 0) Write(ac.Code(0), ac.Length(0));
    }

    /// <summary>Fills the last byte with ones and hands everything to the stream.</summary>
    public void Finish()
    {
        Write(0x7F, 7);
        count = 0;
        Flush();
    }

    private void WriteValue(HuffmanEncodingTable table, int run, int value)
    {
        int size = 32 - BitOperations.LeadingZeroCount((uint)Math.Abs(value));
        int symbol = (run << 4) | size;
        Write(table.Code(symbol), table.Length(symbol));
        if (size > 0) Write((value < 0 ? value - 1 : value) & ((1 << size) - 1), size);
    }

    /// <summary>Writes the lowest <paramref name="width"/> bits of a value.</summary>
    public void Write(int value, int width)
    {
        bits = (bits << width) | (uint)value;
        count += width;
        while (count >= 8)
        {
            count -= 8;
            byte next = (byte)(bits >> count);
            buffer[length++] = next;
            if (next == 0xFF) buffer[length++] = 0;
            if (length >= buffer.Length - 2) Flush();
        }
    }

    private void Flush()
    {
        stream.Write(buffer, 0, length);
        length = 0;
    }
}
