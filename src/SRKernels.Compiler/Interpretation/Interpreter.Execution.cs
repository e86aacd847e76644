using SRKernels.Compiler.IR;
using static SRKernels.Compiler.IR.ScalarSemantics;

namespace SRKernels.Compiler.Interpretation;

/// <summary>One thread's instructions. Registers hold bits, zero-extended; every case is the definition of its op in code.</summary>
internal sealed unsafe partial class Interpreter
{
    private ulong[] _phis = new ulong[16];

    private ulong Read(ThreadState t, Value v) => t.Registers[_slot[v.Id]];

    private long ReadSigned(ThreadState t, Value v) => Sign(Read(t, v), v.Type.Bits);

    private float ReadFloat(ThreadState t, Value v) => BitConverter.UInt32BitsToSingle((uint)Read(t, v));

    /// <summary>Runs until the thread ends or waits for others.</summary>
    private void RunThread(ThreadState t)
    {
        Step[] steps = _steps;
        ulong[] r = t.Registers;
        int at = t.At;
        while (true)
        {
            ref readonly Step s = ref steps[at++];
            switch (s.Code)
            {
                case Code.Ret:
                    t.Waiting = Waiting.Ended;
                    return;
                case Code.Br or Code.CondBr:
                    // Counted here: what does not branch comes to an end.
                    t.Executed += at - t.From;
                    if (t.Executed > InstructionLimit) throw Error(t, s.Value, $"more than {InstructionLimit:N0} instructions: an endless loop?");
                    t.From = at = Enter(r, _edges[s.B + (s.Code == Code.CondBr && r[s.A] == 0 ? 1 : 0)]);
                    break;
                case Code.WaitForGroup or Code.WaitForWarp:
                    t.At = at - 1;
                    t.Waiting = s.Code == Code.WaitForGroup ? Waiting.ForGroup : Waiting.ForWarp;
                    return;
                case Code.Move: r[s.Result] = r[s.A]; break;
                case Code.Select: r[s.Result] = r[s.A] != 0 ? r[s.B] : r[s.C]; break;
                case Code.Addr: r[s.Result] = r[s.A] + (ulong)((long)r[s.B] * s.Imm); break;
                case Code.AddrOf32: r[s.Result] = r[s.A] + (ulong)((int)r[s.B] * s.Imm); break;
                case Code.Load32: r[s.Result] = *(uint*)At(t, s.Value, r[s.A], 4); break;
                case Code.Load32s:
                    byte* from = At(t, s.Value, r[s.A], 4 * (int)s.Imm);
                    for (int i = 0; i < (int)s.Imm; i++) r[s.Result + i] = ((uint*)from)[i];
                    break;
                case Code.Store32: *(uint*)At(t, s.Value, r[s.A], 4) = (uint)r[s.B]; break;
                case Code.Store32s:
                    byte* to = At(t, s.Value, r[s.A], 4 * (int)s.Imm);
                    for (int i = 0; i < (int)s.Imm; i++) ((uint*)to)[i] = (uint)Read(t, s.Value[i + 1]);
                    break;
                case Code.Add32: r[s.Result] = (uint)(r[s.A] + r[s.B]); break;
                case Code.Add64: r[s.Result] = r[s.A] + r[s.B]; break;
                case Code.Sub32: r[s.Result] = (uint)(r[s.A] - r[s.B]); break;
                case Code.Mul32: r[s.Result] = (uint)(r[s.A] * r[s.B]); break;
                case Code.And: r[s.Result] = r[s.A] & r[s.B]; break;
                case Code.Or: r[s.Result] = r[s.A] | r[s.B]; break;
                case Code.Xor: r[s.Result] = r[s.A] ^ r[s.B]; break;
                case Code.Shl32: r[s.Result] = (uint)r[s.A] << (int)r[s.B]; break;
                case Code.ShrS32: r[s.Result] = (uint)((int)r[s.A] >> (int)r[s.B]); break;
                case Code.ShrU32: r[s.Result] = (uint)r[s.A] >> (int)r[s.B]; break;
                case Code.SExt32To64: r[s.Result] = (ulong)(int)r[s.A]; break;
                case Code.Trunc32: r[s.Result] = (uint)r[s.A]; break;
                case Code.CmpEq: r[s.Result] = r[s.A] == r[s.B] ? 1UL : 0; break;
                case Code.CmpNe: r[s.Result] = r[s.A] != r[s.B] ? 1UL : 0; break;
                case Code.CmpLtU: r[s.Result] = r[s.A] < r[s.B] ? 1UL : 0; break;
                case Code.CmpLtS32: r[s.Result] = (int)r[s.A] < (int)r[s.B] ? 1UL : 0; break;
                case Code.CmpLeS32: r[s.Result] = (int)r[s.A] <= (int)r[s.B] ? 1UL : 0; break;
                case Code.FAdd32: r[s.Result] = Bits(Float(r[s.A]) + Float(r[s.B])); break;
                case Code.FSub32: r[s.Result] = Bits(Float(r[s.A]) - Float(r[s.B])); break;
                case Code.FMul32: r[s.Result] = Bits(Float(r[s.A]) * Float(r[s.B])); break;
                case Code.Fma32: r[s.Result] = Bits(MathF.FusedMultiplyAdd(Float(r[s.A]), Float(r[s.B]), Float(r[s.C]))); break;
                case Code.Scalar:
                    // What an operation lacks of operands it does not look at.
                    if (!TryEvaluate(s.Value, r[s.A], r[s.B], r[s.C], out r[s.Result], out string? error)) throw Error(t, s.Value, error!);
                    break;
                default:
                    Execute(t, s.Value);
                    break;
            }
        }
    }

    /// <summary>Gives the phis of an edge their values, and says where it goes.</summary>
    private int Enter(ulong[] registers, Edge edge)
    {
        if (edge.InOrder)
        {
            foreach ((int from, int to) in edge.Moves) registers[to] = registers[from];
            return edge.Step;
        }

        if (_phis.Length < edge.Moves.Length) _phis = new ulong[2 * edge.Moves.Length];
        for (int i = 0; i < edge.Moves.Length; i++) _phis[i] = registers[edge.Moves[i].From];
        for (int i = 0; i < edge.Moves.Length; i++) registers[edge.Moves[i].To] = _phis[i];
        return edge.Step;
    }

    private void Execute(ThreadState t, Value v)
    {
        ref ulong result = ref t.Registers[_slot[v.Id]];
        switch (v.Op)
        {
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
