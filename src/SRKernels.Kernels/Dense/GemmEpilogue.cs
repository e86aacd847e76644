using System.Runtime.CompilerServices;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Simd;

namespace SRKernels.Kernels.Dense;

/// <summary>What happens to a block of C while it is still in the first-level cache: y = f(y) + r.</summary>
internal static unsafe class GemmEpilogue<TIsa, TV>
    where TIsa : struct, ISimd<TV>
    where TV : unmanaged
{
    /// <summary>Applies the activation, then adds the residual.</summary>
    /// <param name="c">[rows, columns], in place.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="activation">First.</param>
    /// <param name="slopes">Those of the columns, for an activation that has some.</param>
    /// <param name="residual">Second, as <paramref name="c"/>; or none.</param>
    public static void Apply(StridedRows c, int rows, int columns, Activation activation, float* slopes, StridedRows residual)
    {
        if (activation == Activation.None && residual.IsNone) return;
        switch (activation)
        {
            case Activation.Silu: Apply<SiluOf>(c, rows, columns, residual); break;
            case Activation.GeluErf: Apply<GeluErfOf>(c, rows, columns, residual); break;
            case Activation.LeakyRelu: LeakyRelu(c, rows, columns, slopes, residual); break;
            default: Apply<Identity>(c, rows, columns, residual); break;
        }
    }

    // Compiled well at the first call, as all inner loops here are: unoptimised, every vector operation would be a call.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply<TActivation>(StridedRows rows, int count, int columns, StridedRows residual)
        where TActivation : struct, IActivation
    {
        float* c = rows.Data, r = residual.Data;
        for (var i = 0; i < count; i++, c += rows.Stride, r += residual.Stride)
        {
            var j = 0;
            for (; j <= columns - TIsa.Lanes; j += TIsa.Lanes)
            {
                var y = TActivation.Of<TIsa, TV>(TIsa.Load(c + j));
                TIsa.Store(r is null ? y : TIsa.Add(y, TIsa.Load(r + j)), c + j);
            }

            for (; j < columns; j++)
            {
                var y = TActivation.Of<SimdScalar, float>(c[j]);
                c[j] = r is null ? y : y + r[j];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LeakyRelu(StridedRows rows, int count, int columns, float* slopes, StridedRows residual)
    {
        float* c = rows.Data, r = residual.Data;
        for (var i = 0; i < count; i++, c += rows.Stride, r += residual.Stride)
        {
            var j = 0;
            for (; j <= columns - TIsa.Lanes; j += TIsa.Lanes)
            {
                var y = LeakyReluOf<TIsa, TV>(TIsa.Load(c + j), TIsa.Load(slopes + j));
                TIsa.Store(r is null ? y : TIsa.Add(y, TIsa.Load(r + j)), c + j);
            }

            for (; j < columns; j++)
            {
                var y = LeakyReluOf<SimdScalar, float>(c[j], slopes[j]);
                c[j] = r is null ? y : y + r[j];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LeakyReluOf<S, V>(V x, V slope)
        where S : struct, ISimd<V>
        where V : unmanaged => S.SelectLess(x, S.Splat(0), S.Multiply(x, slope), x);
}
