using System.Globalization;
using System.Text;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen.OpenCl;

/// <summary>Expressions: calls, conversions, addresses, loads and stores, atomics.</summary>
internal sealed partial class ClWriter
{
    internal const string Fence = "mem_fence(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);";

    internal string CallText(string name, Value v)
    {
        var text = new StringBuilder(name).Append('(');
        for (int i = 0; i < v.Operands.Length; i++) text.Append(i == 0 ? "" : ", ").Append(Use(v[i]));
        return text.Append(')').ToString();
    }

    internal string SignedCallText(string name, Value v)
    {
        var text = new StringBuilder(name).Append('(');
        for (int i = 0; i < v.Operands.Length; i++) text.Append(i == 0 ? "" : ", ").Append(Signed(v[i]));
        return text.Append(')').ToString();
    }

    /// <summary>A shift amount, masked as C# does.</summary>
    internal string Amount(Value shift) => $"({Use(shift[1])} & {(shift.Type.Bits - 1).ToString(CultureInfo.InvariantCulture)}u)";

    internal string SignExtended(Value v)
    {
        string to = TypeName(v.Type);
        return v[0].Type.Kind switch
        {
            Kind.I1 => $"{Use(v[0])} ? ({to})-1 : ({to})0",
            Kind.I8 => $"({to})(char){Use(v[0])}",
            Kind.I16 => $"({to})(short){Use(v[0])}",
            _ => $"({to})(int){Use(v[0])}",
        };
    }

    internal ClFunction ToInt(Value v, bool signed)
    {
        ClFunction first = v[0].Type == IrType.F32 ? ClFunction.FloatToInt : ClFunction.DoubleToInt;
        return first + (signed ? 0 : 1) + (v.Type.Bits == 64 ? 2 : 0);
    }

    internal string WidenedFloat(Value v) => v[0].Type.Kind switch
    {
        Kind.BF16 => CallText(Need(ClFunction.Bf16ToFloat), v),
        Kind.F16 => CallText(Need(ClFunction.HalfToFloat), v),
        _ => $"(double){Use(v[0])}",
    };

    internal string NarrowedFloat(Value v) => v.Type.Kind switch
    {
        Kind.BF16 => CallText(Need(ClFunction.FloatToBf16), v),
        Kind.F16 => CallText(Need(v[0].Type == IrType.F32 ? ClFunction.FloatToHalf : ClFunction.DoubleToHalf), v),
        _ => $"convert_float_rte({Use(v[0])})",
    };

    internal string Address(Value v)
    {
        string scale = v.Imm.ToString(CultureInfo.InvariantCulture);
        return $"{Use(v[0])} + (long){Signed(v[1])} * {scale}l";
    }

    /// <summary>The address of an access as a pointer of its type.</summary>
    internal string At(Value v, IrType type, bool isConst = false)
    {
        string qualifier = SpaceName(v[0].Type.Space) + (v.Volatile ? " volatile" : "") + (isConst ? " const" : "");
        string address = v.Offset == 0 ? Use(v[0]) : string.Create(CultureInfo.InvariantCulture, $"({Use(v[0])} {v.Offset:+ #;- #})");
        return $"({qualifier} {TypeName(type)}*){address}";
    }

    internal void Store(Value v)
    {
        int lanes = v.Operands.Length - 1;
        IrType element = v[1].Type;
        if (lanes == 1)
        {
            Statement($"*{At(v, element)} = {Use(v[1])};");
            return;
        }

        IrType vector = element.WithLanes(lanes);
        var text = new StringBuilder("(").Append(TypeName(vector)).Append(")(");
        for (int i = 0; i < lanes; i++) text.Append(i == 0 ? "" : ", ").Append(Use(v[i + 1]));
        Statement($"*{At(v, vector)} = {text});");
    }

    /// <summary>32-bit atomics are core (atomic_), 64-bit ones an extension of their own name (atom_).</summary>
    internal void Atomic(string name, bool signed, Value v)
    {
        string type = (signed, v.Type.Bits) switch
        {
            (true, 32) => "int",
            (true, _) => "long",
            (false, 32) => "uint",
            _ => "ulong",
        };
        var text = new StringBuilder();
        text.Append('(').Append(TypeName(v.Type)).Append(v.Type.Bits == 64 ? ")atom_" : ")atomic_").Append(name).Append('(').Append(AtomicAddress(v, type));
        for (int i = 1; i < v.Operands.Length; i++) text.Append(", (").Append(type).Append(')').Append(Use(v[i]));
        Assign(v, text.Append(')').ToString());
    }

    internal void AtomicFloatAdd(Value v)
    {
        bool global = v[0].Type.Space == Space.Global;
        ClFunction f = v.Type == IrType.F32
            ? global ? ClFunction.AddFloatGlobal : ClFunction.AddFloatLocal
            : global ? ClFunction.AddDoubleGlobal : ClFunction.AddDoubleLocal;
        Assign(v, $"{Need(f)}({AtomicAddress(v, v.Type == IrType.F32 ? "uint" : "ulong")}, {Use(v[1])})");
    }

    internal void CopyNow(Value v)
    {
        string to = At(v, IrType.I8);
        string from = $"(__global const uchar*){Use(v[1])}";
        string count = v.Operands.Length == 3 ? Use(v[2]) : v.Imm.ToString(CultureInfo.InvariantCulture) + "u";
        if (v.Operands.Length == 2)
        {
            IrType type = v.Imm == 4 ? IrType.I32 : IrType.I32.WithLanes((int)v.Imm / 4);
            Statement($"*{At(v, type)} = *(__global const {TypeName(type)}*){Use(v[1])};");
            return;
        }

        Statement($"for (uint i = 0; i < {v.Imm}u; i++) ({to})[i] = i < {count} ? ({from})[i] : (uchar)0;");
    }

    private string AtomicAddress(Value v, string type)
    {
        string address = v.Offset == 0 ? Use(v[0]) : string.Create(CultureInfo.InvariantCulture, $"({Use(v[0])} {v.Offset:+ #;- #})");
        return $"(volatile {SpaceName(v[0].Type.Space)} {type}*){address}";
    }
}
