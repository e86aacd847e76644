namespace SRKernels.Compiler.IR;

/// <summary>The scalar kinds of the IR. Integers carry no sign: the sign is in the operation.</summary>
internal enum Kind : byte
{
    /// <summary>No value (stores, barriers, terminators).</summary>
    Void,

    /// <summary>A truth value: result of comparisons. Never in memory.</summary>
    I1,

    /// <summary>Storage type: loaded, stored, extended, truncated to, merged by phi and select; no
    /// arithmetic.</summary>
    I8,

    /// <summary>Storage type, as <see cref="I8"/>.</summary>
    I16,

    /// <summary>32-bit integer.</summary>
    I32,

    /// <summary>64-bit integer.</summary>
    I64,

    /// <summary>IEEE binary16. Storage type: arithmetic is done in f32 between <c>fpext</c> and
    /// <c>fptrunc</c>.</summary>
    F16,

    /// <summary>bfloat16. Storage type, as <see cref="F16"/>.</summary>
    BF16,

    /// <summary>IEEE binary32.</summary>
    F32,

    /// <summary>IEEE binary64.</summary>
    F64,

    /// <summary>An address in one space; 64 bits, untyped: loads and stores say what lies there.</summary>
    Ptr,
}

/// <summary>Where a pointer points. There are no generic pointers: a phi or select never mixes spaces.</summary>
internal enum Space : byte
{
    /// <summary>Not a pointer.</summary>
    None,

    /// <summary>Device memory, seen by all groups.</summary>
    Global,

    /// <summary>Memory of one group.</summary>
    Shared,

    /// <summary>Memory of one thread.</summary>
    Local,
}

/// <summary>
/// A type: a scalar kind, a pointer with its space, or 2, 4 or 8 lanes of a scalar of at most 16 bytes.
/// Lanes exist only as the result of <c>load</c>, <c>ldmatrix</c> and <c>mma</c>, and are only ever read by
/// <c>extract</c>.
/// </summary>
internal readonly record struct IrType(Kind Kind, Space Space = Space.None, byte Lanes = 1)
{
    internal static readonly IrType Void = new(Kind.Void);
    internal static readonly IrType I1 = new(Kind.I1);
    internal static readonly IrType I8 = new(Kind.I8);
    internal static readonly IrType I16 = new(Kind.I16);
    internal static readonly IrType I32 = new(Kind.I32);
    internal static readonly IrType I64 = new(Kind.I64);
    internal static readonly IrType F16 = new(Kind.F16);
    internal static readonly IrType BF16 = new(Kind.BF16);
    internal static readonly IrType F32 = new(Kind.F32);
    internal static readonly IrType F64 = new(Kind.F64);
    internal static readonly IrType Global = new(Kind.Ptr, Space.Global);
    internal static readonly IrType Shared = new(Kind.Ptr, Space.Shared);
    internal static readonly IrType Local = new(Kind.Ptr, Space.Local);

    internal bool IsVoid => Kind == Kind.Void;

    internal bool IsPointer => Kind == Kind.Ptr;

    internal bool IsVector => Lanes > 1;

    /// <summary>i32 or i64, one lane: what integer arithmetic takes.</summary>
    internal bool IsInt => Kind is Kind.I32 or Kind.I64 && Lanes == 1;

    /// <summary>i1 to i64, one lane.</summary>
    internal bool IsAnyInt => Kind is >= Kind.I1 and <= Kind.I64 && Lanes == 1;

    /// <summary>f32 or f64, one lane: what float arithmetic takes.</summary>
    internal bool IsFloat => Kind is Kind.F32 or Kind.F64 && Lanes == 1;

    /// <summary>f16 to f64, one lane.</summary>
    internal bool IsAnyFloat => Kind is >= Kind.F16 and <= Kind.F64 && Lanes == 1;

    /// <summary>The type of one lane.</summary>
    internal IrType Element => new(Kind, Space);

    /// <summary>Bits of one lane; 1 for i1, 64 for pointers.</summary>
    internal int Bits => Kind switch
    {
        Kind.I1 => 1,
        Kind.I8 => 8,
        Kind.I16 or Kind.F16 or Kind.BF16 => 16,
        Kind.I32 or Kind.F32 => 32,
        Kind.I64 or Kind.F64 or Kind.Ptr => 64,
        _ => 0,
    };

    /// <summary>Bytes that a load or store of this type touches.</summary>
    internal int Bytes => Bits / 8 * Lanes;

    /// <summary>The same scalar with that many lanes.</summary>
    internal IrType WithLanes(int lanes) => new(Kind, Space, (byte)lanes);

    /// <summary>A pointer into that space.</summary>
    internal static IrType Pointer(Space space) => new(Kind.Ptr, space);

    /// <summary><c>i32</c>, <c>f32x4</c>, <c>ptr.shared</c>.</summary>
    public override string ToString()
    {
        string name = Kind switch
        {
            Kind.Ptr => Space switch
            {
                Space.Global => "ptr.global",
                Space.Shared => "ptr.shared",
                Space.Local => "ptr.local",
                _ => "ptr.none",
            },
            Kind.Void => "void",
            Kind.I1 => "i1",
            Kind.I8 => "i8",
            Kind.I16 => "i16",
            Kind.I32 => "i32",
            Kind.I64 => "i64",
            Kind.F16 => "f16",
            Kind.BF16 => "bf16",
            Kind.F32 => "f32",
            _ => "f64",
        };
        return Lanes > 1 ? $"{name}x{Lanes}" : name;
    }

    /// <summary>The type that <see cref="ToString"/> would print so; false if there is none.</summary>
    internal static bool TryParse(string text, out IrType type)
    {
        type = default;
        byte lanes = 1;
        int x = text.LastIndexOf('x');
        if (x > 0)
        {
            if (!byte.TryParse(text.AsSpan(x + 1), out lanes) || lanes is not (2 or 4 or 8)) return false;
            text = text[..x];
        }

        IrType? found = text switch
        {
            "void" => Void,
            "i1" => I1,
            "i8" => I8,
            "i16" => I16,
            "i32" => I32,
            "i64" => I64,
            "f16" => F16,
            "bf16" => BF16,
            "f32" => F32,
            "f64" => F64,
            "ptr.global" => Global,
            "ptr.shared" => Shared,
            "ptr.local" => Local,
            _ => null,
        };
        if (found is null) return false;
        type = found.Value.WithLanes(lanes);
        return true;
    }
}
