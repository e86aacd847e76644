using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Quantization;

public static unsafe partial class NearestCode
{
    private static void Reference(Tensor z, CodeBook book, Span<int> indices, Span<float> gap, Tensor y)
    {
        for (var p = 0; p < z.Shape.N * z.Shape.Pixels; p++)
        {
            var vector = z.Data + ((long)p * book.Dim);
            var squares = 0f;
            for (var d = 0; d < book.Dim; d++) squares += vector[d] * vector[d];
            var (best, second, index) = (float.PositiveInfinity, float.PositiveInfinity, 0);
            for (var code = 0; code < book.Count; code++)
            {
                var dot = 0f;
                for (var d = 0; d < book.Dim; d++) dot = MathF.FusedMultiplyAdd(vector[d], book.At(code, d), dot);
                var distance = (squares + book.SquaredNorms[code]) - (2 * dot);
                if (distance < best)
                {
                    (second, best, index) = (best, distance, code);
                }
                else if (distance < second)
                {
                    second = distance;
                }
            }

            if (!indices.IsEmpty) indices[p] = index;
            if (!gap.IsEmpty) gap[p] = second - best;
            for (var d = 0; d < book.Dim; d++) y.Data[((long)p * book.Dim) + d] = vector[d] + (book.At(index, d) - vector[d]);
        }
    }
}
