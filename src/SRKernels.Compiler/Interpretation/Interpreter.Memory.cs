using SRKernels.Compiler.IR;
using static SRKernels.Compiler.IR.ScalarSemantics;

namespace SRKernels.Compiler.Interpretation;

/// <summary>Loads, stores, atomics, and what the lanes of a warp do together.</summary>
internal sealed unsafe partial class Interpreter
{
    /// <summary>The bytes that an access at an address and its offset means.</summary>
    private byte* At(ThreadState t, Value v, ulong start, int bytes)
    {
        ulong address = start + (ulong)(long)v.Offset;
        byte* at = _memory.At(address, bytes);
        // Lengths of accesses are powers of two.
        return at is not null && (address & (ulong)(bytes - 1)) == 0 ? at : throw Misplaced(t, v, address, bytes);
    }

    private InterpretationException Misplaced(ThreadState t, Value v, ulong address, int bytes) =>
        (address & (ulong)(bytes - 1)) != 0 ? Error(t, v, $"{_memory.Describe(address)} is not a multiple of {bytes}") : Error(t, v, $"{bytes} bytes at {_memory.Describe(address)}");

    private static ulong Get(byte* at, int bytes) => bytes switch
    {
        1 => *at,
        2 => *(ushort*)at,
        4 => *(uint*)at,
        _ => *(ulong*)at,
    };

    private static void Put(byte* at, int bytes, ulong value)
    {
        switch (bytes)
        {
            case 1: *at = (byte)value; break;
            case 2: *(ushort*)at = (ushort)value; break;
            case 4: *(uint*)at = (uint)value; break;
            default: *(ulong*)at = value; break;
        }
    }

    private void Load(ThreadState t, Value v)
    {
        byte* at = At(t, v, Read(t, v[0]), v.Type.Bytes);
        int bytes = v.Type.Bits / 8;
        for (int i = 0; i < Math.Max((int)v.Type.Lanes, 1); i++) t.Registers[_slot[v.Id] + i] = Get(at + (i * bytes), bytes);
    }

    private void Store(ThreadState t, Value v)
    {
        int lanes = v.Operands.Length - 1;
        int bytes = v[1].Type.Bits / 8;
        byte* at = At(t, v, Read(t, v[0]), bytes * lanes);
        for (int i = 0; i < lanes; i++) Put(at + (i * bytes), bytes, Read(t, v[i + 1]));
    }

    private void Copy(ThreadState t, Value v)
    {
        int bytes = (int)v.Imm;
        int real = v.Operands.Length == 3 ? (int)Read(t, v[2]) : bytes;
        if (real < 0 || real > bytes) throw Error(t, v, $"{real} bytes of a copy of {bytes}");
        byte* to = At(t, v, Read(t, v[0]), bytes);
        if (Read(t, v[1]) % (ulong)bytes != 0) throw Error(t, v, $"{_memory.Describe(Read(t, v[1]))} is not a multiple of {bytes}");
        byte* from = _memory.At(Read(t, v[1]), real);
        if (from is null && real > 0) throw Error(t, v, $"{real} bytes at {_memory.Describe(Read(t, v[1]))}");
        for (int i = 0; i < bytes; i++) to[i] = i < real ? from[i] : (byte)0;
    }

    private ulong Atomic(ThreadState t, Value v)
    {
        int width = v.Type.Bits;
        byte* at = At(t, v, Read(t, v[0]), width / 8);
        ulong old = Get(at, width / 8);
        ulong b = Read(t, v[1]);
        ulong now = v.Op switch
        {
            Op.AtomicAdd => old + b,
            Op.AtomicFAdd when width == 32 => Bits(BitConverter.UInt32BitsToSingle((uint)old) + BitConverter.UInt32BitsToSingle((uint)b)),
            Op.AtomicFAdd => Bits(BitConverter.UInt64BitsToDouble(old) + BitConverter.UInt64BitsToDouble(b)),
            Op.AtomicMinS => Sign(old, width) < Sign(b, width) ? old : b,
            Op.AtomicMaxS => Sign(old, width) > Sign(b, width) ? old : b,
            Op.AtomicMinU => Math.Min(old, b),
            Op.AtomicMaxU => Math.Max(old, b),
            Op.AtomicAnd => old & b,
            Op.AtomicOr => old | b,
            Op.AtomicXor => old ^ b,
            Op.AtomicExch => b,
            _ => old == b ? Read(t, v[2]) : old,
        };
        Put(at, width / 8, now);
        return old;
    }

    private void ExecuteWarp(Span<ThreadState> warp, Value v)
    {
        switch (v.Op)
        {
            case Op.WarpBarrier:
                return;
            case Op.Mma:
                Mma(warp, v);
                return;
            case Op.LdMatrix:
                LdMatrix(warp, v);
                return;
        }

        Span<ulong> values = stackalloc ulong[WarpSize];
        for (int i = 0; i < warp.Length; i++) values[i] = Read(warp[i], v[0]);
        foreach (ThreadState t in warp)
        {
            int lane = t.Lane;
            int b = (int)Read(t, v[1]);
            int width = (int)Read(t, v[2]);
            if (width is not (1 or 2 or 4 or 8 or 16 or 32)) throw Error(t, v, $"the width is {width}, expected a power of two up to 32");
            int segment = lane & ~(width - 1);
            int source = v.Op switch
            {
                Op.Shuffle => segment + (b & (width - 1)),
                Op.ShuffleDown => lane + b < segment + width ? lane + b : lane,
                Op.ShuffleUp => lane - b >= segment ? lane - b : lane,
                _ => (lane ^ b) < segment + width ? lane ^ b : lane,
            };
            t.Registers[_slot[v.Id]] = values[Math.Min(source, warp.Length - 1)];
        }
    }

    private void LdMatrix(Span<ThreadState> warp, Value v)
    {
        if (warp.Length < WarpSize) throw Error(warp[0], v, $"the warp has {warp.Length} threads, expected {WarpSize}");
        int matrices = Math.Max((int)v.Type.Lanes, 1);
        foreach (ThreadState t in warp)
        {
            for (int j = 0; j < matrices; j++)
            {
                (int row0, int column0, int row1, int column1) = v.Imm == 0
                    ? (t.Lane / 4, 2 * (t.Lane % 4), t.Lane / 4, (2 * (t.Lane % 4)) + 1)
                    : (2 * (t.Lane % 4), t.Lane / 4, (2 * (t.Lane % 4)) + 1, t.Lane / 4);
                t.Registers[_slot[v.Id] + j] = Element(warp, v, j, row0, column0) | (Element(warp, v, j, row1, column1) << 16);
            }
        }
    }

    private ulong Element(Span<ThreadState> warp, Value v, int matrix, int row, int column)
    {
        ThreadState owner = warp[(8 * matrix) + row];
        return Get(At(owner, v, Read(owner, v[0]), 16) + (2 * column), 2);
    }

    /// <summary>
    /// Lane l holds of D rows l / 4 and l / 4 + 8, columns 2 (l mod 4) and next. A's registers: rows as D's, then the upper half of k;
    /// B's: column l / 4, then the upper half of k. A 16-bit register is two neighbours along k, a tf32 one is single. Source: PTX ISA, mma fragments.
    /// </summary>
    private void Mma(Span<ThreadState> warp, Value v)
    {
        if (warp.Length < WarpSize) throw Error(warp[0], v, $"the warp has {warp.Length} threads, expected {WarpSize}");
        var shape = (MmaShape)v.Imm;
        (int registersA, int registersB) = TypeRules.MmaRegisters(shape);
        int perRegister = shape == MmaShape.M16N8K8TF32 ? 1 : 2;
        int depth = registersB * 4 * perRegister;
        Span<double> a = stackalloc double[16 * 16];
        Span<double> b = stackalloc double[16 * 8];
        foreach (ThreadState t in warp)
        {
            int group = t.Lane / 4;
            int inGroup = t.Lane % 4;
            for (int r = 0; r < registersA; r++)
                for (int e = 0; e < perRegister; e++)
                    a[((group + (8 * (r & 1))) * 16) + (inGroup * perRegister) + e + (r / 2 * 4 * perRegister)] = Factor(shape, Read(t, v[r]), e);
            for (int r = 0; r < registersB; r++)
                for (int e = 0; e < perRegister; e++)
                    b[(((inGroup * perRegister) + e + (r * 4 * perRegister)) * 8) + group] = Factor(shape, Read(t, v[registersA + r]), e);
        }

        foreach (ThreadState t in warp)
        {
            for (int i = 0; i < 4; i++)
            {
                int row = (t.Lane / 4) + (8 * (i / 2));
                int column = (2 * (t.Lane % 4)) + (i & 1);
                double sum = ReadFloat(t, v[registersA + registersB + i]);
                for (int k = 0; k < depth; k++) sum += a[(row * 16) + k] * b[(k * 8) + column];
                t.Registers[_slot[v.Id] + i] = Bits((float)sum);
            }
        }
    }

    private static double Factor(MmaShape shape, ulong register, int element)
    {
        uint bits = (uint)register;
        ushort half = (ushort)(element == 0 ? bits : bits >> 16);
        return shape switch
        {
            MmaShape.M16N8K16F16 or MmaShape.M16N8K8F16 => (double)BitConverter.UInt16BitsToHalf(half),
            MmaShape.M16N8K16BF16 or MmaShape.M16N8K8BF16 => BitConverter.UInt32BitsToSingle((uint)half << 16),
            _ => BitConverter.UInt32BitsToSingle(bits & 0xFFFFE000),
        };
    }
}
