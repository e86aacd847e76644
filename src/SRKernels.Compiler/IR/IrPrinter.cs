using System.Globalization;
using System.Text;

namespace SRKernels.Compiler.IR;

/// <summary>IR to text, numbered in order of appearance, so that equal functions print equally. <see cref="IrParser"/>
/// reads it back.</summary>
internal static class IrPrinter
{
    internal static string Print(Function function, bool positions = false)
    {
        var text = new StringBuilder();
        int[] numbers = Number(function, out int[] blocks);
        text.Append("kernel @").Append(function.Info.Name).Append('(');
        for (int i = 0; i < function.Parameters.Count; i++)
        {
            Value parameter = function.Parameters[i];
            if (i > 0) text.Append(", ");
            text.Append('%').Append(parameter.Name).Append(": ").Append(parameter.Type);
        }

        text.Append(") target=").Append(function.Info.LowestTarget);
        if (function.Info.MaxThreads > 0) text.Append(" maxthreads=").Append(function.Info.MaxThreads);
        if (function.Info.MinGroups > 0) text.Append(" mingroups=").Append(function.Info.MinGroups);
        text.Append(" {\n");
        for (int i = 0; i < function.Allocations.Count; i++)
        {
            Allocation allocation = function.Allocations[i];
            string space = allocation.Space == Space.Shared ? "shared" : "local";
            text.Append($"  alloc {i}: {space} {allocation.Bytes} align {allocation.Align}\n");
        }

        foreach (Block block in function.Blocks)
        {
            text.Append('b').Append(blocks[block.Id]).Append(":\n");
            for (Value? value = block.First; value is not null; value = value.Next)
            {
                text.Append("  ");
                Instruction(text, value, numbers, blocks);
                if (positions && value.Position.Line > 0)
                    text.Append(" ; ").Append(Path.GetFileName(function.Files[value.Position.File])).Append(':').Append(
                        value.Position.Line);
                text.Append('\n');
            }
        }

        return text.Append("}\n").ToString();
    }

    /// <summary>A constant as IR text: <c>5:i32</c>, <c>1.5:f32</c>, <c>true</c>, <c>null:ptr.global</c>.</summary>
    internal static string ConstantText(Value constant)
    {
        IrType type = constant.Type;
        if (type.Kind == Kind.I1) return constant.Imm != 0 ? "true" : "false";
        if (type.IsPointer) return $"null:{type}";
        if (constant.TryGetInt(out long integer)) return $"{integer}:{type}";
        if (!constant.TryGetFloat(out double value) || !double.IsFinite(value)) return $"0x{constant.Imm:x}:{type}";
        string number = type.Kind == Kind.F32
            ? ((float)value).ToString("R", CultureInfo.InvariantCulture)
            : value.ToString("R", CultureInfo.InvariantCulture);
        return $"{number}:{type}";
    }

    /// <summary>One instruction with raw ids, for messages.</summary>
    internal static string Describe(Value value)
    {
        var text = new StringBuilder();
        var numbers = new int[value.Block?.Function.ValueCount ?? (value.Id + 1)];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = i;
        var blocks = new int[value.Block?.Function.BlockIdCount ?? 0];
        for (int i = 0; i < blocks.Length; i++) blocks[i] = i;
        if (value.Op is Op.Param or Op.Const or Op.Undef) return value.ToString();
        Instruction(text, value, numbers, blocks);
        return text.ToString();
    }

    private static int[] Number(Function function, out int[] blocks)
    {
        var numbers = new int[function.ValueCount];
        blocks = new int[function.BlockIdCount];
        int nextValue = 0;
        int nextBlock = 0;
        foreach (Block block in function.Blocks)
        {
            blocks[block.Id] = nextBlock++;
            for (Value? value = block.First; value is not null; value = value.Next)
                if (!value.Type.IsVoid || value.Op == Op.Asm)
                    numbers[value.Id] = nextValue++;
        }

        return numbers;
    }

    private static void Instruction(StringBuilder text, Value value, int[] numbers, int[] blocks)
    {
        if (!value.Type.IsVoid)
            text.Append('%').Append(numbers[value.Id]).Append(": ").Append(value.Type).Append(" = ");
        else if (value.Op == Op.Asm) text.Append('%').Append(numbers[value.Id]).Append(": void = ");
        text.Append(value.Info.Name);
        if (value.Fast) text.Append(".fast");
        if (value.Volatile) text.Append(".volatile");
        if (value.Asm is { } asm) AsmTemplate(text, asm);
        if (value.Op == Op.Phi) PhiOperands(text, value, numbers, blocks);
        else
            for (int i = 0; i < value.Operands.Length; i++)
            {
                text.Append(i > 0 ? ", " : " ");
                Operand(text, value[i], numbers);
            }

        if (value.Info.Has(OpTraits.HasImm))
        {
            text.Append(" #");
            if (value.Op == Op.Mma) text.Append((MmaShape)value.Imm);
            else text.Append(value.Imm);
        }

        if (value.Offset != 0) text.Append(value.Offset > 0 ? " +" : " ").Append(value.Offset);
        for (int i = 0; i < value.Targets.Length; i++)
            text.Append(i > 0 || value.Op == Op.CondBr ? ", b" : " b").Append(blocks[value.Targets[i].Id]);
    }

    /// <summary>By block number, whatever the order of the predecessors, so that equal functions print
    /// equally.</summary>
    private static void PhiOperands(StringBuilder text, Value phi, int[] numbers, int[] blocks)
    {
        var order = new int[phi.Operands.Length];
        var keys = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
            keys[i] = phi.Block is { } block && i < block.Preds.Count ? blocks[block.Preds[i].Id] : -1;
        }

        Array.Sort(keys, order);
        for (int i = 0; i < order.Length; i++)
        {
            text.Append(i > 0 ? ", [" : " [");
            Operand(text, phi[order[i]], numbers);
            text.Append(", b").Append(keys[i]).Append(']');
        }
    }

    private static void Operand(StringBuilder text, Value operand, int[] numbers)
    {
        switch (operand.Op)
        {
            case Op.Const:
                text.Append(ConstantText(operand));
                break;
            case Op.Undef:
                text.Append("undef:").Append(operand.Type);
                break;
            case Op.Param:
                text.Append('%').Append(operand.Name);
                break;
            default:
                text.Append('%').Append(numbers[operand.Id]);
                break;
        }
    }

    private static void AsmTemplate(StringBuilder text, AsmText asm)
    {
        text.Append(" \"").Append(asm.Text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")).Append(
            "\" {");
        for (int i = 0; i < asm.Slots.Length; i++)
        {
            AsmSlot slot = asm.Slots[i];
            if (i > 0) text.Append(' ');
            if (slot.Operand >= 0) text.Append(slot.Operand);
            text.Append('>');
            if (slot.Output >= 0) text.Append(slot.Output);
            text.Append(':').Append(slot.Type);
        }

        text.Append('}');
    }
}
