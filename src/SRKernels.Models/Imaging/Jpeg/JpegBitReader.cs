using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>
/// Reads the bits of one scan: takes the stuffed zero after 0xFF away, never passes a marker. Past the end it gives
/// zero bits and counts them, so that decoding a block always ends and one test per MCU (<see cref="Overrun"/>) finds
/// truncation. Where damage is tolerated it goes on as libjpeg does: a code that is none stands for the symbol 0.
/// </summary>
internal ref struct JpegBitReader
{
    private const int LongestCode = 16;

    private readonly ReadOnlySpan<byte> data;
    private readonly JpegDamage? damage;
    private ulong bits; // left-justified
    private int count;
    private int padding;
    private int position;

    /// <param name="data">The file.</param>
    /// <param name="position">The first byte of the scan.</param>
    /// <param name="damage">Takes what is damaged; null: that is an error.</param>
    public JpegBitReader(ReadOnlySpan<byte> data, int position, JpegDamage? damage)
    {
        this.data = data;
        this.position = position;
        this.damage = damage;
    }

    /// <summary>The next byte not yet taken in: at or before the marker that ends the scan, never inside a stuffed
    /// pair.</summary>
    public readonly int Position => position;

    /// <summary>True once bits were consumed that the file does not hold.</summary>
    public readonly bool Overrun => count < padding;

    /// <summary>True once <see cref="TakeByte"/> was asked for more than the file holds.</summary>
    public bool IsPastEnd { get; private set; }

    /// <summary>Whether damage is tolerated; notes where it was.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public readonly bool Tolerates(string what = "damaged data")
    {
        damage?.Note($"{what} near byte {position}");
        return damage is not null;
    }

    /// <summary>The next byte for an arithmetic decoder, which takes no bits; zeros from the marker on.</summary>
    public int TakeByte()
    {
        int value = NextByte();
        if (value >= 0) return value;
        // A marker may stand before the last decision is made, the end of the file may not.
        IsPastEnd |= JpegSegments.FindMarker(data, position) < 0;
        return 0;
    }

    /// <summary>Decodes a code together with its magnitude bits: the entry tells run and size.</summary>
    /// <param name="table">The table.</param>
    /// <param name="value">The signed coefficient or difference; 0 for size 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int DecodeValue(HuffmanDecodingTable table, out int value)
    {
        if (count < 32) Refill();
        int entry = table.Lookup[(int)(bits >> (64 - HuffmanDecodingTable.LookBits))];
        int consume = HuffmanDecodingTable.Consume(entry);
        if (HuffmanDecodingTable.IsEmbedded(entry))
        {
            value = HuffmanDecodingTable.Value(entry);
        }
        else
        {
            if (entry == 0)
            {
                entry = LongCode(table);
                consume = HuffmanDecodingTable.Consume(entry);
            }

            int size = HuffmanDecodingTable.Size(entry);
            value = 0;
            if (size != 0) value = HuffmanDecodingTable.Extend((int)((bits << (consume - size)) >> (64 - size)), size);
        }

        bits <<= consume;
        count -= consume;
        return entry;
    }

    /// <summary>Decodes a code alone and gives its symbol.</summary>
    public int DecodeSymbol(HuffmanDecodingTable table)
    {
        if (count < 32) Refill();
        int entry = table.Lookup[(int)(bits >> (64 - HuffmanDecodingTable.LookBits))];
        if (entry == 0) entry = LongCode(table);
        int size = HuffmanDecodingTable.Size(entry);
        int length = HuffmanDecodingTable.Consume(entry) - size;
        bits <<= length;
        count -= length;
        return (HuffmanDecodingTable.Run(entry) << 4) | size;
    }

    /// <summary>The next <paramref name="n"/> bits, 1..16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadBits(int n)
    {
        if (count < 32) Refill();
        int value = (int)(bits >> (64 - n));
        bits <<= n;
        count -= n;
        return value;
    }

    /// <summary>Forgets the bits that pad the interval, goes to the next marker, which must be RST<paramref
    /// name="expected"/>, and passes it. False where damage is tolerated and no data of this interval was found.</summary>
    public bool PassRestart(int expected)
    {
        bits = 0;
        count = 0;
        padding = 0;
        while (true)
        {
            int at = JpegSegments.FindMarker(data, position);
            if (at < 0)
            {
                if (Tolerates("the end of the file")) return false;
                JpegFault.Truncated("a scan with restart markers");
            }

            if (data[at] == JpegMarker.Rst0 + expected)
            {
                position = at + 1;
                return true;
            }

            if (!Tolerates($"no restart marker RST{expected}"))
                JpegFault.Throw($"restart marker RST{expected}", $"marker 0xFF{data[at]:X2} at byte {at - 1}");
            // T.81, 6 and E.2.4 leave it open; libjpeg's way: one of the two before is behind us, one of the two after or another marker tells
            // that this interval is missing, any other number is taken for a damaged one.
            int ahead = data[at] - JpegMarker.Rst0 - expected & 7;
            bool isRestart = data[at] is >= JpegMarker.Rst0 and <= JpegMarker.Rst7;
            if (data[at] >= JpegMarker.Sof0 && (!isRestart || ahead is 1 or 2)) return false;
            position = at + 1;
            if (isRestart && ahead is not (6 or 7)) return true;
        }
    }

    private readonly int LongCode(HuffmanDecodingTable table)
    {
        var (length, symbol) = table.FindLong((int)(bits >> 48));
        if (length == 0)
        {
            if (!Tolerates()) JpegFault.Throw("a code of the Huffman table", $"bits that are none, near byte {position}");
            return HuffmanDecodingTable.MakeEntry(LongestCode + 1, 0);
        }

        return HuffmanDecodingTable.MakeEntry(length, symbol);
    }

    // Leaves at least 32 bits: the longest code (16) and its magnitude (15).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Refill()
    {
        if (data.Length - position >= 4)
        {
            uint word = BinaryPrimitives.ReadUInt32BigEndian(data[position..]);
            // Zero exactly when no byte is 0xFF (the zero-byte test on the complement).
            if (((~word - 0x01010101) & word & 0x80808080) == 0)
            {
                bits |= (ulong)word << (32 - count);
                count += 32;
                position += 4;
                return;
            }
        }

        RefillBytes();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RefillBytes()
    {
        while (count <= 56)
        {
            int value = NextByte();
            if (value < 0)
            {
                value = 0;
                padding += 8;
            }

            bits |= (ulong)value << (56 - count);
            count += 8;
        }
    }

    private int NextByte()
    {
        if (position >= data.Length) return -1;
        byte value = data[position];
        if (value != 0xFF)
        {
            position++;
            return value;
        }

        int next = position + 1;
        while (next < data.Length && data[next] == 0xFF) next++; // fill bytes
        if (next >= data.Length || data[next] != 0) return -1;
        position = next + 1;
        return 0xFF;
    }
}
