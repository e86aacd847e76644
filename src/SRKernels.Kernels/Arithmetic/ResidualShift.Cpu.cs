using System.Runtime.CompilerServices;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

public static unsafe partial class ResidualShift
{
    private static void Cpu(KernelContext cx, Tensor zy, Tensor noise, float scale, Tensor y) =>
        ElementwiseMap.Fill(cx, y.Data, y.Shape.Count, new Shifted(zy.Data, noise.Data, scale));

    private static void Cpu(KernelContext cx, Tensor xt, Tensor x0, Tensor? noise, float coef1, float coef2, float sigma, Tensor y)
    {
        var mean = new Mean(xt.Data, x0.Data, coef1, coef2);
        if (noise is null) ElementwiseMap.Fill(cx, y.Data, y.Shape.Count, mean);
        else ElementwiseMap.Fill(cx, y.Data, y.Shape.Count, new Noisy(mean, noise.Data, sigma));
    }

    private readonly struct Shifted(float* zy, float* noise, float scale) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At<S, V>(long i)
            where S : struct, ISimd<V>
            where V : unmanaged => S.Add(S.Load(zy + i), S.Multiply(S.Splat(scale), S.Load(noise + i)));
    }

    private readonly struct Mean(float* xt, float* x0, float coef1, float coef2) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At<S, V>(long i)
            where S : struct, ISimd<V>
            where V : unmanaged =>
            S.Add(S.Multiply(S.Splat(coef1), S.Load(xt + i)), S.Multiply(S.Splat(coef2), S.Load(x0 + i)));
    }

    private readonly struct Noisy(Mean mean, float* noise, float sigma) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At<S, V>(long i)
            where S : struct, ISimd<V>
            where V : unmanaged => S.Add(mean.At<S, V>(i), S.Multiply(S.Splat(sigma), S.Load(noise + i)));
    }
}
