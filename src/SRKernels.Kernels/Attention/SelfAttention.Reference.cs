using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Attention;

public static unsafe partial class SelfAttention
{
    private static void Reference(Tensor q, Tensor k, Tensor v, Tensor y)
    {
        var c = q.Shape.C;
        var positions = q.Shape.Pixels;
        var weights = new double[positions];
        var sums = new double[c];
        for (var n = 0; n < q.Shape.N; n++)
            for (var i = 0; i < positions; i++)
            {
                var query = q.Image(n) + ((long)i * c);
                double top = double.NegativeInfinity, total = 0;
                for (var j = 0; j < positions; j++)
                {
                    var key = k.Image(n) + ((long)j * c);
                    double score = 0;
                    for (var d = 0; d < c; d++) score += (double)query[d] * key[d];
                    weights[j] = score / Math.Sqrt(c);
                    top = Math.Max(top, weights[j]);
                }

                Array.Clear(sums);
                for (var j = 0; j < positions; j++)
                {
                    var weight = Math.Exp(weights[j] - top);
                    total += weight;
                    var value = v.Image(n) + ((long)j * c);
                    for (var d = 0; d < c; d++) sums[d] += weight * value[d];
                }

                for (var d = 0; d < c; d++) y.Image(n)[((long)i * c) + d] = (float)(sums[d] / total);
            }
    }
}
