namespace SRKernels.Kernels.Pixels;

/// <summary>What the numbers of a picture in memory are.</summary>
public enum PixelValues
{
    /// <summary>Bytes: black is 0, white is 255.</summary>
    Bytes,

    /// <summary>Floats: black is 0, white is 1.</summary>
    ZeroToOne,

    /// <summary>Floats: black is -1, white is 1, which is what the networks see.</summary>
    MinusOneToOne,
}
