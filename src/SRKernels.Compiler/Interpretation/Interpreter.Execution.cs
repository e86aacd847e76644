using SRKernels.Compiler.IR;
using static SRKernels.Compiler.IR.ScalarSemantics;

namespace SRKernels.Compiler.Interpretation;

/// <summary>One thread's instructions. Registers hold bits, zero-extended; every case is the definition of its op in code.</summary>
internal sealed unsafe partial class Interpreter
{
    private readonly ulong[] _phis = new ulong[256];

    private ulong Read(ThreadState t, Value v) => v.Op switch
    {
        Op.Const => (ulong)v.Imm,
        Op.Undef => 0,
        _ => t.Registers[_slot[v.Id]],
    };

    private long ReadSigned(ThreadState t, Value v) => Sign(Read(t, v), v.Type.Bits);

    private float ReadFloat(ThreadState t, Value v) => BitConverter.UInt32BitsToSingle((uint)Read(t, v));

    /// <summary>Runs until the thread ends or waits for others.</summary>
    private void RunThread(ThreadState t)
    {
        while (true)
        {
            Value v = t.At!;
            if (++t.Executed > InstructionLimit) throw Error(t, v, $"more than {InstructionLimit:N0} instructions: an endless loop?");
            switch (v.Op)
            {
                case Op.Ret:
                    t.Waiting = Waiting.Ended;
                    return;
                case Op.Br:
                    Enter(t, v.Block!, v.Targets[0]);
                    continue;
                case Op.CondBr:
                    Enter(t, v.Block!, v.Targets[Read(t, v[0]) != 0 ? 0 : 1]);
                    continue;
                case Op.Barrier or Op.BarrierPopCount or Op.BarrierAnd or Op.BarrierOr:
                    t.Waiting = Waiting.ForGroup;
                    return;
                case Op.WarpBarrier or Op.Shuffle or Op.ShuffleDown or Op.ShuffleUp or Op.ShuffleXor or Op.Mma or Op.LdMatrix:
                    t.Waiting = Waiting.ForWarp;
                    return;
            }

            Execute(t, v);
            t.At = v.Next;
        }
    }

    private void Enter(ThreadState t, Block from, Block to)
    {
        int edge = -1;
        int count = 0;
        for (Value? phi = to.First; phi is { Op: Op.Phi }; phi = phi.Next)
        {
            if (edge < 0) edge = to.IndexOfPred(from);
            if (count == _phis.Length) throw Error(t, phi, $"more than {_phis.Length} phis in one block");
            _phis[count++] = Read(t, phi[edge]);
        }

        Value? at = to.First;
        for (int i = 0; i < count; i++, at = at!.Next) t.Registers[_slot[at!.Id]] = _phis[i];
        t.At = at;
    }

    private void Execute(ThreadState t, Value v)
    {
        ref ulong result = ref t.Registers[_slot[v.Id]];
        switch (v.Op)
        {
            case Op.Extract:
                result = t.Registers[_slot[v[0].Id] + (int)v.Imm];
                return;
            case Op.Select or (>= Op.Add and <= Op.Unpack2x16):
                ulong b = v.Operands.Length > 1 ? Read(t, v[1]) : 0;
                ulong c = v.Operands.Length > 2 ? Read(t, v[2]) : 0;
                if (!ScalarSemantics.TryEvaluate(v, Read(t, v[0]), b, c, out result, out string? error)) throw Error(t, v, error!);
                return;
            case Op.Addr:
                result = Read(t, v[0]) + (ulong)(ReadSigned(t, v[1]) * v.Imm);
                return;
            case Op.AssumeAligned:
                result = Read(t, v[0]);
                if (result % (ulong)v.Imm != 0) throw Error(t, v, $"{_memory.Describe(result)} is not a multiple of {v.Imm}, as the program promises");
                return;
            case Op.Load:
                Load(t, v);
                return;
            case Op.Store:
                Store(t, v);
                return;
            case Op.AllocAddr:
                result = _group.Allocation(t, (int)v.Imm);
                return;
            case Op.DynShared:
                result = _group.DynamicShared;
                return;
            case Op.DynSharedBytes:
                result = (uint)_group.DynamicSharedBytes;
                return;
            case >= Op.AtomicAdd and <= Op.AtomicCas:
                result = Atomic(t, v);
                return;
            case Op.ThreadIdx:
                result = (uint)Component(t.Index, v.Imm);
                return;
            case Op.GroupDim:
                result = (uint)Component(_group.Size, v.Imm);
                return;
            case Op.GroupIdx:
                result = (uint)Component(_group.Index, v.Imm);
                return;
            case Op.GridDim:
                result = (uint)Component(_group.Grid, v.Imm);
                return;
            case Op.LaneIdx:
                result = (uint)t.Lane;
                return;
            case Op.FenceGroup or Op.FenceDevice or Op.FenceSystem or Op.CpAsyncCommit or Op.CpAsyncWait:
                return; // one thread runs at a time, and copies are done when they are asked for
            case Op.CpAsync:
                Copy(t, v);
                return;
            default:
                throw Error(t, v, "the interpreter has no inline PTX; give the kernel a variant without it");
        }
    }

    private static int Component((int X, int Y, int Z) of, long dimension) => dimension == 0 ? of.X : dimension == 1 ? of.Y : of.Z;
}
