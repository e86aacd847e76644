using System.Buffers.Binary;
using System.IO.Compression;
using SRKernels.Models.Storage;

namespace SRKernels.Models.Imaging.Png;

/// <summary>
/// Writes PNG row by row: no interlacing, the filter of each row chosen by the least sum of absolute differences (specification, 12.7), which
/// matters more for size than the compressor's effort does. Holds four rows, whatever the picture's height.
/// </summary>
internal sealed class PngEncoder(Stream stream, ImageWriteOptions options) : IImageWriter, IDisposable
{
    /// <summary>What the compressor and the chunk that fills hold, beside the rows.</summary>
    public const long WorkBytes = 512 << 10;

    /// <summary>Rows that are held at a time.</summary>
    public const int WorkRows = 4;

    private IdatWriter? _idat;
    private ZLibStream? _deflater;
    private int _bpp;

    // A pixel of zeros before each row is what the filters see to the left of it.
    private byte[] _row = [];
    private byte[] _above = [];
    private byte[] _best = [];
    private byte[] _candidate = [];

    public static void Encode(Image image, Stream stream, ImageWriteOptions options)
    {
        using var encoder = new PngEncoder(stream, options);
        encoder.Begin(ImageHeader.Of(image));
        for (int y = 0; y < image.Height; y++)
            if (image.BitDepth == 8)
                encoder.Write(image.Row8(y));
            else
                encoder.Write(image.Row16(y));
        encoder.End();
    }

    public void Begin(ImageHeader header)
    {
        _bpp = (int)header.Layout * header.BitDepth / 8;
        int rowBytes = checked(header.Width * _bpp);
        (_row, _above) = (new byte[_bpp + rowBytes], new byte[_bpp + rowBytes]);
        (_best, _candidate) = (new byte[1 + rowBytes], new byte[1 + rowBytes]);
        stream.Write(PngCodec.Signature);
        WriteHeader(header);
        if (options.Software is { } software)
            WriteChunk(stream, "tEXt"u8, PngText.OfSoftware(software));
        if (options.KeepMetadata)
            PngMetadataWriter.Write(stream, header, profileOnly: options.StripMetadata);
        _idat = new IdatWriter(stream);
        _deflater = new ZLibStream(_idat, Compression(options.PngEffort), leaveOpen: true);
    }

    public void Write(ReadOnlySpan<byte> samples)
    {
        samples.CopyTo(_row.AsSpan(_bpp));
        WriteRow();
    }

    public void Write(ReadOnlySpan<ushort> samples)
    {
        var to = _row.AsSpan(_bpp);
        for (int i = 0; i < samples.Length; i++)
            BinaryPrimitives.WriteUInt16BigEndian(to[(2 * i)..], samples[i]);
        WriteRow();
    }

    public void End()
    {
        _deflater!.Dispose();
        _idat!.Dispose();
        WriteChunk(stream, "IEND"u8, []);
    }

    /// <summary>Frees the compressor where an error left the picture unfinished.</summary>
    public void Dispose() => _deflater?.Dispose();

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

    private void WriteHeader(ImageHeader header)
    {
        Span<byte> data = stackalloc byte[PngHeader.LengthBytes];
        data.Clear();
        BinaryPrimitives.WriteInt32BigEndian(data, header.Width);
        BinaryPrimitives.WriteInt32BigEndian(data[4..], header.Height);
        data[8] = (byte)header.BitDepth;
        data[9] = (byte)(header.Layout switch
        {
            PixelLayout.Grey => PngColour.Grey,
            PixelLayout.GreyAlpha => PngColour.GreyAlpha,
            PixelLayout.Rgb => PngColour.Rgb,
            _ => PngColour.Rgba,
        });
        WriteChunk(stream, "IHDR"u8, data);
    }

    private static ZLibCompressionOptions Compression(PngEffort effort) => effort switch
    {
        PngEffort.Fast => new() { CompressionLevel = 1, CompressionStrategy = ZLibCompressionStrategy.RunLengthEncoding },
        PngEffort.Balanced => new() { CompressionLevel = 6 },
        _ => new() { CompressionLevel = 9 },
    };

    private void WriteRow()
    {
        long leastSum = long.MaxValue;
        for (int filter = 0; filter < PngFilters.Count; filter++)
        {
            _candidate[0] = (byte)filter;
            long sum = PngFilters.Apply(filter, _row, _above, _bpp, _candidate.AsSpan(1));
            if (sum >= leastSum)
                continue;
            leastSum = sum;
            (_best, _candidate) = (_candidate, _best);
        }

        _deflater!.Write(_best);
        (_row, _above) = (_above, _row);
    }

    /// <summary>Cuts what is written to it into IDAT chunks.</summary>
    private sealed class IdatWriter(Stream stream) : WriteOnlyStream
    {
        private readonly byte[] buffer = new byte[64 * 1024];
        private int length;

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

        // Called by the compressor's own flushes as well, which must not cut chunks.
        public override void Flush()
        {
        }

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
