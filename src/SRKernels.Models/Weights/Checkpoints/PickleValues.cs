namespace SRKernels.Models.Weights.Checkpoints;

// What a pickle's values become. None is null; True, integers, floats, texts and byte strings are the boxed bool, long (or BigInteger), double, string
// and byte[]; tuples are object?[].

/// <summary>A Python list or set: its items in order.</summary>
internal sealed class PickleList
{
    private List<object?>? _items;

    public IReadOnlyList<object?> Items => _items ?? (IReadOnlyList<object?>)[];

    public void Add(object? item) => (_items ??= []).Add(item);
}

/// <summary>A Python dictionary: pairs in the order of their setting. Only texts are looked up, so keys of other kinds are never compared.</summary>
internal sealed class PickleDictionary
{
    private Dictionary<string, object?>? _byName;

    /// <summary>The names in order; a later value replaces an earlier one in its place.</summary>
    public IReadOnlyDictionary<string, object?> Items => _byName ?? (IReadOnlyDictionary<string, object?>)EmptyDictionary;

    private static Dictionary<string, object?> EmptyDictionary { get; } = [];

    public void Set(object? key, object? value)
    {
        if (key is string name) (_byName ??= new Dictionary<string, object?>(StringComparer.Ordinal))[name] = value;
    }
}

/// <summary>An object that is not made, because its class or function is none of ours. It takes no part in anything.</summary>
/// <param name="Global">Module and name of what would have made it.</param>
internal sealed record OpaqueObject(string Global);

/// <summary>A class or function that has a meaning of ours.</summary>
internal enum KnownGlobal
{
    /// <summary><c>collections.OrderedDict</c> and its kin.</summary>
    Dictionary,

    /// <summary><c>collections.defaultdict</c>: what it would make of a missing key is never asked.</summary>
    DefaultDictionary,

    /// <summary><c>torch.Size</c>.</summary>
    Tuple,

    /// <summary><c>torch._utils._rebuild_tensor_v2</c> and the one before.</summary>
    RebuildTensor,

    /// <summary><c>torch._utils._rebuild_tensor_v3</c>: of an untyped storage and a type.</summary>
    RebuildTypedTensor,

    /// <summary><c>torch._utils._rebuild_parameter</c>: the tensor itself.</summary>
    RebuildParameter,

    /// <summary><c>torch._tensor._rebuild_from_type_v2</c>: a tensor with attributes.</summary>
    RebuildFromType,

    /// <summary><c>torch.Tensor</c> and <c>torch.nn.parameter.Parameter</c>, as a type.</summary>
    TensorClass,

    /// <summary><c>numpy.dtype</c>.</summary>
    NumpyType,

    /// <summary><c>numpy.core.multiarray.scalar</c>.</summary>
    NumpyScalar,

    /// <summary><c>_codecs.encode</c>, which protocol 2 writes byte strings with.</summary>
    Encode,
}

/// <summary>A class of torch storages; <see cref="Type"/> is null for the untyped one.</summary>
internal sealed record StorageClass(TensorType? Type);

/// <summary>An element type of torch as a value.</summary>
internal sealed record ElementType(TensorType Type);

/// <summary>An element type of numpy, as the letters that name it (<c>f8</c>).</summary>
internal sealed record NumpyType(string Code);

/// <summary>A storage that the file keeps beside its pickle.</summary>
/// <param name="Key">Its name there.</param>
/// <param name="Type">Its elements; null where it is bytes.</param>
/// <param name="Count">How many elements it has.</param>
/// <param name="First">Which of the storage's elements is its first: only very old files have views of storages.</param>
internal sealed record StorageReference(string Key, TensorType? Type, long Count, long First = 0);

/// <summary>A tensor: a storage and how it lies in it. Nothing of it is checked yet.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Type">The elements.</param>
/// <param name="Offset">The element it starts at.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="Strides">By how many elements the next one along each extent is further.</param>
internal sealed record PickledTensor(StorageReference Storage, TensorType Type, long Offset, long[] Shape, long[] Strides);
