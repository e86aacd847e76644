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
}
