using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Simd;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Models.Measuring;

/// <summary>What the processor reaches in multiply-adds alone and in copies alone, on all threads.</summary>
internal static class ProcessorPeaks
{
    // Short, and often: one of them gets a whole slice of each processor, also where others work beside.
    private const double LeastSeconds = 0.001;
    private const int Attempts = 100;
    private const int CopiedFloats = 8 << 20;
    private static float s_sink;

    /// <summary>Measures both.</summary>
    /// <param name="threads">0: one a processor.</param>
    public static Peaks Measure(int threads)
    {
        using var workers = new Workers(threads);
        var flops = SimdWidths.Best switch
        {
            SimdWidth.V512 => MultiplyAdds<Vector512<float>, Simd512>(workers),
            SimdWidth.V256 => MultiplyAdds<Vector256<float>, Simd256>(workers),
            SimdWidth.V128 => MultiplyAdds<Vector128<float>, Simd128>(workers),
            _ => MultiplyAdds<float, SimdScalar>(workers),
        };
        return new Peaks(flops, 0, Copy(workers));
    }

    private static double MultiplyAdds<V, TSimd>(Workers workers)
        where V : unmanaged
        where TSimd : ISimd<V>
    {
        var (rounds, best) = (1 << 14, 0.0);
        for (var attempt = 0; attempt < Attempts;)
        {
            var body = new Chains<V, TSimd>(rounds);
            var start = Stopwatch.GetTimestamp();
            workers.Run(workers.Count, ref body);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (seconds < LeastSeconds)
            {
                rounds *= 4;
                continue;
            }

            best = Math.Max(best, 2.0 * Chains<V, TSimd>.Count * TSimd.Lanes * rounds * workers.Count / seconds);
            attempt++;
        }

        return best;
    }

    private static unsafe double Copy(Workers workers)
    {
        var (from, to, best) = (new float[CopiedFloats], new float[CopiedFloats], 0.0);
        var each = CopiedFloats / workers.Count;
        fixed (float* x = from, y = to)
        {
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                var body = new Copies((nint)x, (nint)y, each);
                var start = Stopwatch.GetTimestamp();
                workers.Run(workers.Count, ref body);
                best = Math.Max(best, 2.0 * sizeof(float) * each * workers.Count / Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return best;
    }

    /// <summary>Twelve sums that do not wait for each other: latency times throughput of any processor of today.</summary>
    private readonly struct Chains<V, TSimd>(int rounds) : IParallelBody
        where V : unmanaged
        where TSimd : ISimd<V>
    {
        public const int Count = 12;

        public unsafe void Invoke(int index, int worker)
        {
            var lanes = stackalloc float[TSimd.Lanes];
            TSimd.Store(Run(rounds), lanes);
            s_sink = lanes[0];
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static V Run(int rounds)
        {
            var v = TSimd.Splat(0.5f);
            V a = v, b = v, c = v, d = v, e = v, f = v, g = v, h = v, i = v, j = v, k = v, l = v;
            for (var n = 0; n < rounds; n++)
            {
                a = TSimd.Fma(a, v, v);
                b = TSimd.Fma(b, v, v);
                c = TSimd.Fma(c, v, v);
                d = TSimd.Fma(d, v, v);
                e = TSimd.Fma(e, v, v);
                f = TSimd.Fma(f, v, v);
                g = TSimd.Fma(g, v, v);
                h = TSimd.Fma(h, v, v);
                i = TSimd.Fma(i, v, v);
                j = TSimd.Fma(j, v, v);
                k = TSimd.Fma(k, v, v);
                l = TSimd.Fma(l, v, v);
            }

            var (ab, cd, ef, gh, ij, kl) = (TSimd.Add(a, b), TSimd.Add(c, d), TSimd.Add(e, f), TSimd.Add(g, h), TSimd.Add(i, j), TSimd.Add(k, l));
            return TSimd.Add(TSimd.Add(TSimd.Add(ab, cd), TSimd.Add(ef, gh)), TSimd.Add(ij, kl));
        }
    }

    private readonly unsafe struct Copies(nint from, nint to, int count) : IParallelBody
    {
        public void Invoke(int index, int worker) =>
            new ReadOnlySpan<float>((float*)from + ((long)index * count), count).CopyTo(new Span<float>((float*)to + ((long)index * count), count));
    }
}
