using System.Buffers.Binary;
using System.IO.Compression;

namespace SRKernels.Models.Imaging.Png;

/// <summary>
/// Writes PNG: no interlacing, the filter of each row chosen by the least sum of absolute differences (specification, 12.7), which
/// matters more for size than the compressor's effort does.
/// </summary>
internal static class PngEncoder
{
    public static void Encode(Image image, Stream stream, ImageWriteOptions options)
    {
        stream.Write(PngCodec.Signature);
        WriteHeader(image, stream);
        if (options.KeepMetadata)
            WriteMetadata(image, stream);
        using (var idat = new IdatWriter(stream))
        {
            using var deflater = new ZLibStream(idat, Compression(options.PngEffort), leaveOpen: true);
            WriteRows(image, deflater);
        }

        WriteChunk(stream, "IEND"u8, []);
    }

    /// <summary>Length, type, data, CRC.</summary>
    public static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> frame = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(frame, data.Length);
        type.CopyTo(frame[4..]);
        stream.Write(frame);
        stream.Write(data);
        uint crc = Crc32.Update(Crc32.Update(Crc32.Start, type), data);
        BinaryPrimitives.WriteUInt32BigEndian(frame, Crc32.Finish(crc));
        stream.Write(frame[..4]);
    }

    private static void WriteHeader(Image image, Stream stream)
    {
        Span<byte> data = stackalloc byte[PngHeader.LengthBytes];
        data.Clear();
        BinaryPrimitives.WriteInt32BigEndian(data, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(data[4..], image.Height);
        data[8] = (byte)image.BitDepth;
        data[9] = (byte)(image.Layout switch
        {
            PixelLayout.Grey => PngColour.Grey,
            PixelLayout.GreyAlpha => PngColour.GreyAlpha,
            PixelLayout.Rgb => PngColour.Rgb,
            _ => PngColour.Rgba,
        });
        WriteChunk(stream, "IHDR"u8, data);
    }

    private static void WriteMetadata(Image image, Stream stream)
    {
        var metadata = image.Metadata;
        if (metadata.IccProfile is not null && IccProfile.Fits(metadata.IccProfile, image.Layout))
        {
            using var data = new MemoryStream();
            // The name that the format asks for, its end, and compression method 0.
            data.Write("ICC profile\0\0"u8);
            using (var deflater = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
                deflater.Write(metadata.IccProfile);
            WriteChunk(stream, "iCCP"u8, data.GetBuffer().AsSpan(0, (int)data.Length));
        }

        if (metadata.Exif is not null)
            WriteChunk(stream, "eXIf"u8, metadata.Exif);
    }

    private static ZLibCompressionOptions Compression(PngEffort effort) => effort switch
    {
        PngEffort.Fast => new() { CompressionLevel = 1, CompressionStrategy = ZLibCompressionStrategy.RunLengthEncoding },
        PngEffort.Balanced => new() { CompressionLevel = 6 },
        _ => new() { CompressionLevel = 9 },
    };

    private static void WriteRows(Image image, Stream deflater)
    {
        int bpp = image.Channels * image.BitDepth / 8;
        int rowBytes = checked(image.Width * bpp);
        // A pixel of zeros before each row is what the filters see to the left of it.
        byte[] row = new byte[bpp + rowBytes];
        byte[] above = new byte[bpp + rowBytes];
        byte[] best = new byte[1 + rowBytes];
        byte[] candidate = new byte[1 + rowBytes];
        for (int y = 0; y < image.Height; y++)
        {
            CopyRow(image, y, row.AsSpan(bpp));
            long leastSum = long.MaxValue;
            for (int filter = 0; filter < PngFilters.Count; filter++)
            {
                candidate[0] = (byte)filter;
                long sum = PngFilters.Apply(filter, row, above, bpp, candidate.AsSpan(1));
                if (sum >= leastSum)
                    continue;
                leastSum = sum;
                (best, candidate) = (candidate, best);
            }

            deflater.Write(best);
            (row, above) = (above, row);
        }
    }

    private static void CopyRow(Image image, int y, Span<byte> to)
    {
        if (image.BitDepth == 8)
        {
            image.Row8(y).CopyTo(to);
            return;
        }

        var from = image.Row16(y);
        for (int i = 0; i < from.Length; i++)
            BinaryPrimitives.WriteUInt16BigEndian(to[(2 * i)..], from[i]);
    }

    /// <summary>Cuts what is written to it into IDAT chunks. Write-only.</summary>
    private sealed class IdatWriter(Stream stream) : Stream
    {
        private readonly byte[] buffer = new byte[64 * 1024];
        private int length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> data)
        {
            while (!data.IsEmpty)
            {
                int count = Math.Min(data.Length, buffer.Length - length);
                data[..count].CopyTo(buffer.AsSpan(length));
                length += count;
                data = data[count..];
                if (length == buffer.Length)
                    Emit();
            }
        }

        public override void Write(byte[] data, int offset, int count) => Write(data.AsSpan(offset, count));

        // Called by the compressor's own flushes as well, which must not cut chunks.
        public override void Flush()
        {
        }

        public override int Read(byte[] data, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing && length > 0)
                Emit();
            base.Dispose(disposing);
        }

        private void Emit()
        {
            WriteChunk(stream, "IDAT"u8, buffer.AsSpan(0, length));
            length = 0;
        }
    }
}
