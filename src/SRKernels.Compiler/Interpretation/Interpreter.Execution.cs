using System.Numerics;
using SRKernels.Compiler.IR;

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

    private long ReadSigned(ThreadState t, Value v) => Sign((ulong)Read(t, v), v.Type.Bits);

    private float ReadFloat(ThreadState t, Value v) => BitConverter.UInt32BitsToSingle((uint)Read(t, v));

    private double ReadDouble(ThreadState t, Value v) => BitConverter.UInt64BitsToDouble(Read(t, v));

    private static long Sign(ulong bits, int width) => width == 64 ? (long)bits : (long)(bits << (64 - width)) >> (64 - width);

    private static ulong Cut(ulong bits, int width) => width == 64 ? bits : bits & ((1UL << width) - 1);

    private static ulong Bits(float x) => BitConverter.SingleToUInt32Bits(x);

    private static ulong Bits(double x) => BitConverter.DoubleToUInt64Bits(x);

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
        int width = v.Type.Bits;
        switch (v.Op)
        {
            case Op.Select:
                result = Read(t, v[Read(t, v[0]) != 0 ? 1 : 2]);
                return;
            case Op.Extract:
                result = t.Registers[_slot[v[0].Id] + (int)v.Imm];
                return;
            case >= Op.Add and <= Op.Ctz:
                result = Cut(Integer(t, v, width), width);
                return;
            case >= Op.FAdd and <= Op.Tanh:
                result = v.Type.Kind == Kind.F32 ? Bits(Single(t, v)) : Bits(Double(t, v));
                return;
            case >= Op.CmpEq and <= Op.FCmpLeUn:
                result = Compare(t, v) ? 1UL : 0;
                return;
            case >= Op.IntTrunc and <= Op.Unpack2x16:
                result = Convert(t, v, width);
                return;
            case Op.Addr:
                result = Read(t, v[0]) + (ulong)(ReadSigned(t, v[1]) * v.Imm);
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

    private ulong Integer(ThreadState t, Value v, int width)
    {
        ulong a = Read(t, v[0]);
        ulong b = v.Operands.Length > 1 ? Read(t, v[1]) : 0;
        long sa = Sign(a, width);
        long sb = v.Operands.Length > 1 ? Sign(b, v[1].Type.Bits) : 0;
        switch (v.Op)
        {
            case Op.Add: return a + b;
            case Op.Sub: return a - b;
            case Op.Mul: return a * b;
            case Op.MulHiS: return width == 64 ? (ulong)Math.BigMul(sa, sb, out _) : (ulong)((sa * sb) >> 32);
            case Op.MulHiU: return width == 64 ? Math.BigMul(a, b, out _) : (a * b) >> 32;
            case Op.DivS or Op.RemS:
                if (sb == 0) throw Error(t, v, "division by zero");
                if (sb == -1 && sa == Sign(1UL << (width - 1), width)) throw Error(t, v, "the quotient does not fit");
                return (ulong)(v.Op == Op.DivS ? sa / sb : sa % sb);
            case Op.DivU or Op.RemU:
                if (b == 0) throw Error(t, v, "division by zero");
                return v.Op == Op.DivU ? a / b : a % b;
            case Op.Neg: return 0 - a;
            case Op.AbsS: return sa < 0 ? 0 - a : a;
            case Op.MinS: return sa < sb ? a : b;
            case Op.MaxS: return sa > sb ? a : b;
            case Op.MinU: return Math.Min(a, b);
            case Op.MaxU: return Math.Max(a, b);
            case Op.And: return a & b;
            case Op.Or: return a | b;
            case Op.Xor: return a ^ b;
            case Op.Not: return ~a;
            case Op.Shl: return a << ((int)b & (width - 1));
            case Op.ShrS: return (ulong)(sa >> ((int)b & (width - 1)));
            case Op.ShrU: return a >> ((int)b & (width - 1));
            case Op.PopCount: return (ulong)BitOperations.PopCount(a);
            case Op.Clz: return (ulong)(BitOperations.LeadingZeroCount(a) - (64 - v[0].Type.Bits));
            default: return a == 0 ? (ulong)v[0].Type.Bits : (ulong)BitOperations.TrailingZeroCount(a);
        }
    }

    private float Single(ThreadState t, Value v)
    {
        float a = ReadFloat(t, v[0]);
        float b = v.Operands.Length > 1 ? ReadFloat(t, v[1]) : 0;
        return v.Op switch
        {
            Op.FAdd => a + b,
            Op.FSub => a - b,
            Op.FMul => a * b,
            Op.FDiv => a / b,
            Op.FRem => a % b,
            Op.Fma => MathF.FusedMultiplyAdd(a, b, ReadFloat(t, v[2])),
            Op.FNeg => -a,
            Op.FAbs => MathF.Abs(a),
            Op.FMin => MathF.Min(a, b),
            Op.FMax => MathF.Max(a, b),
            Op.FMinNum => float.MinNumber(a, b),
            Op.FMaxNum => float.MaxNumber(a, b),
            Op.CopySign => MathF.CopySign(a, b),
            Op.Floor => MathF.Floor(a),
            Op.Ceil => MathF.Ceiling(a),
            Op.Trunc => MathF.Truncate(a),
            Op.RoundEven => MathF.Round(a, MidpointRounding.ToEven),
            Op.Sqrt => MathF.Sqrt(a),
            Op.Rsqrt => (float)(1 / Math.Sqrt(a)),
            Op.Rcp => 1 / a,
            Op.Exp => (float)Math.Exp(a),
            Op.Exp2 => (float)Math.Pow(2, a),
            Op.Log => (float)Math.Log(a),
            Op.Log2 => (float)Math.Log2(a),
            Op.Pow => (float)Math.Pow(a, b),
            Op.Sin => (float)Math.Sin(a),
            Op.Cos => (float)Math.Cos(a),
            Op.Tanh => (float)Math.Tanh(a),
            _ => throw Error(t, v, "no such operation"),
        };
    }

    private double Double(ThreadState t, Value v)
    {
        double a = ReadDouble(t, v[0]);
        double b = v.Operands.Length > 1 ? ReadDouble(t, v[1]) : 0;
        return v.Op switch
        {
            Op.FAdd => a + b,
            Op.FSub => a - b,
            Op.FMul => a * b,
            Op.FDiv => a / b,
            Op.FRem => a % b,
            Op.Fma => Math.FusedMultiplyAdd(a, b, ReadDouble(t, v[2])),
            Op.FNeg => -a,
            Op.FAbs => Math.Abs(a),
            Op.FMin => Math.Min(a, b),
            Op.FMax => Math.Max(a, b),
            Op.FMinNum => double.MinNumber(a, b),
            Op.FMaxNum => double.MaxNumber(a, b),
            Op.CopySign => Math.CopySign(a, b),
            Op.Floor => Math.Floor(a),
            Op.Ceil => Math.Ceiling(a),
            Op.Trunc => Math.Truncate(a),
            Op.RoundEven => Math.Round(a, MidpointRounding.ToEven),
            Op.Sqrt => Math.Sqrt(a),
            Op.Rsqrt => 1 / Math.Sqrt(a),
            Op.Rcp => 1 / a,
            Op.Exp => Math.Exp(a),
            Op.Exp2 => Math.Pow(2, a),
            Op.Log => Math.Log(a),
            Op.Log2 => Math.Log2(a),
            Op.Pow => Math.Pow(a, b),
            Op.Sin => Math.Sin(a),
            Op.Cos => Math.Cos(a),
            Op.Tanh => Math.Tanh(a),
            _ => throw Error(t, v, "no such operation"),
        };
    }

    private bool Compare(ThreadState t, Value v)
    {
        if (v.Op >= Op.FCmpEq)
        {
            double a = v[0].Type.Kind == Kind.F32 ? ReadFloat(t, v[0]) : ReadDouble(t, v[0]);
            double b = v[1].Type.Kind == Kind.F32 ? ReadFloat(t, v[1]) : ReadDouble(t, v[1]);
            return v.Op switch
            {
                Op.FCmpEq => a == b,
                Op.FCmpNe => a != b,
                Op.FCmpLt => a < b,
                Op.FCmpLe => a <= b,
                Op.FCmpLtUn => !(a >= b),
                _ => !(a > b),
            };
        }

        return v.Op switch
        {
            Op.CmpEq => Read(t, v[0]) == Read(t, v[1]),
            Op.CmpNe => Read(t, v[0]) != Read(t, v[1]),
            Op.CmpLtS => ReadSigned(t, v[0]) < ReadSigned(t, v[1]),
            Op.CmpLeS => ReadSigned(t, v[0]) <= ReadSigned(t, v[1]),
            Op.CmpLtU => Read(t, v[0]) < Read(t, v[1]),
            _ => Read(t, v[0]) <= Read(t, v[1]),
        };
    }

    private ulong Convert(ThreadState t, Value v, int width)
    {
        Value from = v[0];
        switch (v.Op)
        {
            case Op.IntTrunc:
                return Cut(Read(t, from), width);
            case Op.SExt:
                return Cut((ulong)ReadSigned(t, from), width);
            case Op.ZExt or Op.Bitcast:
                return Read(t, from);
            case Op.SiToFp:
                return width == 32 ? Bits((float)ReadSigned(t, from)) : Bits((double)ReadSigned(t, from));
            case Op.UiToFp:
                return width == 32 ? Bits((float)Read(t, from)) : Bits((double)Read(t, from));
            case Op.FpToSi:
            {
                double x = from.Type.Kind == Kind.F32 ? ReadFloat(t, from) : ReadDouble(t, from);
                return width == 32 ? (uint)(int)x : (ulong)(long)x; // .NET's conversions saturate and send NaN to 0
            }

            case Op.FpToUi:
            {
                double x = from.Type.Kind == Kind.F32 ? ReadFloat(t, from) : ReadDouble(t, from);
                return width == 32 ? (uint)x : (ulong)x;
            }

            case Op.FpExt:
            {
                double x = from.Type.Kind switch
                {
                    Kind.F16 => (double)BitConverter.UInt16BitsToHalf((ushort)Read(t, from)),
                    Kind.BF16 => BitConverter.UInt32BitsToSingle((uint)Read(t, from) << 16),
                    _ => ReadFloat(t, from),
                };
                return width == 32 ? Bits((float)x) : Bits(x);
            }

            case Op.FpTrunc when v.Type.Kind == Kind.F32:
                return Bits((float)ReadDouble(t, from));
            case Op.FpTrunc when v.Type.Kind == Kind.F16:
                return BitConverter.HalfToUInt16Bits(from.Type.Kind == Kind.F32 ? (Half)ReadFloat(t, from) : (Half)ReadDouble(t, from));
            case Op.FpTrunc:
            {
                uint bits = (uint)Read(t, from);
                if (float.IsNaN(BitConverter.UInt32BitsToSingle(bits))) return (bits >> 16) | 0x40;
                return (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
            }

            case Op.RoundTf32:
            {
                uint bits = (uint)Read(t, from);
                return (float.IsFinite(BitConverter.UInt32BitsToSingle(bits)) ? bits + 0x1000 : bits) & 0xFFFFE000;
            }

            case Op.Pack2x16:
                return Read(t, v[0]) | (Read(t, v[1]) << 16);
            default:
                return (Read(t, from) >> (16 * (int)v.Imm)) & 0xFFFF;
        }
    }
}
