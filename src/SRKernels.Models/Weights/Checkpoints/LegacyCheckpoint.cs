using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Microsoft.Win32.SafeHandles;
using SRKernels.Runtime;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>
/// The container before torch 1.6: five pickles in a row (a magic number, the protocol, sizes and byte order, the object, the storages' keys), then
/// each storage as its count and its elements. It has no sums: a byte that changed in a tensor cannot be seen.
/// </summary>
internal static class LegacyCheckpoint
{
    private const long Protocol = 1001;
    private const string Remedy = "the file is damaged or was not written by torch.save: get it again";
    private static readonly BigInteger s_magic = BigInteger.Parse("1950A86A20F9469CFC6C", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public static CheckpointContents Read(string who, SafeFileHandle handle)
    {
        var length = RandomAccess.GetLength(handle);
        using var file = new FileSlice(handle, 0, length);
        var types = new Dictionary<string, (int ElementBytes, long Count)>(StringComparer.Ordinal);
        var input = new PickleInput(who, file);
        var reader = new PickleReader(who, input, id => Noted(who, id, types));
        if (reader.Read() is not BigInteger magic || magic != s_magic)
            throw new SrkException(
                who, "a checkpoint that torch.save wrote", "another pickle", "load it where it was made and save its tensors with torch.save");
        if (reader.Read() is var protocol and not Protocol) throw new SrkException(
            who, $"protocol {Protocol}", protocol is long other ? $"{other}" : "something else", Remedy);
        if (reader.Read() is not PickleDictionary sizes || sizes.Items.GetValueOrDefault("little_endian") is not true)
            throw new SrkException(who, "numbers in little-endian order", "another", "save it again on a machine of that order");
        var root = reader.Read();
        if (reader.Read() is not PickleList keys) throw new SrkException(who, "a list of its storages", "something else", Remedy);
        return new CheckpointContents("torch checkpoint of the old kind", root, Storages(who, handle, keys, types, input.Position, length));
    }

    private static Dictionary<string, StoredBytes> Storages(
        string who, SafeFileHandle handle, PickleList keys, Dictionary<string, (int ElementBytes, long Count)> types, long at, long end)
    {
        var storages = new Dictionary<string, StoredBytes>(StringComparer.Ordinal);
        Span<byte> prefix = stackalloc byte[8];
        foreach (var item in keys.Items)
        {
            if (item is not string key || !types.TryGetValue(key, out var type)) throw new SrkException(
                who, "storages that its tensors name", "another", Remedy);
            if (end - at < prefix.Length || RandomAccess.Read(handle, prefix, at) != prefix.Length)
                throw new SrkException(who, $"{keys.Items.Count} storages", $"the file's end after {storages.Count}", FileContent.Incomplete);
            var count = BinaryPrimitives.ReadInt64LittleEndian(prefix);
            at += prefix.Length;
            if (count != type.Count) throw new SrkException(who, $"{type.Count} elements in storage '{ShownName.Of(key)}'", $"{count}", Remedy);
            if (count > (end - at) / type.ElementBytes)
                throw new SrkException(
                    who, $"{count} elements of {type.ElementBytes} bytes in storage '{ShownName.Of(key)}'", $"{end - at} bytes up to the file's end",
                    FileContent.Incomplete);
            if (!storages.TryAdd(key, new StoredBytes(who, handle, at, count * type.ElementBytes, crc: null))) throw new SrkException(
                who, "each storage once", $"'{ShownName.Of(key)}' twice", Remedy);
            at += count * type.ElementBytes;
        }

        return at == end ? storages : throw new SrkException(who, $"a file of {at} bytes", $"{end}", Remedy);
    }

    // A view states how large the whole storage is that it is of.
    private static object? Noted(string who, object? id, Dictionary<string, (int ElementBytes, long Count)> types)
    {
        var reference = CheckpointContents.Reference(id);
        if (reference is not StorageReference storage || id is not object?[] parts || parts is not [_, _, _, _, long count, ..]) return reference;
        var noted = (storage.Type?.SizeBytes() ?? 1, count);
        return types.TryAdd(storage.Key, noted) || types[storage.Key] == noted
            ? reference
            : throw new SrkException(who, $"storage '{ShownName.Of(storage.Key)}' to be of one type and size", "two", Remedy);
    }
}
