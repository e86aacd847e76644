using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

/// <summary>
/// The two updates of the residual-shifting chain.
/// </summary>
/// <remarks>
/// Prior: x_T = z_y + scale noise. Step: x_{t-1} = (coef1 x_t + coef2 x_0) + sigma noise. All tensors of one shape. Every product and sum is
/// rounded to fp32 by itself, in the order written (no fused multiply-add), in every body: chains are compared with upstream's.
/// Source: Yue et al. ResShift. 2023. eq. 7; models/gaussian_diffusion.py:210-232 @3ce1d81; spec §1, §4.
/// </remarks>
public static partial class ResidualShift
{
    /// <summary>The state that the chain starts from, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="zy">The encoded input.</param>
    /// <param name="noise">Standard normal, same shape.</param>
    /// <param name="scale">kappa sqrt(eta_T).</param>
    /// <exception cref="Runtime.SrkException">Shapes differ.</exception>
    public static Tensor PriorSample(KernelContext cx, Tensor zy, Tensor noise, float scale)
    {
        Expect.SameShape(nameof(ResidualShift), zy.Shape, noise.Shape, "noise");
        var y = cx.Rent(zy.Shape);
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(zy, noise, scale, y); break;
            case ExecutionKind.Device: Gpu(cx, zy, noise, scale, y); break;
            default: Cpu(cx, zy, noise, scale, y); break;
        }

        return y;
    }

    /// <summary>The next state of the chain, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="xt">The state now.</param>
    /// <param name="x0">The prediction, same shape.</param>
    /// <param name="noise">Standard normal, same shape; null at the last step, which adds none.</param>
    /// <param name="coef1">Weight of <paramref name="xt"/>.</param>
    /// <param name="coef2">Weight of <paramref name="x0"/>.</param>
    /// <param name="sigma">exp(logvar / 2).</param>
    /// <exception cref="Runtime.SrkException">Shapes differ.</exception>
    public static Tensor Step(KernelContext cx, Tensor xt, Tensor x0, Tensor? noise, float coef1, float coef2, float sigma)
    {
        Expect.SameShape(nameof(ResidualShift), xt.Shape, x0.Shape, "a prediction");
        if (noise is not null) Expect.SameShape(nameof(ResidualShift), xt.Shape, noise.Shape, "noise");
        var y = cx.Rent(xt.Shape);
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(xt, x0, noise, coef1, coef2, sigma, y); break;
            case ExecutionKind.Device: Gpu(cx, xt, x0, noise, coef1, coef2, sigma, y); break;
            default: Cpu(cx, xt, x0, noise, coef1, coef2, sigma, y); break;
        }

        return y;
    }
}
