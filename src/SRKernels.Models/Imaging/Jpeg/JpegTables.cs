using System.Buffers.Binary;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>The tables that DQT, DHT, DAC and DRI segments set, four slots each.</summary>
internal sealed class JpegTables
{
    private readonly int[]?[] quant = new int[4][];
    private readonly HuffmanDecodingTable?[] dc = new HuffmanDecodingTable?[4];
    private readonly HuffmanDecodingTable?[] ac = new HuffmanDecodingTable?[4];

    // Arithmetic coding: the bounds L and U between zero, small and large DC differences, the last low AC coefficient Kx (T.81, F.1.4.4).
    private readonly (int Lower, int Upper)[] dcConditioning = [(0, 1), (0, 1), (0, 1), (0, 1)];
    private readonly int[] acConditioning = [5, 5, 5, 5];

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

    /// <summary>A DAC segment (T.81, B.2.4.3).</summary>
    public void ReadConditioning(ReadOnlySpan<byte> payload)
    {
        if (payload.Length % 2 != 0) JpegFault.Throw("a DAC segment of an even length", $"{payload.Length}");
        for (; payload.Length > 0; payload = payload[2..])
        {
            int kind = payload[0] >> 4, slot = payload[0] & 15, value = payload[1];
            if (kind > 1 || slot > 3)
                JpegFault.Throw("arithmetic conditioning of class 0 or 1 in slot 0..3", $"class {kind}, slot {slot}");
            if (kind == 0 && (value & 15) > value >> 4)
                JpegFault.Throw("a lower bound of DC differences up to the upper one", $"{value & 15} and {value >> 4}");
            if (kind == 1 && value is 0 or > 63) JpegFault.Throw("a last low AC coefficient of 1..63", $"{value}");
            if (kind == 0) dcConditioning[slot] = (value & 15, value >> 4);
            else acConditioning[slot] = value;
        }
    }

    public (int Lower, int Upper) DcConditioning(int slot) => dcConditioning[slot];

    public int AcConditioning(int slot) => acConditioning[slot];

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
