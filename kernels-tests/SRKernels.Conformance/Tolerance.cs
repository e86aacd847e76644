namespace SRKernels.Conformance;

/// <summary>
/// Allowed distance from the truth, in units in the last place: one table for all back ends. What is not here is exact.
/// .NET's own results are within 1 ulp of the true value, so a bound here is the device's published bound plus 1.
/// </summary>
public static class Tolerance
{
    /// <summary>OpenCL 1.2 allows 3 (float), CUDA 2.</summary>
    public const double Exp = 4;

    public const double Exp2 = 4;

    /// <summary>OpenCL 1.2 allows 3, CUDA 1.</summary>
    public const double Log = 4;

    public const double Log2 = 4;

    /// <summary>log2 times a constant: one rounding more.</summary>
    public const double Log10 = 5;

    /// <summary>OpenCL 1.2 allows 4, CUDA 2.</summary>
    public const double Sin = 5;

    public const double Cos = 5;

    /// <summary>A sine over a cosine.</summary>
    public const double Tan = 11;

    /// <summary>OpenCL 1.2 allows 5, CUDA 2.</summary>
    public const double Tanh = 6;

    /// <summary>OpenCL 1.2 allows 16, CUDA 9.</summary>
    public const double Pow = 17;

    /// <summary>OpenCL 1.2 allows 2, as does the IR; plain C# computes 1 / sqrt, 1 more.</summary>
    public const double Rsqrt = 4;

    /// <summary>Functions that are composed of exact operations and of Exp: their own few roundings beside the
    /// library's.</summary>
    public const double Composed = 8;

    /// <summary>ex2.approx: 2 ulp, of an argument whose rounding counts |x| log2(e) times: up to 6 more for |x| of 4 or
    /// less. OpenCL native_: the implementation's.</summary>
    public const double FastExp = 16;

    /// <summary>lg2.approx: 2^-22 relative outside 0.5 .. 2.</summary>
    public const double FastLog = 8;

    /// <summary>sin.approx, cos.approx: 2^-20.5 absolute; the inputs' results are above 0.19.</summary>
    public const double FastSin = 64;

    /// <summary>tanh.approx: 2^-11 relative.</summary>
    public const double FastTanh = 8192;

    /// <summary>rcp.approx, sqrt.approx, div.approx: 1 to 2 ulp.</summary>
    public const double FastRoot = 4;

    /// <summary>A product and a sum fused into one multiply-add are rounded once instead of twice.</summary>
    public const double Fused = 4;

    /// <summary>Sums of products on tensor cores: their order is not specified; inputs are chosen so that sums are
    /// exact.</summary>
    public const double Product = 0;
}
