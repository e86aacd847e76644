namespace SRKernels.Models.Sampling;

/// <summary>A generator that goes on from picture to picture, as the authors' command does over a folder: starting again does nothing.</summary>
/// <param name="source">The generator.</param>
public sealed class ContinuedNoise(INoiseSource source) : INoiseSource
{
    internal INoiseSource Source => source;

    /// <inheritdoc/>
    public void Fill(Span<float> values) => source.Fill(values);

    /// <inheritdoc/>
    public void Reset()
    {
        // On purpose nothing: the next picture's draws follow this one's.
    }
}
