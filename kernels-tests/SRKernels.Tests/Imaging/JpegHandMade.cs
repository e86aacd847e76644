using System.Buffers.Binary;
using SRKernels.Models.Imaging.Jpeg;
using SRKernels.Tests.Fuzz;

namespace SRKernels.Tests.Imaging;

/// <summary>
/// Writes files that common encoders do not: any sampling factors, scans of any components, restart markers, Adobe transforms, 16-bit
/// tables, fill bytes, sequential by Huffman's codes or arithmetic, progressive by arithmetic. Coefficients are given, so known pixels can be known beforehand.
/// </summary>
internal sealed record JpegHandMade
{
    public int Width { get; init; } = 8;

    public int Height { get; init; } = 8;

    public (byte Id, int H, int V)[] Components { get; init; } = [(1, 1, 1)];

    /// <summary>Components of each scan, by index; null: all in one.</summary>
    public int[][]? Scans { get; init; }

    public int RestartInterval { get; init; }

    public bool Jfif { get; init; }

    /// <summary>-1: no Adobe marker.</summary>
    public int AdobeTransform { get; init; } = -1;

    public int QuantStep { get; init; } = 1;

    public bool WideQuant { get; init; }

    /// <summary>0xFF bytes before each marker.</summary>
    public int FillBytes { get; init; }

    public bool LeaveHuffmanTablesOut { get; init; }

    public byte FrameMarker { get; init; } = 0xC0;

    /// <summary>Arithmetic files: L and U of DC, Kx of AC.</summary>
    public (int Lower, int Upper, int LastLow) Conditioning { get; init; } = (0, 1, 5);

    /// <summary>Row-major coefficients of a block by component, column and row; null: pseudo-random ones.</summary>
    public Func<int, int, int, short[]>? Block { get; init; }

    public byte[] Write()
    {
        var output = new MemoryStream();
        Marker(output, 0xD8);
        if (Jfif) Segment(output, 0xE0, [.. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
        if (AdobeTransform >= 0) Segment(output, 0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, (byte)AdobeTransform]);
        byte[] step = WideQuant ? [(byte)(QuantStep >> 8), (byte)QuantStep] : [(byte)QuantStep];
        Segment(output, 0xDB, [(byte)(WideQuant ? 0x10 : 0), .. Enumerable.Repeat(step, 64).SelectMany(s => s)]);
        Segment(output, FrameMarker, [8, .. Number(Height), .. Number(Width), (byte)Components.Length,
            .. Components.SelectMany(c => new byte[] { c.Id, (byte)((c.H << 4) | c.V), 0 })]);
        if (FrameMarker >= 0xC9)
        {
            if (Conditioning != (0, 1, 5))
                Segment(output, 0xCC, [.. Enumerable.Range(0, 2).SelectMany(slot =>
                    new byte[] { (byte)slot, (byte)((Conditioning.Upper << 4) | Conditioning.Lower), (byte)(0x10 | slot), (byte)Conditioning.LastLow })]);
        }
        else if (!LeaveHuffmanTablesOut)
        {
            Segment(output, 0xC4, [0x00, .. StandardTables.DcLuma, 0x10, .. StandardTables.AcLuma]);
        }

        if (RestartInterval > 0) Segment(output, 0xDD, Number(RestartInterval));
        foreach (int[] scan in Scans ?? [All]) WriteScan(output, scan, FrameMarker == 0xCA ? (0, 0, 0, 1) : (0, 63, 0, 0));
        if (FrameMarker == 0xCA) WriteMore(output);
        Marker(output, 0xD9);
        return output.ToArray();
    }

    private int[] All => [.. Enumerable.Range(0, Components.Length)];

    // AC in two bands of the upper bits, then each lower bit; the last bit of DC in between.
    private void WriteMore(MemoryStream output)
    {
        foreach (var band in new[] { (1, 5, 0, 2), (6, 63, 0, 2), (1, 63, 2, 1), (0, 0, 1, 0), (1, 63, 1, 0) })
            foreach (int[] scan in band.Item1 == 0 ? [All] : All.Select(c => new[] { c }))
                WriteScan(output, scan, band);
    }

    private void WriteScan(MemoryStream output, int[] scan, (int Start, int End, int High, int Low) part)
    {
        bool arithmetic = FrameMarker >= 0xC9;
        Segment(output, 0xDA, [(byte)scan.Length, .. scan.SelectMany(c => new byte[] { Components[c].Id, (byte)(arithmetic ? c % 2 * 0x11 : 0) }),
            (byte)part.Start, (byte)part.End, (byte)((part.High << 4) | part.Low)]);
        int maxH = Components.Max(c => c.H), maxV = Components.Max(c => c.V);
        bool single = scan.Length == 1;
        int BlocksWide(int c) => CeilDiv(CeilDiv(Width * Components[c].H, maxH), 8);
        int BlocksHigh(int c) => CeilDiv(CeilDiv(Height * Components[c].V, maxV), 8);
        int wide = single ? BlocksWide(scan[0]) : CeilDiv(Width, 8 * maxH), high = single ? BlocksHigh(scan[0]) : CeilDiv(Height, 8 * maxV);
        var dc = new HuffmanEncodingTable(StandardTables.DcLuma);
        var ac = new HuffmanEncodingTable(StandardTables.AcLuma);
        var writer = new JpegBitWriter(output);
        var blocks = new ArithmeticBlocks(2, part, Conditioning);
        int[] previous = new int[Components.Length];
        for (int mcu = 0; mcu < wide * high; mcu++)
        {
            if (RestartInterval > 0 && mcu > 0 && mcu % RestartInterval == 0)
            {
                Finish();
                Marker(output, (byte)(0xD0 + (mcu / RestartInterval - 1) % 8));
                Array.Clear(previous);
            }

            foreach (int c in scan)
            {
                int h = single ? 1 : Components[c].H, v = single ? 1 : Components[c].V;
                for (int i = 0; i < h * v; i++)
                {
                    short[] block = (Block ?? PseudoRandom)(c, mcu % wide * h + i % h, mcu / wide * v + i / h);
                    if (arithmetic) blocks.Write(c, block);
                    else writer.WriteBlock(block, previous[c], dc, ac);
                    previous[c] = block[0];
                }
            }
        }

        Finish();

        void Finish()
        {
            if (arithmetic) output.Write(blocks.Finish());
            else writer.Finish();
        }
    }

    // Strong edges of both signs, so that clamping, every upsampling phase and long codes are met.
    private static short[] PseudoRandom(int component, int x, int y)
    {
        var random = new FuzzRandom((ulong)(component * 1_000_003 + y * 1009 + x));
        short[] block = new short[64];
        block[0] = (short)(random.Below(1600) - 800);
        for (int i = 1; i < 64; i++)
            if (random.OneIn(4)) block[i] = (short)((random.Below(401) - 200) / (1 + i / 8 + i % 8));
        return block;
    }

    private void Segment(MemoryStream output, byte marker, byte[] payload)
    {
        Marker(output, marker);
        output.Write(Number(payload.Length + 2));
        output.Write(payload);
    }

    private void Marker(MemoryStream output, byte marker)
    {
        for (int i = 0; i <= FillBytes && (i == 0 || marker != 0xD8); i++) output.WriteByte(0xFF);
        output.WriteByte(marker);
    }

    private static byte[] Number(int value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }

    private static int CeilDiv(int a, int b) => (a + b - 1) / b;
}
