using System.Buffers.Binary;

namespace SRKernels.Models.Imaging;

/// <summary>Buffered reading for decoders: the end of the stream in the middle of a part is an error that names the part.</summary>
internal sealed class ImageReader(Stream stream, string who)
{
    private readonly byte[] buffer = new byte[16 * 1024];
    private int position;
    private int length;
    private bool ended;

    /// <summary>File and format, the first part of every message.</summary>
    public string Who => who;

    /// <summary>An upper bound of the bytes still to come; null where the stream cannot tell.</summary>
    public long? RemainingBytes => stream.CanSeek ? Math.Max(0, stream.Length - stream.Position) + (length - position) : null;

    /// <summary>Whether there are bytes that need not be waited for.</summary>
    public bool HasBuffered => position < length;

    /// <summary>The next byte, or -1 at the end.</summary>
    public int TryReadByte() => position < length || Fill() ? buffer[position++] : -1;

    /// <summary>The next byte without taking it, or -1 at the end.</summary>
    public int PeekByte() => position < length || Fill() ? buffer[position] : -1;

    public byte ReadByte(string part) => position < length || Fill() ? buffer[position++] : throw Truncated(part);

    public void ReadExactly(Span<byte> destination, string part)
    {
        if (TryRead(destination) < destination.Length)
            throw Truncated(part);
    }

    /// <summary>As many bytes as there are, up to the length of <paramref name="destination"/>.</summary>
    public int TryRead(Span<byte> destination)
    {
        int done = 0;
        while (done < destination.Length && (position < length || Fill()))
        {
            int count = Math.Min(destination.Length - done, length - position);
            buffer.AsSpan(position, count).CopyTo(destination[done..]);
            position += count;
            done += count;
        }

        return done;
    }

    public void Skip(long count, string part)
    {
        while (count > 0)
        {
            if (position == length && !Fill())
                throw Truncated(part);
            int step = (int)Math.Min(count, length - position);
            position += step;
            count -= step;
        }
    }

    public ushort ReadUInt16BigEndian(string part)
    {
        Span<byte> bytes = stackalloc byte[2];
        ReadExactly(bytes, part);
        return BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }

    public uint ReadUInt32BigEndian(string part)
    {
        Span<byte> bytes = stackalloc byte[4];
        ReadExactly(bytes, part);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    public ImageException Truncated(string part) => new($"{who} {part}", "more bytes", "the end of the file",
        "the file is truncated: get it again");

    public ImageException Damaged(string part, string expected, string got) => new($"{who} {part}", expected, got,
        "the file is damaged: get it again or re-save it with another program");

    public ImageException Unsupported(string part, string expected, string got) => new($"{who} {part}", expected, got,
        "re-save it with another program");

    private bool Fill()
    {
        if (ended)
            return false;
        position = 0;
        try
        {
            length = stream.Read(buffer);
        }
        catch (IOException e)
        {
            throw new ImageException(who, "a readable file", e.Message, "check the disk or the network", e);
        }

        ended = length == 0;
        return !ended;
    }
}
