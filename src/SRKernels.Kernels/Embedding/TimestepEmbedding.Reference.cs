namespace SRKernels.Kernels.Embedding;

public static partial class TimestepEmbedding
{
    private static void Reference(ReadOnlySpan<float> t, int dim, bool sinesFirst, Span<float> y)
    {
        var half = dim / 2;
        var logPeriod = (float)Math.Log(10000);
        var (cosines, sines) = sinesFirst ? (half, 0) : (0, half);
        for (var n = 0; n < t.Length; n++)
        {
            var target = y.Slice(n * dim, dim);
            for (var i = 0; i < half; i++)
            {
                // Each as its upstream rounds it.
                var exponent = sinesFirst ? -logPeriod * ((float)i / half) : -logPeriod * i / half;
                var angle = t[n] * (float)Math.Exp(exponent);
                target[cosines + i] = (float)Math.Cos(angle);
                target[sines + i] = (float)Math.Sin(angle);
            }

            if (dim % 2 == 1) target[dim - 1] = 0;
        }
    }
}
