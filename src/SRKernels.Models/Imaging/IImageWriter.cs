namespace SRKernels.Models.Imaging;

/// <summary>Takes a picture row by row, so that it never has to be in memory whole.</summary>
/// <remarks>Calls come in this order: <see cref="Begin"/>, a row at a time from the top in the header's depth, <see cref="End"/>.</remarks>
public interface IImageWriter
{
    /// <summary>What follows.</summary>
    /// <param name="header">Size, layout, depth, metadata.</param>
    /// <exception cref="ImageException">The format cannot hold such a picture.</exception>
    void Begin(ImageHeader header);

    /// <summary>The next row of an 8-bit picture.</summary>
    /// <param name="samples">Its samples, interleaved.</param>
    void Write(ReadOnlySpan<byte> samples);

    /// <summary>The next row of a 16-bit picture.</summary>
    /// <param name="samples">Its samples, interleaved.</param>
    void Write(ReadOnlySpan<ushort> samples);

    /// <summary>All rows are there.</summary>
    void End();
}
