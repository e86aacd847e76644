namespace SRKernels.Kernels.Embedding;

public static partial class TimestepEmbedding
{
    private static void Reference(ReadOnlySpan<float> t, int dim, Span<float> y)
    {
        var half = dim / 2;
        var logPeriod = (float)Math.Log(10000);
        for (var n = 0; n < t.Length; n++)
        {
            var target = y.Slice(n * dim, dim);
            for (var i = 0; i < half; i++)
            {
                var exponent = -logPeriod * i / half;
                var angle = t[n] * (float)Math.Exp(exponent);
                target[i] = (float)Math.Cos(angle);
                target[half + i] = (float)Math.Sin(angle);
            }

            if (dim % 2 == 1) target[dim - 1] = 0;
        }
    }
}
