using System.Text;
using SRKernels.Models.Storage;

namespace SRKernels.Models.Imaging.Png;

/// <summary>Walks the chunks of a PNG stream: a length, four letters, the data, a CRC over letters and data.</summary>
/// <param name="reader">At the first chunk.</param>
/// <param name="dropped">Takes a reason for each ancillary chunk whose CRC is wrong; null: such a chunk is an error, as a critical one always is.</param>
internal sealed class PngChunks(ImageReader reader, DroppedMetadata? dropped = null)
{
    private uint crc;

    /// <summary>The four letters of the current chunk.</summary>
    public string Type { get; private set; } = "signature";

    /// <summary>Bytes of the current chunk's data that were not read yet.</summary>
    public int Remaining { get; private set; }

    /// <summary>Whether a decoder that does not know the current chunk must give up (its first letter is a capital).</summary>
    public bool IsCritical => char.IsAsciiLetterUpper(Type[0]);

    /// <summary>Begins the next chunk; the one before must have been finished.</summary>
    public void Next()
    {
        // Until its own letters are known, messages name the chunk before.
        uint length = reader.ReadUInt32BigEndian(Type);
        Span<byte> type = stackalloc byte[4];
        reader.ReadExactly(type, Type);
        foreach (byte letter in type)
            if (!char.IsAsciiLetter((char)letter))
                throw reader.Damaged($"after {Type}", "a chunk type of four letters", $"0x{Convert.ToHexString(type)}");
        Type = type.SequenceEqual("IDAT"u8) ? "IDAT" : Encoding.ASCII.GetString(type);
        if (length > int.MaxValue)
            throw reader.Damaged(Type, "a chunk length below 2^31", $"{length}");
        Remaining = (int)length;
        crc = Crc32.Update(Crc32.Start, type);
    }

    /// <summary>Some of the current chunk's data; 0 only at its end.</summary>
    public int Read(Span<byte> destination)
    {
        int count = Math.Min(destination.Length, Remaining);
        reader.ReadExactly(destination[..count], Type);
        crc = Crc32.Update(crc, destination[..count]);
        Remaining -= count;
        return count;
    }

    /// <summary>Skips what is left of the chunk and checks its CRC; false where it is wrong and the chunk is to be dropped.</summary>
    public bool Finish()
    {
        Span<byte> discarded = stackalloc byte[1024];
        while (Remaining > 0)
            Read(discarded);
        uint stored = reader.ReadUInt32BigEndian(Type);
        if (stored == Crc32.Finish(crc))
            return true;
        if (dropped is null || IsCritical)
            throw reader.Damaged(Type, $"CRC {Crc32.Finish(crc):X8}", $"{stored:X8}");
        dropped.Add($"{Type}: its checksum is wrong");
        return false;
    }

    /// <summary>The whole data of a chunk whose length is bounded by the format; null where its CRC is wrong and it is to be dropped.</summary>
    public byte[]? ReadWhole(int minimum, int maximum)
    {
        if (Remaining < minimum || Remaining > maximum)
            throw reader.Damaged(Type, minimum == maximum ? $"{minimum} bytes" : $"{minimum} to {maximum} bytes", $"{Remaining}");
        byte[] data = new byte[Remaining];
        Read(data);
        return Finish() ? data : null;
    }

    /// <summary>
    /// The whole data of a chunk of metadata; null, and the chunk skipped with a reason, if it is longer than <paramref name="limit"/> or its
    /// CRC is wrong.
    /// </summary>
    public byte[]? ReadMetadata(int limit)
    {
        if (Remaining > limit)
        {
            if (Finish())
                dropped?.Add($"{Type}: longer than ImageLimits.MaxMetadataBytes");
            return null;
        }

        // Grows with what is there, not with what the length claims.
        using var data = new MemoryStream();
        Span<byte> part = stackalloc byte[4096];
        while (Remaining > 0)
            data.Write(part[..Read(part)]);
        return Finish() ? data.ToArray() : null;
    }
}

/// <summary>The data of consecutive IDAT chunks as one stream, and after their end bytes of 0xFF for ever. Read-only.</summary>
/// <remarks>
/// The framework's inflater takes a missing checksum, or a missing last part of the data, for the end of the stream. With these bytes it
/// goes on to a checksum of FFFFFFFF, which no Adler-32 can be (both halves are below 65521), or to more pixels than declared.
/// </remarks>
internal sealed class IdatStream(PngChunks chunks) : ForwardStream
{
    private bool ended;

    public override int Read(Span<byte> buffer)
    {
        if (!Advance())
        {
            buffer.Fill(0xFF);
            return buffer.Length;
        }

        return chunks.Read(buffer);
    }

    /// <summary>Leaves the walk at the first chunk that is not IDAT; bytes after the compressed data are checked by CRC alone.</summary>
    public void Drain()
    {
        Span<byte> discarded = stackalloc byte[1024];
        while (Advance())
            chunks.Read(discarded);
    }

    // To the next byte of an IDAT chunk, if there is one.
    private bool Advance()
    {
        while (!ended && chunks.Remaining == 0)
        {
            chunks.Finish();
            chunks.Next();
            ended = chunks.Type is not "IDAT";
        }

        return !ended;
    }
}
