using System.Buffers.Binary;
using System.Text;
using SRKernels.Runtime;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>The bytes of one pickle or of several in a row: counted, so that neither a length nor a text without an end takes memory.</summary>
internal sealed class PickleInput(string who, Stream stream)
{
    public const int MostBytes = 1 << 26;
    private const int MostLineBytes = 1 << 20, WindowBytes = 1 << 14;
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly byte[] _window = new byte[WindowBytes];
    private int _at, _end;

    /// <summary>Where the next byte lies in the stream, which is read from its start: so many bytes were read.</summary>
    public long Position => stream.Position - (_end - _at);

    public byte Byte()
    {
        if (_at == _end && !Refill()) throw Ends();
        CheckMost(1);
        return _window[_at++];
    }

    public ushort UInt16()
    {
        Span<byte> bytes = stackalloc byte[2];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public int Int32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Fill(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public long Int64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    public double BigEndianDouble()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadDoubleBigEndian(bytes);
    }

    public byte[] Bytes(long count)
    {
        if (count < 0 || count > stream.Length - Position) throw Ends();
        CheckMost(count);
        var bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }

    public string Text(long count)
    {
        try
        {
            return s_strict.GetString(Bytes(count));
        }
        catch (ArgumentException e)
        {
            throw new SrkException(who, "texts in UTF-8", "other bytes", "the file is damaged: get it again", e);
        }
    }

    /// <summary>Bytes up to the end of the line, which is passed over, as Latin-1.</summary>
    public string Line()
    {
        var line = new StringBuilder();
        for (var letter = Byte(); letter != '\n'; letter = Byte())
        {
            if (line.Length == MostLineBytes) throw new SrkException(
                who, $"lines of at most {MostLineBytes} bytes in its pickle", "a longer one", "the file is damaged: get it again");
            line.Append((char)letter);
        }

        return line.ToString();
    }

    private void Fill(Span<byte> bytes)
    {
        CheckMost(bytes.Length);
        while (bytes.Length > 0)
        {
            if (_at == _end && !Refill()) throw Ends();
            var part = Math.Min(bytes.Length, _end - _at);
            _window.AsSpan(_at, part).CopyTo(bytes);
            _at += part;
            bytes = bytes[part..];
        }
    }

    private bool Refill()
    {
        _at = 0;
        _end = stream.Read(_window);
        return _end > 0;
    }

    private void CheckMost(long more)
    {
        if (Position + more > MostBytes)
            throw new SrkException(who, $"at most {MostBytes >> 20} MiB of pickles", "more", "save the tensors alone, as a dictionary by name");
    }

    private SrkException Ends() => new(who, "a pickle with an end", "the file's end", FileContent.Incomplete);
}
