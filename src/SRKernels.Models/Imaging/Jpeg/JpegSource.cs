using System.Buffers.Binary;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Takes a file in, and no more of it than a picture of the declared size can need.</summary>
internal static class JpegSource
{
    private const int FirstBytes = 1 << 16;

    // Camera files carry previews and depth maps in segments before the frame header.
    private const int MaxHeadBytes = 32 << 20;

    // Tables and comments between and before the scans.
    private const int MaxSegmentBytes = 1 << 20;

    /// <summary>
    /// The file up to its end, or up to what its frame can fill: an encoder spends at most 4 bytes on a sample in all
    /// scans together (the longest code and magnitude are 31 bits), padding of the last MCUs aside.
    /// </summary>
    public static ReadOnlyMemory<byte> Read(Stream stream, ImageLimits limits)
    {
        byte[] buffer = new byte[stream.CanSeek ? (int)Math.Clamp(stream.Length - stream.Position, 1, FirstBytes) : FirstBytes];
        int length = 0, segment = 2;
        long cap = MaxHeadBytes;
        bool found = false;
        while (true)
        {
            int read = stream.Read(buffer.AsSpan(length));
            if (read == 0) return buffer.AsMemory(0, length);
            length += read;
            if (!found && TryFindFrame(buffer.AsSpan(0, length), ref segment, out long entropyBytes))
            {
                found = true;
                cap = Math.Min(segment + MaxSegmentBytes + Math.Min(entropyBytes, 16 * limits.MaxPixels), Array.MaxLength);
            }

            if (length >= cap) return buffer.AsMemory(0, length);
            if (length == buffer.Length)
            {
                // A file of a known length at once, so that nothing of it lies in memory twice for long; a pipe by and by.
                long wanted = stream.CanSeek && found ? Math.Max(length + 1, length + stream.Length - stream.Position) : 2L * length;
                wanted = Math.Min(wanted, cap);
                Array.Resize(ref buffer, (int)wanted);
            }
        }
    }

    // Goes from segment to segment; a broken chain is the decoder's to complain about, so it only ends the search.
    private static bool TryFindFrame(ReadOnlySpan<byte> data, ref int segment, out long entropyBytes)
    {
        entropyBytes = 0;
        while (segment < data.Length)
        {
            int at = JpegSegments.FindMarker(data, segment);
            if (at < 0 || data.Length - at < 10) return false;
            byte marker = data[at];
            if (marker is JpegMarker.Sof0 or JpegMarker.Sof1 or JpegMarker.Sof2 or JpegMarker.Sof9 or JpegMarker.Sof10)
            {
                long height = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 4)..]);
                long width = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 6)..]);
                entropyBytes = (height + 31) * (width + 31) * data[at + 8] * 4;
                return true;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 1)..]);
            segment = at + 1 + length;
        }

        return false;
    }
}
