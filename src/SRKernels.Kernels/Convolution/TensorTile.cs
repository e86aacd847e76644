namespace SRKernels.Kernels.Convolution;

/// <summary>What a group of the tensor-core convolution makes, and with which warps: the shape of one compiled variant.</summary>
/// <remarks>
/// A group owns Rows x Columns output pixels (the rows of its product) and Channels output channels. Its warps stand in a WarpRows x WarpColumns grid over that
/// product, each at least 16 x 16. Columns is 8 or a multiple of 16, so that the 16 rows of one fragment lie at constant distances in the patch.
/// A 1x1 convolution takes its pixels as one long row: Rows is 1.
/// </remarks>
/// <param name="KernelSize">1 or 3.</param>
/// <param name="Stride">1 or 2.</param>
/// <param name="Rows">Rows of output pixels.</param>
/// <param name="Columns">Columns of output pixels.</param>
/// <param name="Channels">Output channels.</param>
/// <param name="WarpRows">Warps along the pixels.</param>
/// <param name="WarpColumns">Warps along the channels.</param>
/// <param name="Stages">Weight slices in shared memory: one is multiplied, the others are on their way.</param>
internal readonly record struct TensorTile(
    int KernelSize, int Stride, int Rows, int Columns, int Channels, int WarpRows, int WarpColumns, int Stages)
{
    // Codes, see <see cref="Code"/>: what is compiled. Strided takes every second pixel.
    internal const int Large3x3 = 3 | (1 << 2) | (8 << 4) | (16 << 9) | (4 << 18) | (2 << 23) | (2 << 26);
    internal const int Small3x3 = 3 | (1 << 2) | (8 << 4) | (8 << 9) | (4 << 18) | (2 << 23) | (2 << 26) | (2 << 29);
    internal const int Strided3x3 = 3 | (2 << 2) | (8 << 4) | (8 << 9) | (4 << 18) | (2 << 23) | (2 << 26);
    internal const int Wide1x1 = 1 | (1 << 2) | (1 << 4) | (128 << 9) | (16 << 18) | (2 << 23) | (4 << 26);
    internal const int Large1x1 = 1 | (1 << 2) | (1 << 4) | (128 << 9) | (8 << 18) | (2 << 23) | (2 << 26);
    internal const int Half1x1 = 1 | (1 << 2) | (1 << 4) | (128 << 9) | (4 << 18) | (2 << 23) | (2 << 26);
    internal const int Small1x1 = 1 | (1 << 2) | (1 << 4) | (64 << 9) | (4 << 18) | (2 << 23) | (2 << 26) | (2 << 29);

    /// <summary>Words (4 bytes) of one pixel's or one output channel's slice in shared memory: 64 bytes and 16 of padding, so that eight neighbours lie in different banks.</summary>
    internal const int RowWords = 20;

    private const int KeptWords = 4;

    /// <summary>Bytes of input channels in one slice: 32 channels of 16 bits or 16 of 32.</summary>
    internal const int SliceBytes = 64;

    /// <summary>All in one number: the value that the kernel is specialised to.</summary>
    internal int Code =>
        KernelSize | (Stride << 2) | (Rows << 4) | (Columns << 9) | (Channels / 16 << 18) | (WarpRows << 23) | (WarpColumns << 26) | (Stages - 2 << 29);

    /// <summary>The tile that a code stands for.</summary>
    internal static TensorTile Of(int code) => new(
        KernelSizeOf(code), StrideOf(code), RowsOf(code), ColumnsOf(code), ChannelsOf(code), WarpRowsOf(code), WarpColumnsOf(code), StagesOf(code));

    internal int Threads => ThreadsOf(Code);

    internal int Pixels => Rows * Columns;

    /// <summary>Places of the input patch, the unused ones of a stride of 2 included.</summary>
    internal int PatchPixels => PatchPixelsOf(Code);

    /// <summary>Whether each warp makes 64 x 64.</summary>
    internal bool HasLargeWarps => Pixels * Channels / Threads == 128;

    /// <summary>The name of the kernel that makes it, of <see cref="TensorConvolutionKernels"/>.</summary>
    internal string Kernel => !HasLargeWarps ? nameof(TensorConvolutionKernels.Warps)
        : Threads == 256 ? nameof(TensorConvolutionKernels.EightWarps) : nameof(TensorConvolutionKernels.LargeWarps);

    /// <summary>Two patches, the weight slices, the table of places and what waits for the end; of a convolution that normalises its input, the factors too.</summary>
    /// <param name="factors">How many floats.</param>
    internal int SharedBytes(int factors) => (((2 * PatchPixels) + (Stages * Channels)) * RowWords * 4) + ((factors + PlacesOf(Code) + KeptWords) * sizeof(float));

    // What kernels decode; constants after specialisation.
    internal static int KernelSizeOf(int code) => code & 3;

    /// <summary>1 or 9.</summary>
    internal static int TapsOf(int code) => KernelSizeOf(code) * KernelSizeOf(code);

    internal static int StrideOf(int code) => (code >> 2) & 3;

    internal static int RowsOf(int code) => (code >> 4) & 31;

    internal static int ColumnsOf(int code) => (code >> 9) & 511;

    internal static int ChannelsOf(int code) => ((code >> 18) & 31) * 16;

    internal static int WarpRowsOf(int code) => (code >> 23) & 7;

    internal static int WarpColumnsOf(int code) => (code >> 26) & 7;

    internal static int StagesOf(int code) => ((code >> 29) & 3) + 2;

    internal static int ThreadsOf(int code) => WarpRowsOf(code) * WarpColumnsOf(code) * 32;

    /// <summary>Fragments of 16 pixels that a warp has.</summary>
    internal static int RowBlocksOf(int code) => RowsOf(code) * ColumnsOf(code) / WarpRowsOf(code) / 16;

    /// <summary>Fragments of 16 output channels that a warp has.</summary>
    internal static int ColumnBlocksOf(int code) => ChannelsOf(code) / WarpColumnsOf(code) / 16;

    /// <summary>
    /// Taps between which fragments of pixels stay in registers: those of a column of the kernel (3), where a fragment is a whole row of the tile (16 columns, all pixels); else 1.
    /// </summary>
    /// <remarks>Without a branch, as all that sizes local arrays: ILGPU wants those sizes before it decides branches.</remarks>
    internal static int TapsTogether(int code) => 1 + ((KernelSizeOf(code) - 1) * (2 - StrideOf(code)) * ((ColumnsOf(code) >> 4) & 1));

    /// <summary>Entries of the table of places: as many as all rounds of all taps fetch at most, those beyond the patch included.</summary>
    internal static int PlacesOf(int code) => KernelSizeOf(code) == 1 ? 0 : TapsOf(code) * 32 * ((PatchPixelsOf(code) + 255) / 256);

    internal static int PatchRowsOf(int code) => ((RowsOf(code) - 1) * StrideOf(code)) + KernelSizeOf(code);

    internal static int PatchPixelsOf(int code) => PatchRowsOf(code) * PatchPitchOf(code);

    /// <summary>With a stride of 2 the even columns of a patch row stand before the odd ones, as many with the one that nobody reads: what one tap reads is side by side.</summary>
    internal static int PatchPitchOf(int code) => (StrideOf(code) * ColumnsOf(code)) + KernelSizeOf(code) - 1;
}
