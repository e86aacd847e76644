using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

public static unsafe partial class ChannelBias
{
    private static void Cpu(KernelContext cx, Tensor x, Tensor bias, Tensor y)
    {
        var (n, h, w, c) = x.Shape;
        RowCopy.Run(cx, checked(n * h), (long)w * c, new Rows(x.Data, bias.Data, y.Data, h, w, c));
    }

    private readonly struct Rows(float* x, float* bias, float* y, int h, int w, int c) : IRowFill
    {
        public void Fill(int row)
        {
            var at = (long)row * w * c;
            var shift = bias + ((long)(row / h) * c);
            for (var pixel = 0; pixel < w; pixel++, at += c)
            {
                long i = 0;
                if (Vector512.IsHardwareAccelerated) i = Walk<Simd512, Vector512<float>>(x + at, shift, y + at, i, c);
                if (Vector256.IsHardwareAccelerated) i = Walk<Simd256, Vector256<float>>(x + at, shift, y + at, i, c);
                if (Vector128.IsHardwareAccelerated) i = Walk<Simd128, Vector128<float>>(x + at, shift, y + at, i, c);
                Walk<SimdScalar, float>(x + at, shift, y + at, i, c);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static long Walk<S, V>(float* x, float* shift, float* y, long i, long end)
            where S : struct, ISimd<V>
            where V : unmanaged
        {
            for (; i <= end - S.Lanes; i += S.Lanes) S.Store(S.Add(S.Load(x + i), S.Load(shift + i)), y + i);
            return i;
        }
    }
}
