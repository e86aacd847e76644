using System.Buffers.Binary;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>The tables that DQT, DHT and DRI segments set, four slots each.</summary>
internal sealed class JpegTables
{
    private readonly int[]?[] quant = new int[4][];
    private readonly HuffmanDecodingTable?[] dc = new HuffmanDecodingTable?[4];
    private readonly HuffmanDecodingTable?[] ac = new HuffmanDecodingTable?[4];

    /// <summary>MCUs between restart markers, 0 for none.</summary>
    public int RestartInterval { get; private set; }

    public void ReadQuant(ReadOnlySpan<byte> payload)
    {
        while (payload.Length > 0)
        {
            int precision = payload[0] >> 4, slot = payload[0] & 15, bytes = precision == 0 ? 64 : 128;
            if (precision > 1 || slot > 3)
                JpegFault.Throw("a quantisation table of 8 or 16 bits in slot 0..3",
                    $"precision {precision}, slot {slot}");
            if (payload.Length < 1 + bytes) JpegFault.Truncated("a DQT segment");
            var values = payload.Slice(1, bytes);
            var table = new int[64];
            for (int i = 0; i < 64; i++)
                table[JpegMarker.ZigZag[i]] = precision == 0 ? values[i] : BinaryPrimitives.ReadUInt16BigEndian(values[(2 * i)..]);
            quant[slot] = table;
            payload = payload[(1 + bytes)..];
        }
    }

    public void ReadHuffman(ReadOnlySpan<byte> payload)
    {
        while (payload.Length > 0)
        {
            int kind = payload[0] >> 4, slot = payload[0] & 15;
            if (kind > 1 || slot > 3)
                JpegFault.Throw("a Huffman table of class 0 or 1 in slot 0..3", $"class {kind}, slot {slot}");
            if (payload.Length < 17) JpegFault.Truncated("a DHT segment");
            var counts = payload.Slice(1, 16);
            int symbols = 0;
            foreach (byte count in counts) symbols += count;
            if (symbols > 256) JpegFault.Throw("a Huffman table of at most 256 codes", $"{symbols}");
            if (payload.Length < 17 + symbols) JpegFault.Truncated("a DHT segment");
            (kind == 0 ? dc : ac)[slot] = HuffmanDecodingTable.Build(counts, payload.Slice(17, symbols));
            payload = payload[(17 + symbols)..];
        }
    }

    public void ReadRestartInterval(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 2) JpegFault.Throw("a DRI segment of 2 bytes", $"{payload.Length}");
        RestartInterval = BinaryPrimitives.ReadUInt16BigEndian(payload);
    }

    public int[] Quant(int slot) =>
        quant[slot] ?? throw JpegFault.Create($"quantisation table {slot} before the scan that uses it", "none");

    /// <summary>The DC table of a slot.</summary>
    /// <param name="slot">0..3.</param>
    /// <param name="orStandard">Motion JPEG frames leave the standard tables (T.81 annex K) out: take them for slots 0
    /// and 1.</param>
    public HuffmanDecodingTable Dc(int slot, bool orStandard)
    {
        var table = dc[slot] ?? (orStandard && slot < 2 ? StandardTables.Dc(slot) : null) ?? throw Missing("DC", slot);
        if (!table.FitsDc) JpegFault.Throw("DC sizes of at most 15", "a larger one in the Huffman table");
        return table;
    }

    public HuffmanDecodingTable Ac(int slot, bool orStandard) =>
        ac[slot] ?? (orStandard && slot < 2 ? StandardTables.Ac(slot) : null) ?? throw Missing("AC", slot);

    private static Exception Missing(string kind, int slot) =>
        JpegFault.Create($"Huffman table {kind} {slot} before the scan that uses it", "none");
}
