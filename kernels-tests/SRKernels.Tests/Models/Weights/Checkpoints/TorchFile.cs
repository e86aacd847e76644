using System.Buffers.Binary;
using SRKernels.Models.Weights;

namespace SRKernels.Tests.Models.Weights.Checkpoints;

/// <summary>Files laid out as <c>torch.save</c> lays them out, in both containers, where there is no torch to write them.</summary>
internal static class TorchFile
{
    private static readonly Dictionary<TensorType, string> s_storages = new()
    {
        [TensorType.F64] = "Double", [TensorType.F32] = "Float", [TensorType.F16] = "Half", [TensorType.BF16] = "BFloat16", [TensorType.I64] = "Long",
        [TensorType.I32] = "Int", [TensorType.I16] = "Short", [TensorType.I8] = "Char", [TensorType.U8] = "Byte", [TensorType.Bool] = "Bool",
    };

    /// <summary>The zip container, members as torch writes them: aligned, sizes behind the data, 64-bit end.</summary>
    public static byte[] Zip(IReadOnlyDictionary<string, TensorContent> tensors, params string[] wrappers) =>
        Zip(Pickle(tensors, wrappers), tensors.Values.Select((tensor, i) => ($"{i}", tensor.Bytes.ToArray())));

    public static byte[] Zip(byte[] pickle, IEnumerable<(string Key, byte[] Bytes)> storages) => ZipBytes.Make(
        [Item("data.pkl", pickle), .. storages.Select(storage => Item($"data/{storage.Key}", storage.Bytes)), Item("version", "3\n"u8.ToArray())], wide: true);

    /// <summary>The container of before 1.6.</summary>
    public static byte[] Legacy(IReadOnlyDictionary<string, TensorContent> tensors, params string[] wrappers) =>
        Legacy(Pickle(tensors, wrappers), tensors.Values.Select((tensor, i) => ($"{i}", tensor.Bytes.Length / tensor.Type.SizeBytes(), tensor.Bytes.ToArray())));

    public static byte[] Legacy(byte[] pickle, IEnumerable<(string Key, int Count, byte[] Bytes)> storages, int protocol = 1001, bool littleEndian = true)
    {
        var file = new MemoryStream();
        file.Write(new PickleBytes().Op(0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, PickleBytes.Stop).ToArray());
        file.Write(new PickleBytes().Int(protocol).Op(PickleBytes.Stop).ToArray());
        file.Write(PickleBytes.Dictionary("little_endian", value => value.Op((byte)(littleEndian ? 0x88 : 0x89))));
        file.Write(pickle);
        var keys = new PickleBytes().Op(PickleBytes.EmptyList);
        foreach (var (key, _, _) in storages) keys.Text(key).Op(PickleBytes.Append);
        file.Write(keys.Op(PickleBytes.Stop).ToArray());
        Span<byte> count = stackalloc byte[8];
        foreach (var storage in storages)
        {
            BinaryPrimitives.WriteInt64LittleEndian(count, storage.Count);
            file.Write(count);
            file.Write(storage.Bytes);
        }

        return file.ToArray();
    }

    /// <summary>An ordered dictionary of the tensors with its <c>_metadata</c>, wrapped in dictionaries of these keys.</summary>
    public static byte[] Pickle(IReadOnlyDictionary<string, TensorContent> tensors, params string[] wrappers)
    {
        var pickle = new PickleBytes();
        foreach (var wrapper in wrappers) pickle.Op(PickleBytes.EmptyDict).Text(wrapper);
        pickle.Global("collections", "OrderedDict").Op(PickleBytes.EmptyTuple, PickleBytes.Reduce, PickleBytes.Mark);
        var key = 0;
        foreach (var (name, tensor) in tensors)
            pickle.Text(name).Tensor(s_storages[tensor.Type], $"{key++}", tensor.Bytes.Length / tensor.Type.SizeBytes(), [.. tensor.Shape], Strides(tensor.Shape));
        pickle.Op(PickleBytes.SetItems, PickleBytes.EmptyDict).Text("_metadata").Op(PickleBytes.EmptyDict, PickleBytes.SetItem, PickleBytes.Build);
        foreach (var _ in wrappers) pickle.Op(PickleBytes.SetItem);
        return pickle.Op(PickleBytes.Stop).ToArray();
    }

    public static ZipItem Item(string name, byte[] data) => new($"archive/{name}", data) { Descriptor = 4, Padding = 6 };

    private static long[] Strides(IReadOnlyList<long> shape)
    {
        var strides = new long[shape.Count];
        var next = 1L;
        for (var i = shape.Count - 1; i >= 0; i--)
        {
            strides[i] = next;
            next *= shape[i];
        }

        return strides;
    }
}
