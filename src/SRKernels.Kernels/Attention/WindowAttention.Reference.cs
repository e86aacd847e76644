using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Attention;

public static unsafe partial class WindowAttention
{
    private static void Reference(Tensor qkv, RelativePositionBias bias, int heads, int window, int shift, Tensor y)
    {
        var (images, h, w, e) = y.Shape;
        var tokens = window * window;
        var dim = e / heads;
        var weights = new double[tokens];
        for (var n = 0; n < images; n++)
            for (var row = 0; row < h / window; row++)
                for (var column = 0; column < w / window; column++)
                    for (var head = 0; head < heads; head++)
                        for (var i = 0; i < tokens; i++)
                        {
                            var query = qkv.Image(n) + (Pixel(i) * 3 * e) + (head * dim);
                            double top = double.NegativeInfinity, total = 0;
                            for (var j = 0; j < tokens; j++)
                            {
                                var key = qkv.Image(n) + (Pixel(j) * 3 * e) + e + (head * dim);
                                double score = 0;
                                for (var d = 0; d < dim; d++) score += (double)query[d] * key[d];
                                score = (score / Math.Sqrt(dim)) + bias.At(head, i, j) + MaskAt(row, h / window, i, j, window, shift);
                                weights[j] = score;
                                top = Math.Max(top, score);
                            }

                            for (var j = 0; j < tokens; j++)
                            {
                                weights[j] = Math.Exp(weights[j] - top);
                                total += weights[j];
                            }

                            var target = y.Image(n) + (Pixel(i) * e) + (head * dim);
                            for (var d = 0; d < dim; d++)
                            {
                                double sum = 0;
                                for (var j = 0; j < tokens; j++) sum += weights[j] * qkv.Image(n)[(Pixel(j) * 3 * e) + (2 * e) + (head * dim) + d];
                                target[d] = (float)(sum / total);
                            }

                            long Pixel(int t) =>
                                ((long)(((row * window) + (t / window) + shift) % h) * w) + (((column * window) + (t % window) + shift) % w);
                        }
    }
}
