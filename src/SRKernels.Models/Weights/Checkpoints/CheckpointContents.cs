namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>What a container of <c>torch.save</c> holds.</summary>
/// <param name="Format">The container, in words.</param>
/// <param name="Root">The object that was saved.</param>
/// <param name="Storages">The tensors' bytes by their keys.</param>
internal sealed record CheckpointContents(string Format, object? Root, IReadOnlyDictionary<string, StoredBytes> Storages)
{
    /// <summary>The meaning of a pickle's reference to something beside it: a storage, or else an opaque object.</summary>
    public static object? Reference(object? id)
    {
        if (id is not object?[] parts || parts is not [string kind, ..]) return new OpaqueObject("a reference of an unknown kind");
        return (kind, parts) switch
        {
            // The source text of a class, which old files carry: the class.
            ("module", [_, var module, ..]) => module,
            ("storage", [_, StorageClass storage, string key, _, long count, object?[] and [_, long first, long viewed], ..])
                when count >= 0 && viewed >= 0 && first >= 0 && first <= count - viewed =>
                new StorageReference(key, storage.Type, viewed, first),
            ("storage", [_, StorageClass storage, string key, _, long count, ..]) when count >= 0 => new StorageReference(key, storage.Type, count),
            ("storage", [_, OpaqueObject opaque, ..]) => opaque,
            _ => new OpaqueObject("a storage of unknown arguments"),
        };
    }
}
