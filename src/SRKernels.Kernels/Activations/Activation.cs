namespace SRKernels.Kernels.Activations;

/// <summary>The pointwise function that an op applies to what it made.</summary>
public enum Activation
{
    /// <summary>None: y = x.</summary>
    None,

    /// <summary>SiLU: y = x / (1 + exp(-x)).</summary>
    Silu,

    /// <summary>GELU in its exact form: y = x/2 (1 + erf(x / sqrt 2)).</summary>
    GeluErf,

    /// <summary>
    /// y = x &lt; 0 ? s x : x, with a slope s of each output channel, which a convolution's weights hold: PReLU; LeakyReLU and ReLU where all slopes are equal.
    /// </summary>
    LeakyRelu,
}
