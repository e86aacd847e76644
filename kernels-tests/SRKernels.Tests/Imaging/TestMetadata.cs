using System.Buffers.Binary;
using System.Text;

namespace SRKernels.Tests.Imaging;

/// <summary>Profiles, EXIF blocks and pipes for the image tests.</summary>
internal static class TestMetadata
{
    /// <summary>The header of an ICC profile and a little body; <paramref name="space"/> is its four letters.</summary>
    public static byte[] Profile(string space, int length = 200)
    {
        byte[] profile = new byte[length];
        BinaryPrimitives.WriteInt32BigEndian(profile, length);
        Encoding.ASCII.GetBytes(space, profile.AsSpan(16));
        Encoding.ASCII.GetBytes("acsp", profile.AsSpan(36));
        for (int i = 128; i < length; i++)
            profile[i] = (byte)i;
        return profile;
    }

    /// <summary>TIFF: IFD0 with Make-like padding entry and Orientation; with <paramref name="thumbnail"/>, IFD1 and those bytes last.</summary>
    public static byte[] Exif(int orientation, bool bigEndian = false, byte[]? thumbnail = null)
    {
        using var stream = new MemoryStream();
        void U16(int v) => stream.Write(bigEndian ? [(byte)(v >> 8), (byte)v] : [(byte)v, (byte)(v >> 8)]);
        void U32(int v)
        {
            U16(bigEndian ? v >> 16 : v & 0xFFFF);
            U16(bigEndian ? v & 0xFFFF : v >> 16);
        }

        void Entry(int tag, int type, int value)
        {
            U16(tag);
            U16(type);
            U32(1);
            if (type == 3)
            {
                U16(value);
                U16(0);
            }
            else
            {
                U32(value);
            }
        }

        stream.Write(bigEndian ? "MM\0*"u8 : "II*\0"u8);
        U32(8);
        U16(2);
        Entry(0x0100, 4, 640);
        Entry(0x0112, 3, orientation);
        const int SecondDirectory = 8 + 2 + 2 * 12 + 4;
        U32(thumbnail is null ? 0 : SecondDirectory);
        if (thumbnail is not null)
        {
            U16(2);
            Entry(0x0201, 4, SecondDirectory + 2 + 2 * 12 + 4);
            Entry(0x0202, 4, thumbnail.Length);
            U32(0);
            stream.Write(thumbnail);
        }

        return stream.ToArray();
    }

    /// <summary>A stream that cannot seek and gives few bytes at a time.</summary>
    internal sealed class Pipe(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        // MemoryStream's span version comes here in derived types.
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 7));
    }
}
