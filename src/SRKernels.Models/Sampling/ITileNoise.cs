using SRKernels.Kernels.Noise;

namespace SRKernels.Models.Sampling;

/// <summary>The noise of one tile's chain, as draws in the processor's memory or as what a device needs to make them; whoever takes it asks for one of them.</summary>
internal interface ITileNoise : ILatentNoise
{
    /// <summary>What a device makes all the chain's draws from; only where the numbers come from an <see cref="ICountedSource"/>.</summary>
    PhiloxState State(in NoiseDraws draws);
}
