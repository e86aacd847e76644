using SRKernels.Kernels.Noise;

namespace SRKernels.Models.Sampling;

/// <summary>A source whose numbers follow from a seed and a counter, so that a device can draw them itself.</summary>
internal interface ICountedSource
{
    /// <summary>Threads of the grid that is imitated for a draw of so many values.</summary>
    int ThreadsFor(long values);

    /// <summary>Where the generator stands before these draws; leaves it where <see cref="INoiseSource.Fill"/> would have, called for each.</summary>
    PhiloxState Skip(in NoiseDraws draws);

    /// <summary>The counted source that a source is or goes on from; null for any other.</summary>
    static ICountedSource? In(INoiseSource? source) => source switch
    {
        ICountedSource counted => counted,
        ContinuedNoise continued => In(continued.Source),
        _ => null,
    };
}
