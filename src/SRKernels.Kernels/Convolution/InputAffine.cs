using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Convolution;

/// <summary>
/// <see cref="Conv2dOptions.InputAffine"/> as a pass of its own: u[n, y, x, i] = f(x[n, y, x, i] m[n, i] + o[n, i]).
/// </summary>
/// <remarks>The definition in double precision, the processor's form by vectors over channels, threads over rows of pixels.</remarks>
internal static unsafe class InputAffine
{
    /// <summary>The map that the convolution then reads.</summary>
    /// <param name="cx">On the processor.</param>
    /// <param name="x">[n, h, w, c].</param>
    /// <param name="affine">[n, 1, 1, 2c], multipliers, then offsets.</param>
    /// <param name="activation">None or SiLU.</param>
    public static Tensor Apply(KernelContext cx, Tensor x, Tensor affine, Activation activation)
    {
        var u = cx.Rent(x.Shape);
        if (cx.Kind == ExecutionKind.Reference) Reference(x, affine, activation, u);
        else if (activation == Activation.Silu) Cpu<SiluOf>(cx, x, affine, u);
        else Cpu<Identity>(cx, x, affine, u);
        return u;
    }

    private static void Reference(Tensor x, Tensor affine, Activation activation, Tensor u)
    {
        var (images, _, _, c) = x.Shape;
        for (var n = 0; n < images; n++)
            for (long i = 0; i < (long)x.Shape.Pixels * c; i++)
            {
                var m = affine.Image(n) + (i % c);
                u.Image(n)[i] = (float)ReferenceActivation.Apply(activation, ((double)x.Image(n)[i] * m[0]) + m[c]);
            }
    }

    private static void Cpu<TActivation>(KernelContext cx, Tensor x, Tensor affine, Tensor u)
        where TActivation : struct, IActivation
    {
        var rows = new Rows<TActivation>(x.Data, affine.Data, u.Data, x.Shape);
        cx.Workers.Run(x.Shape.N * x.Shape.H, ref rows);
    }

    /// <summary>index = image * h + row.</summary>
    private readonly struct Rows<TActivation>(float* x, float* affine, float* u, Shape shape) : IParallelBody
        where TActivation : struct, IActivation
    {
        public void Invoke(int index, int worker)
        {
            var c = shape.C;
            var m = affine + ((long)(index / shape.H) * 2 * c);
            var offset = (long)index * shape.W * c;
            for (var p = 0; p < shape.W; p++, offset += c)
            {
                var i = 0;
                if (Vector512.IsHardwareAccelerated) i = Channels<Simd512, Vector512<float>, TActivation>(x + offset, m, u + offset, c, i);
                if (Vector256.IsHardwareAccelerated) i = Channels<Simd256, Vector256<float>, TActivation>(x + offset, m, u + offset, c, i);
                if (Vector128.IsHardwareAccelerated) i = Channels<Simd128, Vector128<float>, TActivation>(x + offset, m, u + offset, c, i);
                Channels<SimdScalar, float, TActivation>(x + offset, m, u + offset, c, i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Channels<S, V, TActivation>(float* x, float* m, float* u, int c, int i)
        where S : struct, ISimd<V>
        where V : unmanaged
        where TActivation : struct, IActivation
    {
        for (; i <= c - S.Lanes; i += S.Lanes) S.Store(TActivation.Of<S, V>(S.Fma(S.Load(x + i), S.Load(m + i), S.Load(m + c + i))), u + i);
        return i;
    }
}
