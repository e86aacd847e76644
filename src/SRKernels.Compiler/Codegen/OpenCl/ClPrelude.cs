namespace SRKernels.Compiler.Codegen.OpenCl;

/// <summary>Functions that a kernel's text brings along when it needs them; in the order they are written.</summary>
internal enum ClFunction
{
    Bf16ToFloat,
    FloatToBf16,
    HalfToFloat,
    FloatToHalf,
    DoubleToHalf,
    RoundTf32,
    MinFloat,
    MaxFloat,
    MinDouble,
    MaxDouble,
    FloatToInt,
    FloatToUInt,
    FloatToLong,
    FloatToULong,
    DoubleToInt,
    DoubleToUInt,
    DoubleToLong,
    DoubleToULong,
    TrailingZeros,
    TrailingZerosLong,
    AddFloatGlobal,
    AddFloatLocal,
    AddDoubleGlobal,
    AddDoubleLocal,
}

/// <summary>Their texts.</summary>
internal static class ClPrelude
{
    internal static string Name(ClFunction f) => f switch
    {
        ClFunction.Bf16ToFloat => "srk_bf16_to_float",
        ClFunction.FloatToBf16 => "srk_float_to_bf16",
        ClFunction.HalfToFloat => "srk_half_to_float",
        ClFunction.FloatToHalf => "srk_float_to_half",
        ClFunction.DoubleToHalf => "srk_double_to_half",
        ClFunction.RoundTf32 => "srk_round_tf32",
        ClFunction.MinFloat => "srk_min_float",
        ClFunction.MaxFloat => "srk_max_float",
        ClFunction.MinDouble => "srk_min_double",
        ClFunction.MaxDouble => "srk_max_double",
        ClFunction.FloatToInt => "srk_float_to_int",
        ClFunction.FloatToUInt => "srk_float_to_uint",
        ClFunction.FloatToLong => "srk_float_to_long",
        ClFunction.FloatToULong => "srk_float_to_ulong",
        ClFunction.DoubleToInt => "srk_double_to_int",
        ClFunction.DoubleToUInt => "srk_double_to_uint",
        ClFunction.DoubleToLong => "srk_double_to_long",
        ClFunction.DoubleToULong => "srk_double_to_ulong",
        ClFunction.TrailingZeros => "srk_ctz",
        ClFunction.TrailingZerosLong => "srk_ctz_long",
        ClFunction.AddFloatGlobal => "srk_add_float_global",
        ClFunction.AddFloatLocal => "srk_add_float_local",
        ClFunction.AddDoubleGlobal => "srk_add_double_global",
        _ => "srk_add_double_local",
    };

    internal static string Text(ClFunction f) => f switch
    {
        ClFunction.Bf16ToFloat => "float srk_bf16_to_float(ushort h) { return as_float((uint)h << 16); }\n",
        ClFunction.FloatToBf16 =>
            """
            ushort srk_float_to_bf16(float x)
            {
                uint u = as_uint(x);
                return isnan(x) ? (ushort)((u >> 16) | 0x40) : (ushort)((u + 0x7fff + ((u >> 16) & 1)) >> 16);
            }

            """,

        // vload_half and vstore_half are core OpenCL 1.2: they need no half arithmetic.
        ClFunction.HalfToFloat => "float srk_half_to_float(ushort h) { return vload_half(0, (const __private half*)&h); }\n",
        ClFunction.FloatToHalf => "ushort srk_float_to_half(float x) { ushort h; vstore_half_rte(x, 0, (__private half*)&h); return h; }\n",
        ClFunction.DoubleToHalf => "ushort srk_double_to_half(double x) { ushort h; vstore_half_rte(x, 0, (__private half*)&h); return h; }\n",
        ClFunction.RoundTf32 =>
            """
            float srk_round_tf32(float x)
            {
                uint u = as_uint(x);
                return as_float((isfinite(x) ? u + 0x1000 : u) & 0xffffe000u);
            }

            """,
        ClFunction.MinFloat => MinMax("srk_min_float", "float", "x < y || (x == y && signbit(x))"),
        ClFunction.MaxFloat => MinMax("srk_max_float", "float", "x > y || (x == y && !signbit(x))"),
        ClFunction.MinDouble => MinMax("srk_min_double", "double", "x < y || (x == y && signbit(x))"),
        ClFunction.MaxDouble => MinMax("srk_max_double", "double", "x > y || (x == y && !signbit(x))"),
        ClFunction.FloatToInt => Saturate("srk_float_to_int", "float", "int"),
        ClFunction.FloatToUInt => Saturate("srk_float_to_uint", "float", "uint"),
        ClFunction.FloatToLong => Saturate("srk_float_to_long", "float", "long"),
        ClFunction.FloatToULong => Saturate("srk_float_to_ulong", "float", "ulong"),
        ClFunction.DoubleToInt => Saturate("srk_double_to_int", "double", "int"),
        ClFunction.DoubleToUInt => Saturate("srk_double_to_uint", "double", "uint"),
        ClFunction.DoubleToLong => Saturate("srk_double_to_long", "double", "long"),
        ClFunction.DoubleToULong => Saturate("srk_double_to_ulong", "double", "ulong"),
        ClFunction.TrailingZeros => "uint srk_ctz(uint x) { return x == 0 ? 32u : 31u - clz(x & (0u - x)); }\n",
        ClFunction.TrailingZerosLong => "uint srk_ctz_long(ulong x) { return x == 0 ? 64u : 63u - (uint)clz(x & (0ul - x)); }\n",
        ClFunction.AddFloatGlobal => AddLoop("srk_add_float_global", "__global", "float", "uint", "atomic_cmpxchg"),
        ClFunction.AddFloatLocal => AddLoop("srk_add_float_local", "__local", "float", "uint", "atomic_cmpxchg"),
        ClFunction.AddDoubleGlobal => AddLoop("srk_add_double_global", "__global", "double", "ulong", "atom_cmpxchg"),
        _ => AddLoop("srk_add_double_local", "__local", "double", "ulong", "atom_cmpxchg"),
    };

    private static string MinMax(string name, string type, string takesX) =>
        $"{type} {name}({type} x, {type} y) {{ return isnan(x) ? x : isnan(y) ? y : ({takesX}) ? x : y; }}\n";

    /// <summary>convert_T_sat is undefined for NaN before OpenCL 2: C# says 0.</summary>
    private static string Saturate(string name, string from, string to) =>
        $"{to} {name}({from} x) {{ return isnan(x) ? ({to})0 : convert_{to}_sat_rtz(x); }}\n";

    private static string AddLoop(string name, string space, string type, string bits, string exchange) =>
        $$"""
        {{type}} {{name}}(volatile {{space}} {{bits}}* p, {{type}} x)
        {
            {{bits}} old = *p, seen;
            while ((seen = {{exchange}}(p, old, as_{{bits}}(as_{{type}}(old) + x))) != old) old = seen;
            return as_{{type}}(old);
        }

        """;
}
