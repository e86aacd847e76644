namespace SRKernels.Kernels.Gpu;

/// <summary>
/// What a device's products are computed in. Sums, norms, softmax and everything in memory stay fp32.
/// </summary>
public enum Precision
{
    /// <summary>Single precision throughout: the yardstick.</summary>
    Fp32,

    /// <summary>Operands rounded to 10 bits of mantissa, on tensor cores.</summary>
    Tf32,

    /// <summary>Operands rounded to bfloat16, on tensor cores.</summary>
    Bf16,

    /// <summary>Operands rounded to half precision, on tensor cores.</summary>
    Fp16,
}
