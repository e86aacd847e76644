using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.Kernels.Quantization;

/// <summary>
/// The search on a device. No product is fused with a sum but where the definition says so, and the smallest distance of the lowest index does not
/// depend on who compares with whom: indices, gaps and values are the reference's to the bit.
/// </summary>
/// <remarks>Codes: [count, stride] with |e|^2 behind the coordinates; the count is filled up with codes at an infinite distance.</remarks>
internal static class NearestCodeKernels
{
    /// <summary>Pixels of a group of <see cref="SlicedCodes"/>.</summary>
    internal const int Pixels = 16;

    /// <summary>Half warps of a group of <see cref="SlicedCodes"/>, each with its share of the codes.</summary>
    internal const int Slices = 16;

    /// <summary>Codes that a half warp takes in one go.</summary>
    internal const int Abreast = 8;

    /// <summary>
    /// Thread (pixel, slice) meets the codes 8 slice .. 8 slice + 7 of every 128: the half warp reads the same code, four floats at once. Slice 0 then compares the winners of all, by distance and index. The count is a multiple of 128.
    /// </summary>
    [Kernel(MaxThreads = Pixels * Slices, MinGroups = 3, Contract = false)]
    [Specialize(Values = [3, false])]
    [Specialize(Values = [3, true])]
    [Specialize(Values = [4, false])]
    [Specialize(Values = [4, true])]
    [Specialize(Values = [8, false])]
    [Specialize(Values = [8, true])]
    public static void SlicedCodes(
        ArrayView<float> z, ArrayView<float> codes, ArrayView<int> indices, ArrayView<float> gaps, ArrayView<float> y, int pixels, int count,
        SpecializedValue<int> dim, SpecializedValue<bool> wantsGaps)
    {
        int stride = (dim + 4) / 4 * 4;
        ArrayView<float> bests = SharedMemory.Allocate<float>(Pixels * Slices);
        ArrayView<float> seconds = SharedMemory.Allocate<float>(Pixels * Slices);
        ArrayView<int> winners = SharedMemory.Allocate<int>(Pixels * Slices);
        ArrayView<float> vector = LocalMemory.Allocate<float>(dim);
        ArrayView<float> code = LocalMemory.Allocate<float>(stride);
        int thread = Group.IdxX;
        int slice = thread / Pixels;
        int pixel = (Grid.IdxX * Pixels) + (thread % Pixels);
        int from = (pixel < pixels ? pixel : pixels - 1) * dim;
        float squares = 0;
        for (int d = 0; d < dim; d++)
        {
            vector[d] = z[from + d];
            squares += vector[d] * vector[d];
        }

        float best = float.PositiveInfinity;
        float second = float.PositiveInfinity;
        int index = 0;
        for (int first = slice * Abreast; first < count; first += Slices * Abreast)
        {
            for (int k = 0; k < Abreast; k++)
            {
                for (int part = 0; part < stride; part += 4)
                {
                    Float4 four = VectorAccess.Load4(ref codes[((first + k) * stride) + part]);
                    code[part] = four.X;
                    code[part + 1] = four.Y;
                    code[part + 2] = four.Z;
                    code[part + 3] = four.W;
                }

                float dot = 0;
                for (int d = 0; d < dim; d++) dot = MathF.FusedMultiplyAdd(vector[d], code[d], dot);
                float distance = (squares + code[dim]) - (2 * dot);
                bool wins = distance < best;
                if (wantsGaps) second = wins ? best : distance < second ? distance : second;
                index = wins ? first + k : index;
                best = wins ? distance : best;
            }
        }

        bests[thread] = best;
        winners[thread] = index;
        if (wantsGaps) seconds[thread] = second;
        Group.Barrier();
        if (slice != 0 || pixel >= pixels) return;
        for (int other = 1; other < Slices; other++)
        {
            int at = (other * Pixels) + thread;
            float distance = bests[at];
            int challenger = winners[at];
            if (wantsGaps)
            {
                float loser = distance < best ? best : distance;
                second = loser < second ? loser : second;
                second = seconds[at] < second ? seconds[at] : second;
            }

            bool wins = distance < best || (distance == best && challenger < index);
            index = wins ? challenger : index;
            best = wins ? distance : best;
        }

        indices[pixel] = index;
        if (wantsGaps) gaps[pixel] = second - best;
        for (int d = 0; d < dim; d++) y[from + d] = vector[d] + (codes[(index * stride) + d] - vector[d]);
    }

    /// <summary>One thread a pixel, any number of coordinates.</summary>
    [Kernel(MaxThreads = 64, Contract = false)]
    public static void OneThreadPerPixel(
        ArrayView<float> z, ArrayView<float> codes, ArrayView<int> indices, ArrayView<float> gaps, ArrayView<float> y, int pixels, int count, int dim, int stride)
    {
        int pixel = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (pixel >= pixels) return;
        int from = pixel * dim;
        float squares = 0;
        for (int d = 0; d < dim; d++) squares += z[from + d] * z[from + d];
        float best = float.PositiveInfinity;
        float second = float.PositiveInfinity;
        int index = 0;
        for (int code = 0; code < count; code++)
        {
            float dot = 0;
            for (int d = 0; d < dim; d++) dot = MathF.FusedMultiplyAdd(z[from + d], codes[(code * stride) + d], dot);
            float distance = (squares + codes[(code * stride) + dim]) - (2 * dot);
            bool wins = distance < best;
            second = wins ? best : distance < second ? distance : second;
            index = wins ? code : index;
            best = wins ? distance : best;
        }

        indices[pixel] = index;
        gaps[pixel] = second - best;
        for (int d = 0; d < dim; d++) y[from + d] = z[from + d] + (codes[(index * stride) + d] - z[from + d]);
    }
}
