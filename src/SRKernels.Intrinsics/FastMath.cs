using System.Runtime.CompilerServices;
using ILGPU.IR.Intrinsics;

namespace SRKernels.Intrinsics;

/// <summary>
/// Functions that a GPU may compute by its approximate instructions (for example <c>ex2.approx</c>), a few ulp apart
/// from the exact ones and flushing denormals. On the CPU they are the exact ones.
/// </summary>
public static class FastMath
{
    /// <summary>e to the power of a value; the error grows with its magnitude.</summary>
    /// <param name="value">Any float.</param>
    /// <returns>About the exact result.</returns>
    [IntrinsicImplementation]
    public static float Exp(float value) => MathF.Exp(value);

    /// <summary>2 to the power of a value.</summary>
    /// <param name="value">Any float.</param>
    /// <returns>About the exact result.</returns>
    [IntrinsicImplementation]
    public static float Exp2(float value) => float.Exp2(value);

    /// <summary>Natural logarithm.</summary>
    /// <param name="value">A normal positive float.</param>
    /// <returns>About the exact result.</returns>
    [IntrinsicImplementation]
    public static float Log(float value) => MathF.Log(value);

    /// <summary>Logarithm to base 2.</summary>
    /// <param name="value">A normal positive float.</param>
    /// <returns>About the exact result.</returns>
    [IntrinsicImplementation]
    public static float Log2(float value) => MathF.Log2(value);

    /// <summary>Sine; absolute error about 2^-20 within one turn, growing outside.</summary>
    /// <param name="value">Radians, small.</param>
    /// <returns>About the exact result.</returns>
    [IntrinsicImplementation]
    public static float Sin(float value) => MathF.Sin(value);

    /// <summary>Cosine, as <see cref="Sin"/>.</summary>
    /// <param name="value">Radians, small.</param>
    /// <returns>About the exact result.</returns>
    [IntrinsicImplementation]
    public static float Cos(float value) => MathF.Cos(value);

    /// <summary>Hyperbolic tangent; relative error about 2^-11 (one instruction from sm_75 on).</summary>
    /// <param name="value">Any float.</param>
    /// <returns>About the exact result.</returns>
    [IntrinsicImplementation]
    public static float Tanh(float value) => MathF.Tanh(value);

    /// <summary>Square root.</summary>
    /// <param name="value">A float of at least 0.</param>
    /// <returns>About the exact result.</returns>
    [IntrinsicImplementation]
    public static float Sqrt(float value) => MathF.Sqrt(value);

    /// <summary>1 / sqrt(value).</summary>
    /// <param name="value">A positive float.</param>
    /// <returns>About the exact result.</returns>
    [IntrinsicImplementation]
    public static float Rsqrt(float value) => 1 / MathF.Sqrt(value);

    /// <summary>1 / value.</summary>
    /// <param name="value">A float other than 0.</param>
    /// <returns>About the exact result.</returns>
    [IntrinsicImplementation]
    public static float Rcp(float value) => 1 / value;

    /// <summary>Quotient, about 2 ulp off; for divisors between 2^-126 and 2^126.</summary>
    /// <param name="numerator">Any float.</param>
    /// <param name="denominator">Divisor.</param>
    /// <returns>About the quotient.</returns>
    [IntrinsicImplementation]
    public static float Divide(float numerator, float denominator) => numerator / denominator;

    /// <summary>The larger value; where one is not a number, the other. One instruction on every device.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [IntrinsicImplementation]
    public static float MaxNumber(float x, float y) => float.MaxNumber(x, y);
}
