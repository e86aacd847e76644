namespace SRKernels.Kernels.Noise;

/// <summary>Philox 4x32 with ten rounds: a counter and a key in, four random words out. The same code on the host and in kernels.</summary>
// Salmon, Moraes, Dror, Shaw. Parallel random numbers: as easy as 1, 2, 3. 2011.
internal static class Philox
{
    private const uint MultiplierA = 0xD2511F53;
    private const uint MultiplierB = 0xCD9E8D57;
    private const uint WeylA = 0x9E3779B9;
    private const uint WeylB = 0xBB67AE85;
    private const int Rounds = 10;

    public static (uint X, uint Y, uint Z, uint W) Block(uint x, uint y, uint z, uint w, uint keyA, uint keyB)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var a = (ulong)MultiplierA * x;
            var b = (ulong)MultiplierB * z;
            (x, y, z, w) = ((uint)(b >> 32) ^ y ^ keyA, (uint)b, (uint)(a >> 32) ^ w ^ keyB, (uint)a);
            keyA = unchecked(keyA + WeylA);
            keyB = unchecked(keyB + WeylB);
        }

        return (x, y, z, w);
    }
}
