namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Codes by symbol (T.81 C.2) of a table in DHT form: 16 counts, then the symbols.</summary>
internal sealed class HuffmanEncodingTable
{
    private readonly ushort[] codes = new ushort[256];
    private readonly byte[] lengths = new byte[256];

    public HuffmanEncodingTable(ReadOnlySpan<byte> segment)
    {
        int code = 0, index = 16;
        for (int length = 1; length <= 16; length++, code <<= 1)
        {
            for (int i = 0; i < segment[length - 1]; i++, index++)
            {
                codes[segment[index]] = (ushort)code++;
                lengths[segment[index]] = (byte)length;
            }
        }
    }

    public int Code(int symbol) => codes[symbol];

    public int Length(int symbol) => lengths[symbol];
}
