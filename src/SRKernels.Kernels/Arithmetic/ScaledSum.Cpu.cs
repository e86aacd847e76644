using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

public static unsafe partial class ScaledSum
{
    private static void Cpu(KernelContext cx, Tensor a, float factor, Tensor b, Tensor y, int channels) =>
        RowCopy.Run(
            cx, checked(y.Shape.N * y.Shape.H), (long)y.Shape.W * channels,
            new Rows(a.Data, a.Shape.C, factor, b.Data, b.Shape.C, y.Data, y.Shape.C, y.Shape.W, channels));

    private readonly struct Rows(float* a, int ca, float factor, float* b, int cb, float* y, int cy, int w, int channels) : IRowFill
    {
        public void Fill(int row)
        {
            var first = (long)row * w;
            for (var p = first; p < first + w; p++) Pixel(a + (p * ca), factor, b + (p * cb), y + (p * cy), channels);
        }

        private static void Pixel(float* a, float factor, float* b, float* y, int channels)
        {
            var i = 0;
            if (Vector512.IsHardwareAccelerated) i = Channels<Simd512, Vector512<float>>(a, factor, b, y, channels, i);
            if (Vector256.IsHardwareAccelerated) i = Channels<Simd256, Vector256<float>>(a, factor, b, y, channels, i);
            if (Vector128.IsHardwareAccelerated) i = Channels<Simd128, Vector128<float>>(a, factor, b, y, channels, i);
            Channels<SimdScalar, float>(a, factor, b, y, channels, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Channels<S, V>(float* a, float factor, float* b, float* y, int channels, int i)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        for (; i <= channels - S.Lanes; i += S.Lanes) S.Store(S.Fma(S.Splat(factor), S.Load(a + i), S.Load(b + i)), y + i);
        return i;
    }
}
