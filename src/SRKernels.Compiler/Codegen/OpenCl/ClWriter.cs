using System.Globalization;
using System.Text;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen.OpenCl;

/// <summary>
/// Writes one kernel: prelude functions that it needs, signature, local memory, one C variable a value, blocks as labels with gotos.
/// Expressions come from the rows of <see cref="ClOps"/>.
/// </summary>
internal sealed partial class ClWriter(Function function)
{
    private readonly StringBuilder _body = new(4096);
    private readonly StringBuilder _declarations = new(1024);
    private readonly bool[] _declared = new bool[function.ValueCount];
    private readonly SortedSet<ClFunction> _functions = [];
    private readonly PhiCopies _phiCopies = new();
    private readonly Uniformity _uniformity = new(function);
    private int _temporaries;

    internal Function Function { get; } = function;

    private string Entry { get; } = ClGenerator.EntryName(function.Info.Name);

    /// <summary>Threads of a group that exchanges through local memory must have room for.</summary>
    private int ExchangeThreads => Function.Info.MaxThreads > 0 ? Function.Info.MaxThreads : 1024;

    internal string Write()
    {
        for (int i = 0; i < Function.Blocks.Count; i++)
            WriteBlock(Function.Blocks[i], i + 1 < Function.Blocks.Count ? Function.Blocks[i + 1] : null);

        var text = new StringBuilder(_body.Length + 4096);
        text.Append("#pragma OPENCL FP_CONTRACT OFF\n");
        if (UsesDouble()) text.Append("#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n");
        if (UsesLongAtomics()) text.Append("#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable\n#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable\n");
        foreach (ClFunction needed in _functions) text.Append(ClPrelude.Text(needed));
        text.Append("\n__kernel ");
        if (Function.Info.MaxThreads > 0) text.Append(CultureInfo.InvariantCulture, $"/* at most {Function.Info.MaxThreads} work items a group */ ");
        text.Append("void ").Append(Entry).Append('(');
        WriteSignature(text);
        text.Append(")\n{\n");
        WriteMemory(text);
        text.Append(_declarations).Append(_body).Append("}\n");
        return text.ToString();
    }

    /// <summary>A value as an expression.</summary>
    internal string Use(Value value)
    {
        switch (value.Op)
        {
            case Op.Const or Op.Undef:
                return Constant(value);
            case Op.Param:
                return "p" + value.Imm.ToString(CultureInfo.InvariantCulture);
            case Op.Extract:
                return string.Create(CultureInfo.InvariantCulture, $"v{value[0].Id}.s{value.Imm:x}");
            default:
                return Variable(value);
        }
    }

    /// <summary>A value as a signed integer expression.</summary>
    internal string Signed(Value value) => $"({(value.Type.Bits == 64 ? "long" : "int")}){Use(value)}";

    /// <summary>Assigns a value's variable.</summary>
    internal void Assign(Value value, string expression) =>
        _body.Append("    ").Append(Variable(value)).Append(" = ").Append(expression).Append(";\n");

    /// <summary>A statement.</summary>
    internal void Statement(string text) => _body.Append("    ").Append(text).Append('\n');

    /// <summary>Asks for a prelude function and gives its name.</summary>
    internal string Need(ClFunction f)
    {
        _functions.Add(f);
        return ClPrelude.Name(f);
    }

    /// <summary>A fresh variable.</summary>
    internal string Temporary(string type)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"t{_temporaries++}");
        _declarations.Append("    ").Append(type).Append(' ').Append(name).Append(";\n");
        return name;
    }

    /// <summary>The C type that carries an IR type.</summary>
    internal static string TypeName(IrType type)
    {
        string name = type.Kind switch
        {
            Kind.I1 => "bool",
            Kind.I8 => "uchar",
            Kind.I16 or Kind.F16 or Kind.BF16 => "ushort",
            Kind.I32 => "uint",
            Kind.I64 => "ulong",
            Kind.F32 => "float",
            Kind.F64 => "double",
            _ => SpaceName(type.Space) + " uchar*",
        };
        return type.IsVector ? name + type.Lanes.ToString(CultureInfo.InvariantCulture) : name;
    }

    internal static string SpaceName(Space space) => space switch
    {
        Space.Shared => "__local",
        Space.Local => "__private",
        _ => "__global",
    };

    /// <summary>Stops unless every thread of a group comes here together: what follows has a group barrier inside.</summary>
    internal void RequireConvergence(Value value)
    {
        if (_uniformity.IsUniform(value.Block!)) return;
        string at = value.Position.Line > 0 ? $" at {Function.Files[value.Position.File]}:{value.Position.Line}" : "";
        throw new KernelCompilationException(
            Function.Info.Name,
            $"Kernel {Function.Info.Name}: '{value.Info.Name}'{at} stands where threads of one group may go different ways; OpenCL 1.2 has no warps: move it out of the branch, or keep this kernel to CUDA.");
    }

    private string Variable(Value value)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"v{value.Id}");
        if (_declared[value.Id]) return name;
        _declared[value.Id] = true;
        _declarations.Append("    ").Append(TypeName(value.Type)).Append(' ').Append(name).Append(";\n");
        return name;
    }

    private static string Constant(Value value)
    {
        long bits = value.Op == Op.Undef ? 0 : value.Imm;
        return value.Type.Kind switch
        {
            Kind.I1 => bits != 0 ? "true" : "false",
            Kind.F32 => FloatText(BitConverter.Int32BitsToSingle((int)bits), (uint)bits),
            Kind.F64 => DoubleText(BitConverter.Int64BitsToDouble(bits), (ulong)bits),
            Kind.I64 => string.Create(CultureInfo.InvariantCulture, $"0x{(ulong)bits:x}ul"),
            Kind.Ptr => $"(({TypeName(value.Type)})0)",
            Kind.I32 => string.Create(CultureInfo.InvariantCulture, $"{(uint)bits}u"),
            _ => string.Create(CultureInfo.InvariantCulture, $"(({TypeName(value.Type)})0x{bits:x})"),
        };
    }

    private static string FloatText(float value, uint bits) =>
        float.IsFinite(value) && (value != 0 || bits == 0)
            ? value.ToString("R", CultureInfo.InvariantCulture) is var text && text.AsSpan().IndexOfAny('.', 'E') >= 0 ? text + "f" : text + ".0f"
            : string.Create(CultureInfo.InvariantCulture, $"as_float(0x{bits:x8}u)");

    private static string DoubleText(double value, ulong bits) =>
        double.IsFinite(value) && (value != 0 || bits == 0)
            ? value.ToString("R", CultureInfo.InvariantCulture) is var text && text.AsSpan().IndexOfAny('.', 'E') >= 0 ? text : text + ".0"
            : string.Create(CultureInfo.InvariantCulture, $"as_double(0x{bits:x16}ul)");

    private void WriteSignature(StringBuilder text)
    {
        for (int i = 0; i < Function.Parameters.Count; i++)
        {
            IrType type = Function.Parameters[i].Type;
            if (i > 0) text.Append(", ");
            if (type.IsPointer) text.Append(CultureInfo.InvariantCulture, $"__global uchar* b{i}, ulong o{i}");
            else if (type.Kind == Kind.I1) text.Append(CultureInfo.InvariantCulture, $"uchar p{i}");
            else text.Append(CultureInfo.InvariantCulture, $"{TypeName(type)} p{i}");
        }

        if (!UsesDynamicShared(Function)) return;
        if (Function.Parameters.Count > 0) text.Append(", ");
        text.Append("__local uchar* dynamic_shared, uint dynamic_shared_bytes");
    }

    private void WriteMemory(StringBuilder text)
    {
        for (int i = 0; i < Function.Allocations.Count; i++)
        {
            Allocation allocation = Function.Allocations[i];
            string space = allocation.Space == Space.Shared ? "__local " : "";
            text.Append(CultureInfo.InvariantCulture, $"    {space}uchar alloc{i}[{Math.Max(allocation.Bytes, 1)}] __attribute__((aligned({Math.Max(allocation.Align, 16)})));\n");
        }

        foreach (string line in _exchanges) text.Append("    ").Append(line).Append('\n');
        for (int i = 0; i < Function.Parameters.Count; i++)
            if (Function.Parameters[i].Type.IsPointer) text.Append(CultureInfo.InvariantCulture, $"    __global uchar* p{i} = b{i} + o{i};\n");
    }

    /// <summary>Whether the launch passes dynamic shared memory: two more arguments, pointer and bytes.</summary>
    internal static bool UsesDynamicShared(Function function)
    {
        foreach (Block block in function.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
                if (v.Op is Op.DynShared or Op.DynSharedBytes) return true;
        return false;
    }

    private bool UsesDouble()
    {
        foreach (Value parameter in Function.Parameters)
            if (parameter.Type.Kind == Kind.F64) return true;
        foreach (Block block in Function.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
            {
                if (v.Type.Kind == Kind.F64) return true;
                foreach (Value operand in v.Operands)
                    if (operand.Type.Kind == Kind.F64) return true;
            }

        return false;
    }

    private bool UsesLongAtomics()
    {
        foreach (Block block in Function.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
                if (v.Op is >= Op.AtomicAdd and <= Op.AtomicCas && v.Type.Bits == 64) return true;
        return false;
    }

    private void WriteBlock(Block block, Block? next)
    {
        if (block.Preds.Count > 0) _body.Append(CultureInfo.InvariantCulture, $"b_{block.Id}:;\n");
        for (Value? value = block.First; value is not null; value = value.Next)
        {
            if (value.Op == Op.Phi || value.IsTerminator) continue;
            ClOps.Row(value.Op)(this, value);
        }

        Value last = block.Terminator!;
        switch (last.Op)
        {
            case Op.Ret:
                Statement("return;");
                break;
            case Op.Br:
                WriteEdge(block, last.Targets[0], next);
                break;
            default:
                _body.Append("    if (").Append(Use(last[0])).Append(") {\n");
                WriteEdge(block, last.Targets[0], null);
                _body.Append("    }\n");
                WriteEdge(block, last.Targets[1], next);
                break;
        }
    }

    private void WriteEdge(Block from, Block to, Block? next)
    {
        WritePhiCopies(from, to);
        if (!ReferenceEquals(to, next)) Statement(string.Create(CultureInfo.InvariantCulture, $"goto b_{to.Id};"));
    }

    private void WritePhiCopies(Block from, Block to) =>
        _phiCopies.Write(from, to, Use, Variable, type => Temporary(TypeName(type)), (target, source, _) => Statement($"{target} = {source};"));
}
