using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics;

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
        // One bit for each coefficient that is not zero, in scan order, so that runs are counted, not walked.
        Span<short> ordered = stackalloc short[64];
        var zigZag = JpegMarker.ZigZag;
        for (int k = 0; k < ordered.Length; k++) ordered[k] = coefficients[zigZag[k]];
        ulong left = 0;
        for (int k = 0; k < 64; k += 16)
        {
            var zero = Vector256.Equals(Vector256.Create<short>(ordered[k..]), Vector256<short>.Zero);
            left |= (ulong)(~zero.ExtractMostSignificantBits() & 0xFFFF) << k;
        }

        int last = 0;
        for (left &= ~1UL; left != 0; left &= left - 1)
        {
            int k = BitOperations.TrailingZeroCount(left);
            int run = k - last - 1;
            last = k;
            for (; run > 15; run -= 16) Write(ac.Code(0xF0), ac.Length(0xF0));
            WriteValue(ac, run, ordered[k]);
        }

        if (last < 63) Write(ac.Code(0), ac.Length(0));
    }

    /// <summary>Fills the last byte with ones and hands everything to the stream.</summary>
    public void Finish()
    {
        Write(0x7F, 7);
        for (; count >= 8; count -= 8)
        {
            if (length > buffer.Length - 8) Flush();
            WriteByte((byte)(bits >> (count - 8)));
        }

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
        if (count >= 32) WriteWord();
    }

    private void WriteWord()
    {
        count -= 32;
        uint word = (uint)(bits >> count);
        if (length > buffer.Length - 8) Flush();
        // Zero exactly when no byte is 0xFF (the zero-byte test on the complement).
        if (((~word - 0x01010101) & word & 0x80808080) == 0)
        {
            BinaryPrimitives.WriteUInt32BigEndian(buffer.AsSpan(length), word);
            length += 4;
            return;
        }

        for (int shift = 24; shift >= 0; shift -= 8) WriteByte((byte)(word >> shift));
    }

    private void WriteByte(byte value)
    {
        buffer[length++] = value;
        if (value == 0xFF) buffer[length++] = 0;
    }

    private void Flush()
    {
        stream.Write(buffer, 0, length);
        length = 0;
    }
}
