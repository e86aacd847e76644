namespace SRKernels.Models.Sampling;

/// <summary>Standard normal numbers in an order that a seed fixes.</summary>
/// <remarks>A source stands for one generator: each call goes on where the last one ended. Not for several threads at once.</remarks>
public interface INoiseSource
{
    /// <summary>Draws as many standard normals as fit, as one call of <c>torch.randn</c> with that many elements would.</summary>
    /// <param name="values">Where the draw goes, in the order of a contiguous NCHW tensor.</param>
    void Fill(Span<float> values);

    /// <summary>Starts again from the seed that the source was made with.</summary>
    void Reset();
}
