using SRKernels.Models.Weights;

namespace SRKernels.Models.Measuring;

/// <summary>
/// Weights of any network, drawn, for times alone: of a size that keeps activations as they are in a trained network. Zeros would not do: a device draws less power for
/// products of zeros and keeps a higher clock.
/// </summary>
internal sealed class DrawnWeights() : MadeWeights("drawn weights")
{
    public override void Read(string name, ReadOnlySpan<int> shape, Span<float> destination)
    {
        // A vector is a bias or a norm's scale, of which the scale is about 1.
        var isVector = shape.Length == 1;
        var fanIn = isVector || shape[0] == 0 ? 1 : destination.Length / shape[0];
        var (mean, deviation) = (isVector && name.EndsWith("weight", StringComparison.Ordinal) ? 1f : 0f, isVector ? 0.05f : 1 / MathF.Sqrt(fanIn));
        var state = 0x9E3779B9u ^ (uint)destination.Length;
        for (var i = 0; i < destination.Length; i++)
        {
            // Numerical Recipes' generator: enough for numbers that nobody looks at, and fast for 173 million of them.
            state = (state * 1664525u) + 1013904223u;
            destination[i] = mean + (deviation * 1.7f * (((state >> 8) * (2f / (1 << 24))) - 1));
        }
    }
}
