using System.Globalization;
using System.Text;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen.Ptx;

/// <summary>
/// Writes one module: header, parameters, memory, blocks. Instructions are written by the rows of <see cref="PtxOps"/>.
/// </summary>
internal sealed partial class PtxWriter(Function function, int target)
{
    private readonly StringBuilder _body = new(4096);
    private readonly string?[] _names = new string?[function.ValueCount];
    private readonly string[]?[] _lanes = new string[]?[function.ValueCount];
    private readonly int[] _counts = new int[RegisterClasses.Length];
    private readonly PhiCopies _phiCopies = new();
    private bool _usesDynamicShared;

    private static readonly (string Prefix, string Declaration)[] RegisterClasses =
        [("%p", ".pred"), ("%h", ".b16"), ("%r", ".b32"), ("%rd", ".b64"), ("%f", ".f32"), ("%fd", ".f64")];

    internal Function Function { get; } = function;

    /// <summary>Compute capability times ten.</summary>
    internal int Target { get; } = target;

    private string Entry { get; } = PtxGenerator.EntryName(function.Info.Name);

    internal string Write()
    {
        for (int i = 0; i < Function.Blocks.Count; i++)
            WriteBlock(Function.Blocks[i], i + 1 < Function.Blocks.Count ? Function.Blocks[i + 1] : null);

        var text = new StringBuilder(_body.Length + 2048);
        text.Append(CultureInfo.InvariantCulture, $".version {PtxGenerator.IsaVersion(Target)}\n.target sm_{Target}\n.address_size 64\n\n");
        if (_usesDynamicShared) text.Append(CultureInfo.InvariantCulture, $".extern .shared .align 16 .b8 {Entry}_dynamic[];\n\n");
        text.Append(CultureInfo.InvariantCulture, $".visible .entry {Entry}(");
        for (int i = 0; i < Function.Parameters.Count; i++)
            text.Append(i == 0 ? "\n" : ",\n").Append("    .param .").Append(ParameterType(Function.Parameters[i].Type)).Append(' ').Append(ParameterName(i));
        text.Append(Function.Parameters.Count == 0 ? ")\n" : "\n)\n");
        if (Function.Info.MaxThreads > 0) text.Append(CultureInfo.InvariantCulture, $".maxntid {Function.Info.MaxThreads}, 1, 1\n");
        if (Function.Info.MinGroups > 0 && Function.Info.MaxThreads > 0) text.Append(CultureInfo.InvariantCulture, $".minnctapersm {Function.Info.MinGroups}\n");
        text.Append("{\n");
        for (int i = 0; i < RegisterClasses.Length; i++)
        {
            if (_counts[i] > 0)
                text.Append(CultureInfo.InvariantCulture, $"    .reg {RegisterClasses[i].Declaration} {RegisterClasses[i].Prefix}<{_counts[i]}>;\n");
        }

        for (int i = 0; i < Function.Allocations.Count; i++)
        {
            Allocation allocation = Function.Allocations[i];
            text.Append(CultureInfo.InvariantCulture, $"    .{SpaceName(allocation.Space)} .align {Math.Max(allocation.Align, 4)} .b8 {AllocationName(i)}[{Math.Max(allocation.Bytes, 1)}];\n");
        }

        text.Append('\n');
        WriteParameterLoads(text);
        return text.Append(_body).Append("}\n").ToString();
    }

    /// <summary>The register of a scalar value.</summary>
    internal string Reg(Value value)
    {
        ref string? name = ref _names[value.Id];
        if (name is not null) return name;
        if (value.Op == Op.Extract) return name = Lanes(value[0])[value.Imm];
        return name = NewRegister(value.Type);
    }

    /// <summary>The registers of a vector value, one a lane.</summary>
    internal string[] Lanes(Value vector)
    {
        if (!vector.Type.IsVector) return [Reg(vector)];
        ref string[]? lanes = ref _lanes[vector.Id];
        if (lanes is not null) return lanes;
        lanes = new string[vector.Type.Lanes];
        for (int i = 0; i < lanes.Length; i++) lanes[i] = NewRegister(vector.Type.Element);
        return lanes;
    }

    /// <summary>An operand: register or immediate.</summary>
    internal string Use(Value value)
    {
        if (value.Op is not (Op.Const or Op.Undef)) return Reg(value);
        return value.Type.Kind == Kind.I1 ? Materialize(value) : Immediate(value);
    }

    /// <summary>An operand where an immediate is not allowed.</summary>
    internal string UseReg(Value value) => value.Op is Op.Const or Op.Undef ? Materialize(value) : Reg(value);

    /// <summary>A fresh register.</summary>
    internal string NewRegister(IrType type)
    {
        int index = RegisterClass(type);
        return string.Create(CultureInfo.InvariantCulture, $"{RegisterClasses[index].Prefix}{_counts[index]++}");
    }

    /// <summary>Writes one instruction; operands are given as text.</summary>
    internal void Line(string opcode, string a) => _body.Append("    ").Append(opcode).Append(' ').Append(a).Append(";\n");

    internal void Line(string opcode, string a, string b) =>
        _body.Append("    ").Append(opcode).Append(' ').Append(a).Append(", ").Append(b).Append(";\n");

    internal void Line(string opcode, string a, string b, string c) =>
        _body.Append("    ").Append(opcode).Append(' ').Append(a).Append(", ").Append(b).Append(", ").Append(c).Append(";\n");

    internal void Line(string opcode, string a, string b, string c, string d) =>
        _body.Append("    ").Append(opcode).Append(' ').Append(a).Append(", ").Append(b).Append(", ").Append(c).Append(", ").Append(d).Append(";\n");

    internal void Line(string text) => _body.Append("    ").Append(text).Append(";\n");

    /// <summary>Type of an untyped move, select, load, store: <c>b32</c>, <c>f32</c>, <c>pred</c>.</summary>
    internal static string Bits(IrType type) => RegisterClass(type) switch
    {
        0 => "pred",
        1 => "b16",
        2 => "b32",
        3 => "b64",
        4 => "f32",
        _ => "f64",
    };

    internal static string SpaceName(Space space) => space switch
    {
        Space.Shared => "shared",
        Space.Local => "local",
        _ => "global",
    };

    internal string AllocationName(int index) => string.Create(CultureInfo.InvariantCulture, $"{Entry}_alloc{index}");

    internal string DynamicShared()
    {
        _usesDynamicShared = true;
        return Entry + "_dynamic";
    }

    /// <summary>Pointers into shared memory are 32 bits: half the registers, and shared addresses need no more.</summary>
    internal static bool IsNarrowPointer(IrType type) => type is { Kind: Kind.Ptr, Space: Space.Shared };

    private static int RegisterClass(IrType type) => type.Kind switch
    {
        Kind.I1 => 0,
        Kind.I8 or Kind.I16 or Kind.F16 or Kind.BF16 => 1,
        Kind.I32 => 2,
        Kind.F32 => 4,
        Kind.F64 => 5,
        Kind.Ptr when type.Space == Space.Shared => 2,
        _ => 3,
    };

    private static string Immediate(Value value)
    {
        long bits = value.Op == Op.Undef ? 0 : value.Imm;
        return value.Type.Kind switch
        {
            Kind.F32 => string.Create(CultureInfo.InvariantCulture, $"0f{(uint)bits:X8}"),
            Kind.F64 => string.Create(CultureInfo.InvariantCulture, $"0d{(ulong)bits:X16}"),
            Kind.I32 => ((int)bits).ToString(CultureInfo.InvariantCulture),
            Kind.I64 when bits == long.MinValue => "0x8000000000000000",
            Kind.I8 => ((sbyte)bits).ToString(CultureInfo.InvariantCulture),
            Kind.I16 => ((short)bits).ToString(CultureInfo.InvariantCulture),
            Kind.F16 or Kind.BF16 => string.Create(CultureInfo.InvariantCulture, $"0x{(ushort)bits:X4}"),
            _ => bits.ToString(CultureInfo.InvariantCulture),
        };
    }

    private string Materialize(Value value)
    {
        string register = NewRegister(value.Type);
        if (value.Type.Kind == Kind.I1) Line("mov.pred", register, value.Op == Op.Const && value.Imm != 0 ? "-1" : "0");
        else Line("mov." + Bits(value.Type), register, Immediate(value));
        return register;
    }

    private string ParameterName(int index) => string.Create(CultureInfo.InvariantCulture, $"{Entry}_param_{index}");

    private static string ParameterType(IrType type) => type.Kind switch
    {
        Kind.I1 or Kind.I8 => "u8",
        Kind.I16 or Kind.F16 or Kind.BF16 => "b16",
        Kind.I32 => "u32",
        Kind.F32 => "f32",
        Kind.F64 => "f64",
        _ => "u64",
    };

    private void WriteParameterLoads(StringBuilder text)
    {
        for (int i = 0; i < Function.Parameters.Count; i++)
        {
            Value parameter = Function.Parameters[i];
            if (_names[parameter.Id] is not { } register) continue; // never read
            text.Append("    ld.param.").Append(ParameterType(parameter.Type)).Append(' ').Append(register).Append(", [").Append(ParameterName(i)).Append("];\n");
            if (parameter.Type.IsPointer) text.Append("    cvta.to.global.u64 ").Append(register).Append(", ").Append(register).Append(";\n");
        }
    }

    private void WriteBlock(Block block, Block? next)
    {
        if (block.Preds.Count > 0) _body.Append(Label(block)).Append(":\n");
        for (Value? value = block.First; value is not null; value = value.Next)
        {
            if (value.Op == Op.Phi || value.IsTerminator) continue;
            PtxOps.Row(value.Op)(this, value);
        }

        WriteTerminator(block, block.Terminator!, next);
    }

    private void WriteTerminator(Block block, Value last, Block? next)
    {
        switch (last.Op)
        {
            case Op.Ret:
                _body.Append("    ret;\n");
                break;
            case Op.Br:
                WritePhiCopies(block, last.Targets[0]);
                Jump(last.Targets[0], next);
                break;
            default:
                WriteConditional(block, last, next);
                break;
        }
    }

    /// <summary>Edges that carry phi copies get them on the way: inline on the fall-through side, in a stub on the other.</summary>
    private void WriteConditional(Block block, Value last, Block? next)
    {
        string predicate = Use(last[0]);
        (Block taken, Block other, string sense) = (last.Targets[0], last.Targets[1], "@");
        if (NeedsCopies(taken) && !NeedsCopies(other)) (taken, other, sense) = (other, taken, "@!");
        else if (!NeedsCopies(taken) && !NeedsCopies(other) && ReferenceEquals(taken, next)) (taken, other, sense) = (other, taken, "@!");
        string stub = string.Create(CultureInfo.InvariantCulture, $"$edge{block.Id}_{taken.Id}");
        bool needsStub = NeedsCopies(taken);
        _body.Append("    ").Append(sense).Append(predicate).Append(" bra ").Append(needsStub ? stub : Label(taken)).Append(";\n");
        WritePhiCopies(block, other);
        Jump(other, needsStub ? null : next);
        if (!needsStub) return;
        _body.Append(stub).Append(":\n");
        WritePhiCopies(block, taken);
        Jump(taken, next);
    }

    private void Jump(Block target, Block? next)
    {
        if (!ReferenceEquals(target, next)) _body.Append("    bra ").Append(Label(target)).Append(";\n");
    }

    private static bool NeedsCopies(Block target) => target.First is { Op: Op.Phi };

    private static string Label(Block block) => string.Create(CultureInfo.InvariantCulture, $"$b{block.Id}");

    private void WritePhiCopies(Block from, Block to) =>
        _phiCopies.Write(from, to, PhiSource, Reg, NewRegister, (target, source, type) => Line("mov." + Bits(type), target, source));

    /// <summary>A move takes a constant predicate as it is; elsewhere it would need a register.</summary>
    private string PhiSource(Value operand) =>
        operand.Op == Op.Const && operand.Type.Kind == Kind.I1 ? (operand.Imm != 0 ? "-1" : "0") : Use(operand);
}
