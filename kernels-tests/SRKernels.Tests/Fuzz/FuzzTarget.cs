using SRKernels.Runtime;

namespace SRKernels.Tests.Fuzz;

/// <summary>One loader under <see cref="MutationFuzz"/>.</summary>
internal sealed record FuzzTarget
{
    /// <summary>The loader's name in reports.</summary>
    public required string Name { get; init; }

    /// <summary>Valid files that mutants are made from; small, and each using something the others do not.</summary>
    public required IReadOnlyList<byte[]> Seeds { get; init; }

    /// <summary>Loads a file wholly. It may throw <see cref="SrkException"/>; anything else is a finding.</summary>
    public required Action<byte[]> Load { get; init; }

    /// <summary>The most managed bytes that loading this very file may allocate, from the sizes that it declares.</summary>
    public required Func<byte[], long> AllowedBytes { get; init; }

    /// <summary>
    /// Makes a mutant of a seed in a way that knows the format (checksums made right again). Null: plain bytes only. One mutant in eight is
    /// plain bytes in any case.
    /// </summary>
    public Func<FuzzRandom, byte[], byte[]>? Mutate { get; init; }

    /// <summary>How far a refused mutant came; by default the error's first part. Accepted ones count as "accepted".</summary>
    public Func<SrkException, string> StageOf { get; init; } = e => e.Who;

    /// <summary>Another seed gives another run; the same one gives the same mutants on every machine.</summary>
    public ulong Seed { get; init; } = 1;
}
