using System.Buffers.Binary;
using System.Text;
using SRKernels.Models.Weights;

namespace SRKernels.Tests.Models.Weights;

/// <summary>Safetensors files made by hand, valid and not, and a folder to put them in.</summary>
internal sealed class SafetensorsBytes : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("srk-safetensors-").FullName;

    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>A file of a header and so many data bytes 0, 1, 2, ...</summary>
    public static byte[] Make(string header, int dataBytes) => Make(Encoding.UTF8.GetBytes(header), dataBytes);

    public static byte[] Make(byte[] header, int dataBytes)
    {
        var file = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        for (var i = 0; i < dataBytes; i++) file[8 + header.Length + i] = (byte)i;
        return file;
    }

    public SafetensorsFile Open(byte[] bytes)
    {
        var path = PathOf($"{Guid.NewGuid():n}.safetensors");
        File.WriteAllBytes(path, bytes);
        return SafetensorsFile.Open(path);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
