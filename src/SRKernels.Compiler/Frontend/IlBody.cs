using System.Reflection.Metadata;

namespace SRKernels.Compiler.Frontend;

/// <summary>One basic block of IL: bytes [Start, End), and the indices of the blocks that may follow.</summary>
internal sealed class IlBlock(int start)
{
    internal int Start { get; } = start;

    internal int End { get; set; }

    internal int[] Successors { get; set; } = [];

    internal int PredCount { get; set; }
}

/// <summary>IL bytes cut into basic blocks, with what is known of arguments and locals beforehand. Immutable.</summary>
internal sealed class IlBody
{
    private static readonly byte[] s_operandBytes = BuildOperandBytes();

    internal IlBody(byte[] code, int argumentCount, int localCount)
    {
        Code = code;
        ArgumentIsWritten = new bool[argumentCount];
        LocalStores = new int[localCount];
        FindBlocks();
    }

    internal byte[] Code { get; }

    /// <summary>In order of offset; the first is the entry.</summary>
    internal IlBlock[] Blocks { get; private set; } = [];

    /// <summary>Reachable blocks, each before its successors but for back edges.</summary>
    internal int[] ReversePostorder { get; private set; } = [];

    /// <summary>Assigned, or its address taken.</summary>
    internal bool[] ArgumentIsWritten { get; }

    /// <summary>Number of stores; two if its address is taken.</summary>
    internal int[] LocalStores { get; }

    /// <summary>The operation at an offset, and the offset of its operand.</summary>
    internal static ILOpCode Decode(ReadOnlySpan<byte> code, int offset, out int operand)
    {
        byte first = code[offset];
        if (first != 0xFE)
        {
            operand = offset + 1;
            return (ILOpCode)first;
        }

        operand = offset + 2;
        return (ILOpCode)(0xFE00 | code[offset + 1]);
    }

    /// <summary>The offset behind an instruction.</summary>
    internal static int Next(ReadOnlySpan<byte> code, ILOpCode op, int operand)
    {
        if (op == ILOpCode.Switch) return operand + 4 + (4 * BitConverter.ToInt32(code[operand..]));
        return operand + s_operandBytes[((int)op >> 8 == 0xFE ? 256 : 0) + ((int)op & 0xFF)];
    }

    private void FindBlocks()
    {
        ReadOnlySpan<byte> code = Code;
        var isLeader = new bool[code.Length + 1];
        isLeader[0] = true;
        for (int at = 0; at < code.Length;)
        {
            ILOpCode op = Decode(code, at, out int operand);
            int next = Next(code, op, operand);
            NoteVariable(op, operand);
            if (op == ILOpCode.Switch)
            {
                for (int i = 0; i < BitConverter.ToInt32(code[operand..]); i++) isLeader[SwitchTarget(operand, next, i)] = true;
                isLeader[next] = true;
            }
            else if (op.IsBranch())
            {
                isLeader[BranchTarget(op, operand, next)] = true;
                isLeader[next] = true;
            }
            else if (op is ILOpCode.Ret or ILOpCode.Throw or ILOpCode.Rethrow or ILOpCode.Jmp)
            {
                isLeader[next] = true;
            }

            at = next;
        }

        var blockAt = new int[code.Length + 1];
        var blocks = new List<IlBlock>();
        for (int i = 0; i < code.Length; i++)
        {
            if (isLeader[i]) blocks.Add(new IlBlock(i));
            blockAt[i] = blocks.Count - 1;
        }

        for (int i = 0; i < blocks.Count; i++)
        {
            blocks[i].End = i + 1 < blocks.Count ? blocks[i + 1].Start : code.Length;
            blocks[i].Successors = SuccessorsOf(blocks[i], blockAt);
        }

        Blocks = [.. blocks];
        Order();
    }

    private int[] SuccessorsOf(IlBlock block, int[] blockAt)
    {
        ReadOnlySpan<byte> code = Code;
        int at = block.Start;
        while (true)
        {
            ILOpCode op = Decode(code, at, out int operand);
            int next = Next(code, op, operand);
            if (next < block.End)
            {
                at = next;
                continue;
            }

            if (op is ILOpCode.Ret or ILOpCode.Throw or ILOpCode.Rethrow or ILOpCode.Jmp) return [];
            if (op is ILOpCode.Br or ILOpCode.Br_s or ILOpCode.Leave or ILOpCode.Leave_s)
                return [blockAt[BranchTarget(op, operand, next)]];
            if (op == ILOpCode.Switch)
            {
                int count = BitConverter.ToInt32(code[operand..]);
                var targets = new int[count + 1];
                for (int i = 0; i < count; i++) targets[i] = blockAt[SwitchTarget(operand, next, i)];
                targets[count] = blockAt[next];
                return targets;
            }

            // The taken way first, then the next instruction.
            return op.IsBranch() ? [blockAt[BranchTarget(op, operand, next)], blockAt[next]] : [blockAt[next]];
        }
    }

    private void Order()
    {
        var state = new int[Blocks.Length];
        var order = new List<int>(Blocks.Length);
        var stack = new Stack<int>();
        stack.Push(0);
        var seen = new bool[Blocks.Length];
        seen[0] = true;
        while (stack.TryPeek(out int block))
        {
            int[] next = Blocks[block].Successors;
            if (state[block] == next.Length)
            {
                order.Add(block);
                stack.Pop();
                continue;
            }

            // Loops leave through the taken way or by falling through; the later target is visited first, so code order
            // is kept.
            int successor = next[next.Length - 1 - state[block]++];
            if (seen[successor]) continue;
            seen[successor] = true;
            stack.Push(successor);
        }

        order.Reverse();
        ReversePostorder = [.. order];
        foreach (int block in order)
        {
            int[] next = Blocks[block].Successors;
            for (int i = 0; i < next.Length; i++)
                if (Array.IndexOf(next, next[i], 0, i) < 0)
                    Blocks[next[i]].PredCount++;
        }
    }

    private int BranchTarget(ILOpCode op, int operand, int next) =>
        next + (op.GetBranchOperandSize() == 1 ? (sbyte)Code[operand] : BitConverter.ToInt32(Code, operand));

    private int SwitchTarget(int operand, int next, int index) =>
        next + BitConverter.ToInt32(Code, operand + 4 + (4 * index));

    private void NoteVariable(ILOpCode op, int operand)
    {
        switch (op)
        {
            case ILOpCode.Starg or ILOpCode.Ldarga:
                ArgumentIsWritten[BitConverter.ToUInt16(Code, operand)] = true;
                break;
            case ILOpCode.Starg_s or ILOpCode.Ldarga_s:
                ArgumentIsWritten[Code[operand]] = true;
                break;
            case >= ILOpCode.Stloc_0 and <= ILOpCode.Stloc_3:
                LocalStores[op - ILOpCode.Stloc_0]++;
                break;
            case ILOpCode.Stloc_s:
                LocalStores[Code[operand]]++;
                break;
            case ILOpCode.Stloc:
                LocalStores[BitConverter.ToUInt16(Code, operand)]++;
                break;
            case ILOpCode.Ldloca_s:
                LocalStores[Code[operand]] += 2;
                break;
            case ILOpCode.Ldloca:
                LocalStores[BitConverter.ToUInt16(Code, operand)] += 2;
                break;
        }
    }

    private static byte[] BuildOperandBytes()
    {
        var bytes = new byte[512];
        foreach (ILOpCode op in Enum.GetValues<ILOpCode>())
        {
            int index = ((int)op >> 8 == 0xFE ? 256 : 0) + ((int)op & 0xFF);
            bytes[index] = op switch
            {
                _ when op.IsBranch() && op != ILOpCode.Switch => (byte)op.GetBranchOperandSize(),
                ILOpCode.Ldarg_s or ILOpCode.Ldarga_s or ILOpCode.Starg_s or ILOpCode.Ldloc_s or ILOpCode.Ldloca_s or ILOpCode.Stloc_s
                    or ILOpCode.Ldc_i4_s or ILOpCode.Unaligned => 1,
                ILOpCode.Ldarg or ILOpCode.Ldarga or ILOpCode.Starg or ILOpCode.Ldloc or ILOpCode.Ldloca or ILOpCode.Stloc => 2,
                ILOpCode.Ldc_i4 or ILOpCode.Ldc_r4 or ILOpCode.Call or ILOpCode.Calli or ILOpCode.Callvirt or ILOpCode.Jmp
                    or ILOpCode.Cpobj or ILOpCode.Ldobj or ILOpCode.Ldstr or ILOpCode.Newobj or ILOpCode.Castclass or ILOpCode.Isinst
                    or ILOpCode.Unbox or ILOpCode.Unbox_any or ILOpCode.Box or ILOpCode.Ldfld or ILOpCode.Ldflda or ILOpCode.Stfld
                    or ILOpCode.Ldsfld or ILOpCode.Ldsflda or ILOpCode.Stsfld or ILOpCode.Stobj or ILOpCode.Newarr or ILOpCode.Ldelema
                    or ILOpCode.Ldelem or ILOpCode.Stelem or ILOpCode.Refanyval or ILOpCode.Mkrefany or ILOpCode.Ldtoken
                    or ILOpCode.Ldftn or ILOpCode.Ldvirtftn or ILOpCode.Initobj or ILOpCode.Constrained or ILOpCode.Sizeof => 4,
                ILOpCode.Ldc_i8 or ILOpCode.Ldc_r8 => 8,
                _ => 0,
            };
        }

        return bytes;
    }
}
