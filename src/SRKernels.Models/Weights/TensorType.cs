namespace SRKernels.Models.Weights;

/// <summary>Element types of weights files, by the names that safetensors uses.</summary>
public enum TensorType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>The upper half of an fp32.</summary>
    BF16,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>IEEE single precision.</summary>
    F32,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>IEEE double precision.</summary>
    F64,
}

/// <summary>Names and sizes of <see cref="TensorType"/>.</summary>
internal static class TensorTypes
{
    private static readonly string[] Names = ["BOOL", "U8", "I8", "U16", "I16", "F16", "BF16", "U32", "I32", "F32", "U64", "I64", "F64"];

    public static string AllNames => string.Join(", ", Names);

    public static string Name(this TensorType type) => Names[(int)type];

    public static bool TryParse(string? name, out TensorType type)
    {
        var index = Array.IndexOf(Names, name);
        type = (TensorType)Math.Max(index, 0);
        return index >= 0;
    }

    public static int SizeBytes(this TensorType type) => type switch
    {
        TensorType.Bool or TensorType.U8 or TensorType.I8 => 1,
        TensorType.U16 or TensorType.I16 or TensorType.F16 or TensorType.BF16 => 2,
        TensorType.U32 or TensorType.I32 or TensorType.F32 => 4,
        _ => 8,
    };

    public static bool IsFloat(this TensorType type) => type is TensorType.F16 or TensorType.BF16 or TensorType.F32 or TensorType.F64;
}
