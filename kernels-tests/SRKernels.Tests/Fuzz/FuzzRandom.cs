namespace SRKernels.Tests.Fuzz;

/// <summary>SplitMix64: the same numbers on every machine and runtime, one generator per mutant.</summary>
internal sealed class FuzzRandom(ulong seed)
{
    private ulong state = seed;

    /// <summary>The generator of one mutant of a run, so that a single mutant can be made again.</summary>
    public static FuzzRandom ForMutant(ulong seed, int number)
    {
        var random = new FuzzRandom(seed * 0x9E3779B97F4A7C15 + (ulong)number);
        return new FuzzRandom(random.Next64());
    }

    public ulong Next64()
    {
        state += 0x9E3779B97F4A7C15;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 to <paramref name="end"/> - 1; 0 if that is empty.</summary>
    public int Below(int end) => end <= 1 ? 0 : (int)(Next64() % (ulong)end);

    public byte NextByte() => (byte)Next64();

    /// <summary>True in one of <paramref name="n"/> cases.</summary>
    public bool OneIn(int n) => Below(n) == 0;

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];
}
