using System.Runtime.CompilerServices;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>One colour component of a frame: its geometry, its tables for the current scan, its samples.</summary>
internal sealed class JpegComponent(byte id, int h, int v, int quantSlot)
{
    public byte Id { get; } = id;

    /// <summary>Horizontal and vertical sampling factor, 1..4.</summary>
    public int H { get; } = h;

    public int V { get; } = v;

    public int QuantSlot { get; } = quantSlot;

    /// <summary>Samples that carry picture: the image's size scaled by H/maxH and V/maxV, rounded up.</summary>
    public int SampleWidth { get; private set; }

    public int SampleHeight { get; private set; }

    /// <summary>8x8 blocks that hold at least one such sample. Blocks that only pad an MCU are decoded and
    /// dropped.</summary>
    public int BlocksWide { get; private set; }

    public int BlocksHigh { get; private set; }

    /// <summary>Samples of a row of <see cref="Plane"/>.</summary>
    public int Stride => BlocksWide * 8;

    /// <summary>Decoded samples, [BlocksHigh * 8, BlocksWide * 8].</summary>
    public byte[] Plane { get; private set; } = [];

    /// <summary>Progressive files only: coefficients of all blocks, row-major within a block.</summary>
    public short[] Coefficients { get; private set; } = [];

    /// <summary>Quantisation table in row-major order, taken when the component's first scan begins (a later DQT does
    /// not change it).</summary>
    public int[]? Quant { get; set; }

    /// <summary>Progressive files only: the point transform that each coefficient (scan order) is known to, -1 before
    /// its first scan.</summary>
    public sbyte[] KnownTo { get; } = [.. Enumerable.Repeat((sbyte)-1, 64)];

    /// <summary>Progressive files only: what <see cref="KnownTo"/> was before the component's last scan, all known before its first.</summary>
    public sbyte[] KnownBefore { get; } = new sbyte[64];

    public HuffmanDecodingTable? Dc { get; set; }

    public HuffmanDecodingTable? Ac { get; set; }

    /// <summary>The table slots of the current scan.</summary>
    public int DcSlot { get; set; }

    public int AcSlot { get; set; }

    /// <summary>The previous block's DC coefficient.</summary>
    public int DcPrediction { get; set; }

    /// <summary>Arithmetic files only: what kind of difference the previous block's was.</summary>
    public int DcContext { get; set; }

    public bool Decoded { get; set; }

    public void SetGeometry(JpegFrame frame)
    {
        SampleWidth = CeilDiv(frame.Width * H, frame.MaxH);
        SampleHeight = CeilDiv(frame.Height * V, frame.MaxV);
        BlocksWide = CeilDiv(SampleWidth, 8);
        BlocksHigh = CeilDiv(SampleHeight, 8);
    }

    /// <param name="withCoefficients">Whether the file is progressive.</param>
    /// <param name="filled">Whether samples may remain that nothing is decoded into: they are those of zero coefficients.</param>
    public void Allocate(bool withCoefficients, bool filled)
    {
        if (Plane.Length != 0) return;
        long samples = (long)BlocksWide * BlocksHigh * 64;
        if (samples > Array.MaxLength)
            JpegFault.Throw("planes of fewer than 2^31 samples", $"{samples}", "split the picture");
        Plane = GC.AllocateUninitializedArray<byte>((int)samples);
        if (filled) Plane.AsSpan().Fill(128);
        if (withCoefficients) Coefficients = new short[samples];
    }

    /// <summary>A block's coefficients; <paramref name="spare"/> for one that only fills the last MCU of a row or column up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<short> Block(int x, int y, short[] spare) =>
        x < BlocksWide && y < BlocksHigh ? Coefficients.AsSpan((y * BlocksWide + x) * 64, 64) : spare;

    /// <summary>Gives the coefficients back once the samples are made.</summary>
    public void DropCoefficients() => Coefficients = [];

    private static int CeilDiv(int a, int b) => (a + b - 1) / b;
}
