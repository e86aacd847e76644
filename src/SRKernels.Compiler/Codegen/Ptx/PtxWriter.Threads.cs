using System.Globalization;
using System.Text;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen.Ptx;

/// <summary>Shuffles, tensor-core products, inline PTX.</summary>
internal sealed partial class PtxWriter
{
    /// <summary>shfl.sync with the segment mask of the width: c = (32 - width) &lt;&lt; 8 | 31, or 0 in place of 31 for "up".</summary>
    internal void Shuffle(string mode, Value v)
    {
        int clamp = mode == "up" ? 0 : 31;
        string control;
        if (v[2].TryGetInt(out long width))
        {
            control = (((32 - width) << 8) | (long)clamp).ToString(CultureInfo.InvariantCulture);
        }
        else
        {
            control = NewRegister(IrType.I32);
            Line("sub.s32", control, "32", Use(v[2]));
            Line("shl.b32", control, control, "8");
            if (clamp != 0) Line("or.b32", control, control, "31");
        }

        _body.Append("    shfl.sync.").Append(mode).Append(".b32 ").Append(Reg(v)).Append(", ").Append(UseReg(v[0])).Append(", ").Append(Use(v[1]))
            .Append(", ").Append(control).Append(", 0xffffffff;\n");
    }

    internal void Mma(Value v)
    {
        var shape = (MmaShape)v.Imm;
        (string size, string format, int lowest) = shape switch
        {
            MmaShape.M16N8K16F16 => ("m16n8k16", "f16", 80),
            MmaShape.M16N8K16BF16 => ("m16n8k16", "bf16", 80),
            MmaShape.M16N8K8F16 => ("m16n8k8", "f16", 75),
            MmaShape.M16N8K8BF16 => ("m16n8k8", "bf16", 80),
            _ => ("m16n8k8", "tf32", 80),
        };
        Require(lowest, "mma." + size + "." + format);
        (int a, int b) = TypeRules.MmaRegisters(shape);
        Line($"mma.sync.aligned.{size}.row.col.f32.{format}.{format}.f32", Braces(Lanes(v)), Operands(v, 0, a), Operands(v, a, b), Operands(v, a + b, 4));
    }

    internal void InlineAsm(Value v)
    {
        AsmText asm = v.Asm!;
        var slots = new string[asm.Slots.Length];
        for (int i = 0; i < slots.Length; i++)
        {
            AsmSlot slot = asm.Slots[i];
            if (slot.Output < 0)
            {
                slots[i] = UseReg(v[slot.Operand]);
                continue;
            }

            slots[i] = OutputRegister(v, slot);
            if (slot.Operand >= 0) Line("mov." + Bits(slot.Type), slots[i], Use(v[slot.Operand]));
        }

        var text = new StringBuilder();
        for (int i = 0; i < asm.Text.Length; i++)
        {
            char c = asm.Text[i];
            if (c != '%')
            {
                text.Append(c);
                continue;
            }

            if (i + 1 < asm.Text.Length && asm.Text[i + 1] == '%')
            {
                text.Append('%');
                i++;
                continue;
            }

            int end = i + 1;
            while (end < asm.Text.Length && char.IsAsciiDigit(asm.Text[end])) end++;
            text.Append(slots[int.Parse(asm.Text.AsSpan(i + 1, end - i - 1), CultureInfo.InvariantCulture)]);
            i = end - 1;
        }

        string line = text.ToString().TrimEnd().TrimEnd(';');
        _body.Append("    ").Append(line).Append(";\n");
    }

    private string OutputRegister(Value asm, AsmSlot slot)
    {
        foreach (Value user in asm.Users)
            if (user.Op == Op.AsmOutput && user.Imm == slot.Output)
                return Reg(user);
        return NewRegister(slot.Type);
    }

    private string Operands(Value v, int first, int count)
    {
        var registers = new string[count];
        for (int i = 0; i < count; i++) registers[i] = UseReg(v[first + i]);
        return Braces(registers);
    }
}
