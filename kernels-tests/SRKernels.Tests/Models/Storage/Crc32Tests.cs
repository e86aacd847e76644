using SRKernels.Models.Storage;
using SRKernels.Tests.Fuzz;
using Xunit;

namespace SRKernels.Tests.Models.Storage;

public class Crc32Tests
{
    // The check value of every catalogue of CRCs.
    [Fact]
    public void TheNineDigitsHaveTheirSum() => Assert.Equal(0xCBF43926, Crc32.Finish(Crc32.Update(Crc32.Start, "123456789"u8)));

    /// <summary>Products and tables give one sum, for every length around the vectors' and blocks' and any register before.</summary>
    [Fact]
    public void LongSpansAreSummedAsByTables()
    {
        var random = new FuzzRandom(7);
        var bytes = new byte[5000];
        foreach (ref var b in bytes.AsSpan()) b = random.NextByte();
        for (var length = 0; length < 400; length++)
            for (var start = 0; start < 3; start++)
                Check((uint)random.Next64(), bytes.AsSpan(start, length));
        Check(Crc32.Start, bytes);

        static void Check(uint register, ReadOnlySpan<byte> span)
        {
            var byBit = register;
            foreach (var b in span)
            {
                byBit ^= b;
                for (var bit = 0; bit < 8; bit++) byBit = (byBit & 1) != 0 ? (byBit >> 1) ^ 0xEDB88320 : byBit >> 1;
            }

            Assert.True(byBit == Crc32.Update(register, span) && byBit == Crc32.ByTables(register, span), $"{span.Length} bytes from {register:X8}");
        }
    }
}
