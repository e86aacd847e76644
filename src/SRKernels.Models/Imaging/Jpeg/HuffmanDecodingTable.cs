namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>
/// A Huffman table (T.81 annex C) made ready for decoding: ten bits of lookahead give the code's length, run and size
/// and, when the magnitude bits fit in the ten as well, the coefficient itself.
/// </summary>
internal sealed class HuffmanDecodingTable
{
    public const int LookBits = 10;

    // Entry layout: bits 0-5 bits to consume (code + magnitude), 6-9 size, 10-13 run, 14 value is embedded, 16-31
    // value. 0: longer code.
    private const int SizeShift = 6;
    private const int RunShift = 10;
    private const int EmbeddedFlag = 1 << 14;

    private readonly byte[] symbols;

    // Codes of length n are below limit[n] when left-justified in 16 bits; symbol index = code + offset[n].
    private readonly int[] limit = new int[17];
    private readonly int[] offset = new int[17];

    private HuffmanDecodingTable(byte[] symbols) => this.symbols = symbols;

    public int[] Lookup { get; } = new int[1 << LookBits];

    /// <summary>DC symbols are sizes and may not exceed 15 (a size of 16 exists in lossless files only).</summary>
    public bool FitsDc => Array.TrueForAll(symbols, s => s <= 15);

    /// <summary>Builds the table.</summary>
    /// <param name="counts">How many codes have 1, 2, ... 16 bits: [16].</param>
    /// <param name="symbols">The symbols in order of their codes: [sum of counts], at most 256.</param>
    public static HuffmanDecodingTable Build(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        var table = new HuffmanDecodingTable(symbols.ToArray());
        int code = 0, index = 0;
        for (int length = 1; length <= 16; length++)
        {
            table.offset[length] = index - code;
            for (int i = 0; i < counts[length - 1]; i++, code++, index++)
                if (length <= LookBits) table.FillLookup(code, length, symbols[index]);

            // The code of all ones is reserved, so the next free code must still fit.
            if (counts[length - 1] != 0 && code >= 1 << length)
                JpegFault.Throw("a Huffman table whose codes fit their lengths", $"too many codes of {length} bits");
            table.limit[length] = code << (16 - length);
            code <<= 1;
        }

        return table;
    }

    /// <summary>Length and symbol of a code longer than the lookahead; length 0 where the bits are no code.</summary>
    /// <param name="top16">The next 16 bits.</param>
    public (int Length, int Symbol) FindLong(int top16)
    {
        for (int length = LookBits + 1; length <= 16; length++)
            if (top16 < limit[length])
                return (length, symbols[(top16 >> (16 - length)) + offset[length]]);
        return (0, 0);
    }

    public static int Consume(int entry) => entry & 63;

    public static int Size(int entry) => (entry >> SizeShift) & 15;

    public static int Run(int entry) => (entry >> RunShift) & 15;

    public static bool IsEmbedded(int entry) => (entry & EmbeddedFlag) != 0;

    public static int Value(int entry) => entry >> 16;

    /// <summary>The entry that a long code would have had.</summary>
    public static int MakeEntry(int length, int symbol) =>
        (length + (symbol & 15)) | ((symbol & 15) << SizeShift) | ((symbol >> 4) << RunShift);

    /// <summary>T.81 figure F.12: magnitude bits to a signed value.</summary>
    public static int Extend(int bits, int size) => bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;

    private void FillLookup(int code, int length, int symbol)
    {
        int free = LookBits - length, size = symbol & 15;
        int first = code << free;
        int entry = MakeEntry(length, symbol);
        for (int rest = 0; rest < 1 << free; rest++)
        {
            if (first + rest >= Lookup.Length)
                JpegFault.Throw("a Huffman table whose codes fit their lengths", $"too many codes of {length} bits");
            Lookup[first + rest] = size != 0 && size <= free
                ? entry | EmbeddedFlag | (Extend(rest >> (free - size), size) << 16)
                : entry;
        }
    }
}
