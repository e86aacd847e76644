namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>What a frame header (SOF0, SOF1, SOF2, SOF9, SOF10) says.</summary>
internal sealed class JpegFrame
{
    public JpegFrame(int width, int height, byte marker, JpegComponent[] components)
    {
        Width = width;
        Height = height;
        Progressive = marker is JpegMarker.Sof2 or JpegMarker.Sof10;
        Arithmetic = marker is JpegMarker.Sof9 or JpegMarker.Sof10;
        Components = components;
        MaxH = components.Max(c => c.H);
        MaxV = components.Max(c => c.V);
        McusWide = (width + 8 * MaxH - 1) / (8 * MaxH);
        McusHigh = (height + 8 * MaxV - 1) / (8 * MaxV);
        foreach (var component in components) component.SetGeometry(this);
    }

    public int Width { get; }

    public int Height { get; }

    public bool Progressive { get; }

    /// <summary>Whether it is coded arithmetically, not by Huffman's codes.</summary>
    public bool Arithmetic { get; }

    public JpegComponent[] Components { get; }

    public int MaxH { get; }

    public int MaxV { get; }

    /// <summary>MCUs of an interleaved scan.</summary>
    public int McusWide { get; }

    public int McusHigh { get; }

    /// <summary>The last row of MCUs that the last scan reached; all rows unless it broke off.</summary>
    public int LastGoodMcuRow { get; set; } = int.MaxValue;

    /// <summary>Blocks of all components.</summary>
    public long Blocks => Components.Sum(c => (long)c.BlocksWide * c.BlocksHigh);
}
