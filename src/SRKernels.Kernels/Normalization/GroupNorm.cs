using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Normalization;

/// <summary>
/// Group normalisation with affine parameters, an optional scale and shift per image, and an activation, in one op.
/// </summary>
/// <remarks>
/// With mean and biased variance over (h, w, c/groups) of each image and group:
/// u = (x - mean) / sqrt(variance + eps) gamma + beta;  y = f(u (1 + scale) + shift).
/// x, y [n, h, w, c]; gamma, beta [c]; scaleShift [n, 1, 1, 2c], first the scales, then the shifts.
/// Source: Wu and He 2018, "Group normalization"; the scale and shift of ResShift's ResBlock, spec §3.3.
/// </remarks>
public static partial class GroupNorm
{
    /// <summary>The normalised map, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, c].</param>
    /// <param name="gamma">[c].</param>
    /// <param name="beta">[c].</param>
    /// <param name="groups">Divides c.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="scaleShift">[n, 1, 1, 2c], or null.</param>
    /// <returns>[n, h, w, c].</returns>
    /// <exception cref="Runtime.SrkException">Shapes do not fit.</exception>
    public static Tensor Apply(
        KernelContext cx, Tensor x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, int groups, float eps,
        Activation activation = Activation.None, Tensor? scaleShift = null)
    {
        Check(x, gamma, beta, groups, eps, scaleShift);
        Expect.That(activation != Activation.LeakyRelu, nameof(GroupNorm), "an activation without slopes", "a leaky one", "only a convolution's weights have slopes");
        var y = cx.Rent(x.Shape);
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(x, gamma, beta, groups, eps, activation, scaleShift, y); break;
            case ExecutionKind.Device: Gpu(cx, x, gamma, beta, groups, eps, activation, scaleShift, y); break;
            default: Cpu(cx, x, gamma, beta, groups, eps, activation, scaleShift, y); break;
        }

        return y;
    }

    /// <summary>
    /// What the normalisation, its scale and its shift come to for each channel, for an op that applies it while it reads x: u = x m + o.
    /// </summary>
    /// <remarks>
    /// m = gamma (1 + scale) / sqrt(variance + eps), o = beta (1 + scale) + shift - mean m. Where the mean is many deviations away, m and o lose
    /// what <see cref="Apply"/>, which subtracts the mean first, does not: a mean of 100 deviations costs about 1e-5 of a deviation.
    /// </remarks>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, c].</param>
    /// <param name="gamma">[c].</param>
    /// <param name="beta">[c].</param>
    /// <param name="groups">Divides c.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="scaleShift">[n, 1, 1, 2c], or null.</param>
    /// <returns>[n, 1, 1, 2c], rented from the context's pool: first the multipliers m, then the offsets o.</returns>
    /// <exception cref="Runtime.SrkException">Shapes do not fit.</exception>
    public static Tensor Affine(
        KernelContext cx, Tensor x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, int groups, float eps, Tensor? scaleShift = null)
    {
        Check(x, gamma, beta, groups, eps, scaleShift);
        var affine = cx.Rent(x.Shape.N, 1, 1, checked(2 * x.Shape.C));
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(x, gamma, beta, groups, eps, scaleShift, affine); break;
            case ExecutionKind.Device: Gpu(cx, x, gamma, beta, groups, eps, scaleShift, affine, centred: false); break;
            default: Cpu(cx, x, gamma, beta, groups, eps, scaleShift, affine, centred: false); break;
        }

        return affine;
    }

    private static void Check(Tensor x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, int groups, float eps, Tensor? scaleShift)
    {
        var c = x.Shape.C;
        Expect.That(groups > 0 && c % groups == 0, nameof(GroupNorm), "groups that divide the channels", "others", "check the layer's configuration");
        Expect.That(eps > 0, nameof(GroupNorm), "a positive eps", "none", "give 1e-5 or 1e-6");
        Expect.Length(nameof(GroupNorm), c, gamma.Length, "gamma");
        Expect.Length(nameof(GroupNorm), c, beta.Length, "beta");
        if (scaleShift is not null)
            Expect.SameShape(nameof(GroupNorm), new Shape(x.Shape.N, 1, 1, 2 * c), scaleShift.Shape, "scale and shift");
    }
}
