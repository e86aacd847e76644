using SRKernels.Intrinsics;

namespace SRKernels.Kernels.Activations;

/// <summary>The pointwise functions inside kernels, by the approximate instructions: a few ulp from the definitions (GELU: 1e-7 of |x|).</summary>
internal static class DeviceActivation
{
    /// <summary>The function that <paramref name="activation"/> (an <see cref="Activation"/>) names.</summary>
    public static float Apply(int activation, float x)
    {
        if (activation == (int)Activation.Silu) return Silu(x);
        return activation == (int)Activation.GeluErf ? GeluErf(x) : x;
    }

    /// <summary>The same with the slope of the output channel.</summary>
    public static float Apply(int activation, float x, float slope) => activation == (int)Activation.LeakyRelu ? LeakyRelu(x, slope) : Apply(activation, x);

    /// <summary>Below 0 the slope times x.</summary>
    public static float LeakyRelu(float x, float slope) => x < 0 ? x * slope : x;

    /// <summary>x / (1 + e^-x).</summary>
    public static float Silu(float x) => FastMath.Divide(x, 1 + FastMath.Exp(-x));

    /// <summary>x/2 (1 + erf(x / sqrt 2)), with erf to 1.5e-7: Abramowitz and Stegun 7.1.26 (Hastings 1955), as on the processor.</summary>
    public static float GeluErf(float x)
    {
        float u = MathF.Abs(x) * 0.70710678f;
        float t = FastMath.Rcp(1 + (0.3275911f * u));
        float p = (1.061405429f * t) - 1.453152027f;
        p = (p * t) + 1.421413741f;
        p = (p * t) - 0.284496736f;
        p = (p * t) + 0.254829592f;
        float tail = p * t * 0.5f * FastMath.Exp(-u * u);
        return x * (x < 0 ? tail : 1 - tail);
    }
}
