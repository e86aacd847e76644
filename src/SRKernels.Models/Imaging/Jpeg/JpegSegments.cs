using System.Buffers.Binary;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Walks markers and the segments behind them.</summary>
internal static class JpegSegments
{
    /// <summary>Position of the second byte of the next marker at or after <paramref name="from"/>, -1 where none is
    /// left.</summary>
    /// <remarks>Fill bytes are passed, and so is anything else that stands before the marker, as libjpeg
    /// does.</remarks>
    public static int FindMarker(ReadOnlySpan<byte> data, int from)
    {
        while (from < data.Length)
        {
            int step = data[from..].IndexOf((byte)0xFF);
            if (step < 0) return -1;
            from += step;
            while (from < data.Length && data[from] == 0xFF) from++;
            if (from < data.Length && data[from] != 0) return from;
        }

        return -1;
    }

    /// <summary>The payload of the segment whose length field stands at <paramref name="at"/>.</summary>
    public static ReadOnlySpan<byte> Payload(ReadOnlySpan<byte> data, int at, byte marker)
    {
        if (data.Length - at < 2) JpegFault.Truncated($"segment 0xFF{marker:X2}");
        int length = BinaryPrimitives.ReadUInt16BigEndian(data[at..]);
        if (length < 2) JpegFault.Throw($"a segment 0xFF{marker:X2} of at least 2 bytes", $"{length}");
        if (length > data.Length - at) JpegFault.Truncated($"segment 0xFF{marker:X2}");
        return data.Slice(at + 2, length - 2);
    }
}
