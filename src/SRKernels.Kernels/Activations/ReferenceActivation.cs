namespace SRKernels.Kernels.Activations;

/// <summary>The pointwise functions in double precision: the definition that every fast form is held against.</summary>
internal static class ReferenceActivation
{
    public static double Apply(Activation activation, double x, double slope = 1) => activation switch
    {
        Activation.Silu => Silu(x),
        Activation.GeluErf => GeluErf(x),
        Activation.LeakyRelu => x < 0 ? slope * x : x,
        _ => x,
    };

    public static double Silu(double x) => x / (1 + Math.Exp(-x));

    public static double GeluErf(double x) => 0.5 * x * (1 + Erf(x / Math.Sqrt(2)));

    /// <summary>erf by its series of positive terms, 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (2n+1)!! (Abramowitz and Stegun 7.1.6): no cancellation.</summary>
    public static double Erf(double x)
    {
        if (double.IsNaN(x)) return x;
        if (Math.Abs(x) > 6) return Math.Sign(x);
        var term = x;
        var sum = x;
        for (var n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
