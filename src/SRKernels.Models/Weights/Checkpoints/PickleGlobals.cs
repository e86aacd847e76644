using System.Buffers.Binary;
using System.Text;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>
/// What the classes and functions mean that a checkpoint of tensors names. The list is closed; nothing is imported, and what is called are the few
/// lines below, on values.
/// </summary>
internal static class PickleGlobals
{
    private static readonly Dictionary<string, object> s_known = Known();
    private static readonly OpaqueObject s_turned = new("torch._utils._rebuild_tensor_v2 of values that are negated or conjugated");

    private const int MostCodeLetters = 16;

    /// <summary>The meaning of a global, or an opaque object that names it.</summary>
    public static object Find(string module, string name, PickleBudget budget)
    {
        budget.ChargeName(module, name);
        var global = $"{module}.{name}";
        return s_known.TryGetValue(global, out var meaning) ? meaning : new OpaqueObject(global);
    }

    /// <summary>What calling it gives: a value of ours, or an opaque object where it, or what it depends on, is none of ours.</summary>
    /// <param name="function">From <see cref="Find"/>.</param>
    /// <param name="arguments">A call's arguments; null where the pickle has something else in their place.</param>
    /// <param name="budget">What the call makes and walks is taken off it.</param>
    public static object? Call(object? function, object?[]? arguments, PickleBudget budget) => (function, arguments) switch
    {
        (OpaqueObject opaque, _) => opaque,
        (KnownGlobal.Dictionary, []) or (KnownGlobal.DefaultDictionary, [] or [_]) => new PickleDictionary(),
        (KnownGlobal.Dictionary, [PickleList pairs]) => Dictionary(pairs, budget),
        (KnownGlobal.Tuple, [object?[] items]) => items,
        // Values that are read turned: a bit beside the bytes says so.
        (KnownGlobal.RebuildTensor, [_, _, _, _, _, _, var turned, ..]) when IsTurned(turned) => s_turned,
        (KnownGlobal.RebuildTypedTensor, [_, _, _, _, _, _, _, var turned, ..]) when IsTurned(turned) => s_turned,
        (KnownGlobal.RebuildTensor, [var storage, var offset, var shape, var strides, ..]) => Tensor(storage, null, offset, shape, strides, budget),
        (KnownGlobal.RebuildTypedTensor, [var storage, var offset, var shape, var strides, _, _, ElementType type, ..]) =>
            Tensor(storage, type.Type, offset, shape, strides, budget),
        (KnownGlobal.RebuildParameter, [PickledTensor or OpaqueObject, ..]) => arguments![0],
        (KnownGlobal.RebuildFromType, [var inner, _, object?[] innerArguments, ..]) when inner is not KnownGlobal.RebuildFromType => Call(inner, innerArguments, budget),
        (KnownGlobal.NumpyType, [string { Length: <= MostCodeLetters } code, ..]) => new NumpyType(code),
        (KnownGlobal.NumpyScalar, [NumpyType type, byte[] bytes]) => Scalar(type.Code, bytes),
        (KnownGlobal.Encode, [string text, string or null]) => Encoded(text, budget),
        (KnownGlobal.Encode, [string text]) => Encoded(text, budget),
        _ => new OpaqueObject($"{Name(function)} of unknown arguments"),
    };

    /// <summary>An object after Python would have given it its state. Ours have none that matters; others stay what they are.</summary>
    public static object? Built(object? value, object? state) => (value, state) switch
    {
        // Big-endian numbers are not read.
        (NumpyType type, object?[] and [_, ">", ..]) => new OpaqueObject($"numpy.dtype of big-endian {type.Code}"),
        _ => value,
    };

    private static bool IsTurned(object? metadata) => metadata is not (null or PickleDictionary { Items.Count: 0 })
        && (metadata is not PickleDictionary dictionary || dictionary.Items.Values.Any(value => value is not false));

    private static byte[] Encoded(string text, PickleBudget budget)
    {
        budget.Charge(text.Length);
        return Encoding.Latin1.GetBytes(text);
    }

    private static object Tensor(object? storage, TensorType? given, object? offset, object? shape, object? strides, PickleBudget budget)
    {
        budget.Charge(PickleBudget.ObjectBytes);
        if (storage is OpaqueObject) return storage;
        if (storage is not StorageReference reference || offset is not long first || Extents(shape, budget) is not { } extents
            || Extents(strides, budget) is not { } steps)
            return new OpaqueObject("torch._utils._rebuild_tensor of unknown arguments");
        var type = given ?? reference.Type;
        return type is { } element ? new PickledTensor(reference, element, first, extents, steps) : new OpaqueObject("a tensor of bytes without a type");
    }

    private static long[]? Extents(object? value, PickleBudget budget)
    {
        if (value is not object?[] { Length: <= TensorLayout.MostExtents } items) return null;
        budget.Charge(items.Length * sizeof(long));
        var extents = new long[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i] is not long extent) return null;
            extents[i] = extent;
        }

        return extents;
    }

    private static PickleDictionary Dictionary(PickleList pairs, PickleBudget budget)
    {
        budget.Charge((long)pairs.Items.Count * PickleBudget.PairBytes);
        var dictionary = new PickleDictionary();
        foreach (var pair in pairs.Items)
        {
            if (pair is object?[] and [var key, var value]) dictionary.Set(key, value);
            else if (pair is PickleList { Items: [var listedKey, var listedValue] }) dictionary.Set(listedKey, listedValue);
        }

        return dictionary;
    }

    // Settings and scores that lie beside the weights.
    private static object Scalar(string code, byte[] bytes) => (code, bytes.Length) switch
    {
        ("f8", 8) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        ("f4", 4) => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes),
        ("f2", 2) => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        ("i8", 8) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        ("i4", 4) => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
        ("i2", 2) => (long)BinaryPrimitives.ReadInt16LittleEndian(bytes),
        ("u4", 4) => (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        ("u1" or "i1", 1) => (long)bytes[0],
        ("b1", 1) => bytes[0] != 0,
        _ => new OpaqueObject($"a numpy scalar of type {code}"),
    };

    private static string Name(object? function) => function is KnownGlobal known ? $"{known}" : "a value that is no function";

    private static Dictionary<string, object> Known()
    {
        var known = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["collections.OrderedDict"] = KnownGlobal.Dictionary,
            ["collections.defaultdict"] = KnownGlobal.DefaultDictionary,
            ["torch.Size"] = KnownGlobal.Tuple,
            ["torch._utils._rebuild_tensor"] = KnownGlobal.RebuildTensor,
            ["torch._utils._rebuild_tensor_v2"] = KnownGlobal.RebuildTensor,
            ["torch._utils._rebuild_tensor_v3"] = KnownGlobal.RebuildTypedTensor,
            ["torch._utils._rebuild_parameter"] = KnownGlobal.RebuildParameter,
            ["torch._utils._rebuild_parameter_with_state"] = KnownGlobal.RebuildParameter,
            ["torch._tensor._rebuild_from_type_v2"] = KnownGlobal.RebuildFromType,
            ["torch.Tensor"] = KnownGlobal.TensorClass,
            ["torch.nn.parameter.Parameter"] = KnownGlobal.TensorClass,
            ["numpy.dtype"] = KnownGlobal.NumpyType,
            ["numpy.core.multiarray.scalar"] = KnownGlobal.NumpyScalar,
            ["numpy._core.multiarray.scalar"] = KnownGlobal.NumpyScalar,
            ["_codecs.encode"] = KnownGlobal.Encode,
            ["torch.storage.UntypedStorage"] = new StorageClass(null),
            ["torch.UntypedStorage"] = new StorageClass(null),
        };
        (string Storage, string Type, TensorType Meaning)[] types =
        [
            ("Float", "float32", TensorType.F32), ("Double", "float64", TensorType.F64), ("Half", "float16", TensorType.F16), ("BFloat16", "bfloat16", TensorType.BF16),
            ("Long", "int64", TensorType.I64), ("Int", "int32", TensorType.I32), ("Short", "int16", TensorType.I16), ("Char", "int8", TensorType.I8),
            ("Byte", "uint8", TensorType.U8), ("Bool", "bool", TensorType.Bool),
        ];
        foreach (var (storage, type, meaning) in types)
        {
            known[$"torch.{storage}Storage"] = known[$"torch.cuda.{storage}Storage"] = new StorageClass(meaning);
            known[$"torch.{type}"] = new ElementType(meaning);
        }

        known["torch.uint16"] = new ElementType(TensorType.U16);
        known["torch.uint32"] = new ElementType(TensorType.U32);
        known["torch.uint64"] = new ElementType(TensorType.U64);
        return known;
    }
}
