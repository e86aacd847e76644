using SRKernels.Models.Weights;
using SRKernels.Models.Weights.Checkpoints;

namespace SRKernels.Tests.Models.Weights.Checkpoints;

/// <summary>A folder for files made by hand.</summary>
internal sealed class CheckpointFolder : IDisposable
{
    private int _next;

    public string Folder { get; } = Directory.CreateTempSubdirectory("srk-checkpoints-").FullName;

    public string PathOf(string name) => Path.Combine(Folder, name);

    public CheckpointFile Open(byte[] bytes)
    {
        var path = PathOf($"{_next++}.pth");
        File.WriteAllBytes(path, bytes);
        return CheckpointFile.Open(path);
    }

    /// <summary>A zip file of this pickle and one storage '0' of bytes 0, 1, 2, ...</summary>
    public CheckpointFile OpenPickle(byte[] pickle, int storageBytes = 16) => Open(TorchFile.Zip(pickle, [("0", Counting(storageBytes))]));

    public static byte[] Counting(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)i)];

    /// <summary>All bytes of a tensor.</summary>
    public static byte[] Bytes(WeightFile file, string name)
    {
        using var bytes = new MemoryStream();
        file.ReadChunks(file.Tensors[name], part => bytes.Write(part.Span));
        return bytes.ToArray();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
