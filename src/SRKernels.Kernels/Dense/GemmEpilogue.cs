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
    /// <param name="stride">Elements between rows, of <paramref name="residual"/> too.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="activation">First.</param>
    /// <param name="residual">Second; null for none.</param>
    public static void Apply(float* c, nint stride, int rows, int columns, Activation activation, float* residual)
    {
        if (activation == Activation.None && residual is null) return;
        switch (activation)
        {
            case Activation.Silu: Apply<SiluOf>(c, stride, rows, columns, residual); break;
            case Activation.GeluErf: Apply<GeluErfOf>(c, stride, rows, columns, residual); break;
            default: Apply<Identity>(c, stride, rows, columns, residual); break;
        }
    }

    // Compiled well at the first call, as all inner loops here are: unoptimised, every vector operation would be a call.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply<TActivation>(float* c, nint stride, int rows, int columns, float* residual)
        where TActivation : struct, IActivation
    {
        for (var i = 0; i < rows; i++, c += stride)
        {
            var j = 0;
            for (; j <= columns - TIsa.Lanes; j += TIsa.Lanes)
            {
                var y = TActivation.Of<TIsa, TV>(TIsa.Load(c + j));
                TIsa.Store(residual is null ? y : TIsa.Add(y, TIsa.Load(residual + j)), c + j);
            }

            for (; j < columns; j++)
            {
                var y = TActivation.Of<SimdScalar, float>(c[j]);
                c[j] = residual is null ? y : y + residual[j];
            }

            if (residual is not null) residual += stride;
        }
    }
}
