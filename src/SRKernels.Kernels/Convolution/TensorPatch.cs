using ILGPU;
using ILGPU.Runtime;
using SRKernels.Kernels.Activations;
using SRKernels.Intrinsics;
using static SRKernels.Kernels.Convolution.TensorConvolutionKernels;

namespace SRKernels.Kernels.Convolution;

/// <summary>
/// The pixels of a tile of <see cref="TensorConvolutionKernels"/> and their halo, on their way from memory into shared memory: which thread carries which, what is done to them between.
/// </summary>
internal static class TensorPatch
{
    /// <summary>Input channels of a slice: 64 bytes of operands, so 32, of tf32 16; without a branch, see <see cref="TensorTile.TapsTogether"/>.</summary>
    internal static int SliceChannels(int form) => 32 >> ((form & OperandMask) / Tf32Operand);

    /// <summary>
    /// Which pixel of a round a thread has. Eight lanes have the 32 channels of one, so that a warp reads whole lines of memory; half a warp writes pixels p and p + 4, 320 bytes
    /// apart: other banks. Of 16 channels in tf32, 16 bytes each, eight lanes write eight neighbouring pixels.
    /// </summary>
    internal static int PixelOf(int thread, int form)
    {
        if ((form & OperandMask) == Tf32Operand) return (thread & 7) + (8 * (thread >> 5));
        return ((thread >> 4) & 1) + (((thread >> 3) & 1) * 4) + (((thread >> 5) & 1) * 2) + (8 * (thread >> 6));
    }

    /// <summary>Pixels of the patch that all threads carry at once.</summary>
    internal static int PixelsPerRound(int form, int tile) => TensorTile.ThreadsOf(tile) * 4 / SliceChannels(form);

    /// <summary>Rounds of pixels that bring a whole patch.</summary>
    internal static int Rounds(int form, int tile) => (TensorTile.PatchPixelsOf(tile) + PixelsPerRound(form, tile) - 1) / PixelsPerRound(form, tile);

    /// <summary>Rounds of pixels that a tap fetches; the last of several taps only stores.</summary>
    internal static int RoundsPerTap(int form, int tile)
    {
        int carrying = Math.Max(TensorTile.TapsOf(tile) - 1, 1);
        return (Rounds(form, tile) + carrying - 1) / carrying;
    }

    /// <summary>Where a place of the patch stands in the input: the index of its first channel in the image; below 0 outside the map.</summary>
    internal static int PlaceOf(int at, int firstRow, int firstColumn, int height, int width, int inStride, int flags, int tile)
    {
        int stride = TensorTile.StrideOf(tile);
        int columns = TensorTile.ColumnsOf(tile);
        int pitch = TensorTile.PatchPitchOf(tile);
        int up = flags & Upsample;
        int before = (flags & BottomRight) == 0 ? 1 : 0;
        int row = at / pitch;
        int column = at - (row * pitch);
        if (stride == 2) column = column <= columns ? 2 * column : (2 * (column - columns)) - 1;
        row += (firstRow * stride) - before;
        column += (firstColumn * stride) - before;
        bool inside = ((uint)row < (uint)(height << up)) & ((uint)column < (uint)(width << up)) & (at < TensorTile.PatchPixelsOf(tile));
        return inside ? (((row >> up) * width) + (column >> up)) * inStride : -1;
    }

    /// <summary>
    /// Brings this thread's four channels of some pixels of one slice into registers. Outside the map it reads the first pixel, without a branch, and keeps a place below 0.
    /// (A 1x1 convolution needs no places: what lies outside is multiplied into rows that nobody writes.)
    /// </summary>
    internal static void Fetch(
        ArrayView<float> x, ArrayView<Float4> carried, ArrayView<int> carriedPlaces, int count, ArrayView<int> places, int placesAt, int column, int start, int width, int inStride, int form, int tile)
    {
        int pixelsPerRound = PixelsPerRound(form, tile);
        for (int i = 0; i < count; i++)
        {
            if (TensorTile.KernelSizeOf(tile) == 1)
            {
                carriedPlaces[i] = 0;
                carried[i] = VectorAccess.Load4(ref x[(Math.Min(column + (i * pixelsPerRound), width - 1) * inStride) + start]);
            }
            else
            {
                carriedPlaces[i] = places[placesAt + (i * pixelsPerRound)];
                carried[i] = VectorAccess.Load4(ref x[Math.Max(carriedPlaces[i], 0) + start]);
            }
        }
    }

    /// <summary>Normalises, rounds and stores in shared memory what <see cref="Fetch"/> brought.</summary>
    internal static void Store(
        ArrayView<uint> shared, ArrayView<Float4> carried, ArrayView<int> carriedPlaces, int count, ArrayView<float> factors, int pixel, int to, int factor, int inChannels, int form, int tile)
    {
        int pixelsPerRound = PixelsPerRound(form, tile);
        bool isWhole = TensorTile.KernelSizeOf(tile) == 1; // the pixels of a 1x1 convolution are whole rounds
        Float4 multiplier = default;
        Float4 offset = default;
        if ((form & NormalizeInput) != 0)
        {
            multiplier = VectorAccess.Load4(ref factors[factor]);
            offset = VectorAccess.Load4(ref factors[factor + inChannels]);
        }

        for (int i = 0; i < count; i++)
        {
            Float4 v = carried[i];
            if ((form & NormalizeInput) != 0)
            {
                v.X = Normalized(v.X, multiplier.X, offset.X, form);
                v.Y = Normalized(v.Y, multiplier.Y, offset.Y, form);
                v.Z = Normalized(v.Z, multiplier.Z, offset.Z, form);
                v.W = Normalized(v.W, multiplier.W, offset.W, form);
            }

            uint mask = (uint)~(carriedPlaces[i] >> 31);
            int at = to + (i * pixelsPerRound * RowWords);
            Registers4 words = default;
            if ((form & OperandMask) == Tf32Operand)
            {
                words.R0 = Interop.FloatAsInt(TensorCore.RoundToTf32(v.X)) & mask;
                words.R1 = Interop.FloatAsInt(TensorCore.RoundToTf32(v.Y)) & mask;
                words.R2 = Interop.FloatAsInt(TensorCore.RoundToTf32(v.Z)) & mask;
                words.R3 = Interop.FloatAsInt(TensorCore.RoundToTf32(v.W)) & mask;
                if (isWhole || pixel + (i * pixelsPerRound) < TensorTile.PatchPixelsOf(tile)) VectorAccess.StoreBits4(ref shared[at], words);
            }
            else
            {
                words.R0 = Pack(v.X, v.Y, form) & mask;
                words.R1 = Pack(v.Z, v.W, form) & mask;
                if (isWhole || pixel + (i * pixelsPerRound) < TensorTile.PatchPixelsOf(tile)) VectorAccess.StoreBits2(ref shared[at], new Registers2 { R0 = words.R0, R1 = words.R1 });
            }
        }
    }

    private static uint Pack(float low, float high, int form) =>
        (form & OperandMask) == BFloat16Operand ? TensorCore.PackBFloat16(low, high) : TensorCore.PackHalf(low, high);

    /// <summary>What the factors are multiplied by beforehand: half, where SiLU is h + h tanh h of h = u / 2.</summary>
    internal static float FactorScale(int form) => (form & OperandMask) == BFloat16Operand && (form & SiluInput) != 0 ? 0.5f : 1;

    /// <summary>
    /// x m + o, and its SiLU if asked. In bfloat16 by the hyperbolic tangent, one instruction whose error of 2^-11 is a quarter of the operand's rounding.
    /// </summary>
    private static float Normalized(float x, float multiplier, float offset, int form)
    {
        float u = (x * multiplier) + offset;
        if ((form & SiluInput) == 0) return u;
        return (form & OperandMask) == BFloat16Operand ? (u * FastMath.Tanh(u)) + u : DeviceActivation.Silu(u);
    }
}
