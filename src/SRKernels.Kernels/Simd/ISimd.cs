namespace SRKernels.Kernels.Simd;

/// <summary>
/// The vector operations that kernels are written in, once for all widths: <typeparamref name="V"/> is the vector, the implementing struct
/// its width.
/// </summary>
/// <remarks>
/// A kernel is a generic method over (S, V); the caller picks <see cref="Simd512"/>, <see cref="Simd256"/>, <see cref="Simd128"/> or
/// <see cref="SimdScalar"/> and the compiler makes a body without calls. Every operation does to each lane what <see cref="SimdScalar"/>
/// does to a number, bit for bit (a fused multiply-add is always fused, in software where the processor has none), so a kernel that never
/// adds across lanes gives the same bytes at every width. Mark the method that holds the loop AggressiveOptimization: compiled quickly
/// first, these one-line methods would be calls, a hundred times slower until the runtime thinks again.
/// </remarks>
internal unsafe interface ISimd<V>
    where V : unmanaged
{
    /// <summary>Numbers in a vector.</summary>
    static abstract int Lanes { get; }

    static abstract V Load(float* source);

    static abstract void Store(V x, float* target);

    static abstract V Splat(float x);

    static abstract V Add(V a, V b);

    static abstract V Subtract(V a, V b);

    static abstract V Multiply(V a, V b);

    static abstract V Divide(V a, V b);

    /// <summary>a b + c, rounded once.</summary>
    static abstract V Fma(V a, V b, V c);

    /// <summary>The smaller; NaN where b is NaN (where only a is, processors differ).</summary>
    static abstract V Min(V a, V b);

    /// <summary>The larger; NaN where b is NaN (where only a is, processors differ).</summary>
    static abstract V Max(V a, V b);

    static abstract V Abs(V x);

    /// <summary>The magnitude of one with the sign of the other.</summary>
    static abstract V CopySign(V magnitude, V sign);

    /// <summary>To the nearest integer, ties to even.</summary>
    static abstract V Round(V x);

    /// <summary>2^n for an integer n in -126 .. 127.</summary>
    static abstract V PowerOfTwo(V n);

    /// <summary>a &lt; b ? x : y, lane by lane.</summary>
    static abstract V SelectLess(V a, V b, V x, V y);
}
