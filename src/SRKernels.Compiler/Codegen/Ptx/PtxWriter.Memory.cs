using System.Globalization;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen.Ptx;

/// <summary>Addresses, loads, stores, atomics, asynchronous copies.</summary>
internal sealed partial class PtxWriter
{
    internal void Address(Value v)
    {
        string pointer = UseReg(v[0]);
        string scale = v.Imm.ToString(CultureInfo.InvariantCulture);
        bool narrow = IsNarrowPointer(v.Type);
        if (v[1].TryGetInt(out long constant))
        {
            Line(narrow ? "add.s32" : "add.s64", Reg(v), pointer, (constant * v.Imm).ToString(CultureInfo.InvariantCulture));
            return;
        }

        string index = Reg(v[1]);
        if (!narrow)
        {
            Line(v[1].Type == IrType.I32 ? "mad.wide.s32" : "mad.lo.s64", Reg(v), index, scale, pointer);
            return;
        }

        if (v[1].Type == IrType.I64)
        {
            string low = NewRegister(IrType.I32);
            Line("cvt.u32.u64", low, index);
            index = low;
        }

        Line("mad.lo.s32", Reg(v), index, scale, pointer);
    }

    internal void Load(Value v)
    {
        string opcode = $"ld{(v.Volatile ? ".volatile" : "")}.{SpaceName(v[0].Type.Space)}";
        string address = At(v);
        if (!v.Type.IsVector)
        {
            Line($"{opcode}.{MemoryType(v.Type)}", Reg(v), address);
            return;
        }

        string[] lanes = Lanes(v);
        if (lanes.Length <= 4)
        {
            Line($"{opcode}.v{lanes.Length}.{MemoryType(v.Type.Element)}", Braces(lanes), address);
            return;
        }

        // Eight lanes are four or two words, taken apart.
        string[] words = NewWords(v.Type.Bytes / 4);
        Line($"{opcode}.v{words.Length}.b32", Braces(words), address);
        int perWord = lanes.Length / words.Length;
        for (int i = 0; i < words.Length; i++)
        {
            if (perWord == 2)
            {
                Line("mov.b32", $"{{{lanes[2 * i]}, {lanes[(2 * i) + 1]}}}", words[i]);
                continue;
            }

            for (int j = 0; j < 4; j++)
            {
                string shifted = NewRegister(IrType.I32);
                Line("shr.u32", shifted, words[i], (8 * j).ToString(CultureInfo.InvariantCulture));
                Line("cvt.u16.u32", lanes[(4 * i) + j], shifted);
            }
        }
    }

    internal void Store(Value v)
    {
        string opcode = $"st{(v.Volatile ? ".volatile" : "")}.{SpaceName(v[0].Type.Space)}";
        string address = At(v);
        IrType element = v[1].Type;
        int lanes = v.Operands.Length - 1;
        if (lanes == 1)
        {
            Line($"{opcode}.{MemoryType(element)}", address, UseReg(v[1]));
            return;
        }

        var sources = new string[lanes];
        for (int i = 0; i < lanes; i++) sources[i] = UseReg(v[i + 1]);
        if (lanes <= 4)
        {
            Line($"{opcode}.v{lanes}.{MemoryType(element)}", address, Braces(sources));
            return;
        }

        string[] words = NewWords(lanes * element.Bytes / 4);
        for (int i = 0; i < words.Length; i++)
        {
            if (element.Bytes == 2) Line("mov.b32", words[i], $"{{{sources[2 * i]}, {sources[(2 * i) + 1]}}}");
            else PackBytes(words[i], sources.AsSpan(4 * i, 4));
        }

        Line($"{opcode}.v{words.Length}.b32", address, Braces(words));
    }

    internal void Atomic(string opcode, string type, Value v)
    {
        string space = SpaceName(v[0].Type.Space);
        string address = At(v);
        if (v.Operands.Length == 3) Line($"atom.{space}.{opcode}.{type}", Reg(v), address, UseReg(v[1]), UseReg(v[2]));
        else if (v.Users.Length > 0 || opcode == "exch") Line($"atom.{space}.{opcode}.{type}", Reg(v), address, UseReg(v[1]));
        else Line($"red.{space}.{opcode}.{type}", address, UseReg(v[1]));
    }

    internal void LdMatrix(Value v)
    {
        Require(75, "ldmatrix");
        string[] lanes = Lanes(v);
        Line($"ldmatrix.sync.aligned.m8n8.x{lanes.Length}{(v.Imm == 1 ? ".trans" : "")}.shared.b16", Braces(lanes), At(v));
    }

    internal void CpAsync(Value v)
    {
        Require(80, "cp.async");
        // .cg goes past L1, which a tile that is read once from L2 does not need; it exists for 16 bytes only.
        string opcode = v.Imm == 16 ? "cp.async.cg.shared.global" : "cp.async.ca.shared.global";
        string to = At(v);
        string from = $"[{UseReg(v[1])}]";
        string bytes = v.Imm.ToString(CultureInfo.InvariantCulture);
        if (v.Operands.Length == 2) Line(opcode, to, from, bytes);
        else Line(opcode, to, from, bytes, UseReg(v[2]));
    }

    private void PackBytes(string word, ReadOnlySpan<string> bytes)
    {
        for (int j = 0; j < 4; j++)
        {
            string wide = NewRegister(IrType.I32);
            Line("cvt.u32.u8", wide, bytes[j]);
            if (j == 0)
            {
                Line("mov.b32", word, wide);
                continue;
            }

            Line("shl.b32", wide, wide, (8 * j).ToString(CultureInfo.InvariantCulture));
            Line("or.b32", word, word, wide);
        }
    }

    private string[] NewWords(int count)
    {
        var words = new string[count];
        for (int i = 0; i < count; i++) words[i] = NewRegister(IrType.I32);
        return words;
    }

    private string At(Value v) =>
        v.Offset == 0 ? $"[{UseReg(v[0])}]" : string.Create(CultureInfo.InvariantCulture, $"[{UseReg(v[0])}+{v.Offset}]");

    private static string Braces(ReadOnlySpan<string> registers) => "{" + string.Join(", ", registers!) + "}";

    private static string MemoryType(IrType type) => type.Kind == Kind.I8 ? "u8" : Bits(type);

    private void Require(int lowest, string what)
    {
        if (Target >= lowest) return;
        throw new KernelCompilationException(
            Function.Info.Name, $"Kernel {Function.Info.Name}: {what} needs sm_{lowest}, the target is sm_{Target}; declare [Kernel(LowestTarget = {lowest})] and give a plain variant.");
    }
}
