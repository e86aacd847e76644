using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Interpretation;

/// <summary>
/// The function made ready to run: instructions in one row, operands as registers, constants in registers of their own, each edge's phis as moves.
/// The commonest operations have a code for their width; all others go to <see cref="Execute"/>.
/// </summary>
internal sealed unsafe partial class Interpreter
{
    private readonly List<(int Register, ulong Bits)> _constants = [];
    private readonly Dictionary<Value, int> _constantSlots = [];
    private readonly List<Edge> _edges = [];
    private Step[] _steps = [];

    private enum Code : byte
    {
        /// <summary>By <see cref="Execute"/>.</summary>
        Other,

        /// <summary>By <see cref="ScalarSemantics"/>.</summary>
        Scalar,
        Ret,
        Br,
        CondBr,
        WaitForGroup,
        WaitForWarp,
        Move,
        Select,
        Addr,
        AddrOf32,
        Load32,
        Load32s,
        Store32,
        Store32s,
        Add32,
        Add64,
        Sub32,
        Mul32,
        And,
        Or,
        Xor,
        Shl32,
        ShrS32,
        ShrU32,
        SExt32To64,
        Trunc32,
        CmpEq,
        CmpNe,
        CmpLtU,
        CmpLtS32,
        CmpLeS32,
        FAdd32,
        FSub32,
        FMul32,
        Fma32,
    }

    private void Prepare()
    {
        var first = new Dictionary<Block, int>();
        int count = 0;
        foreach (Block block in _function.Blocks)
        {
            first.Add(block, count);
            for (Value? v = block.First; v is not null; v = v.Next)
                if (v.Op != Op.Phi) count++;
        }

        _steps = new Step[count];
        count = 0;
        foreach (Block block in _function.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
                if (v.Op != Op.Phi) _steps[count++] = StepOf(v, first);
    }

    private Step StepOf(Value v, Dictionary<Block, int> first)
    {
        Code code = CodeOf(v);
        foreach (Value operand in v.Operands) Slot(operand);
        if (code is Code.Br or Code.CondBr)
        {
            int edge = _edges.Count;
            foreach (Block target in v.Targets) _edges.Add(EdgeTo(v.Block!, target, first[target]));
            return new Step(v, code, 0, code == Code.CondBr ? Slot(v[0]) : 0, edge, 0, 0);
        }

        int At(int operand) => operand < v.Operands.Length ? Slot(v[operand]) : 0;
        long immediate = code switch
        {
            Code.Addr or Code.AddrOf32 => v.Imm,
            Code.Load32s => Math.Max((int)v.Type.Lanes, 1),
            Code.Store32s => v.Operands.Length - 1,
            _ => 0,
        };
        // Extract reads a lane of its vector.
        return new Step(v, code, _slot[v.Id], At(0) + (v.Op == Op.Extract ? (int)v.Imm : 0), At(1), At(2), immediate);
    }

    private Edge EdgeTo(Block from, Block to, int step)
    {
        var moves = new List<(int From, int To)>();
        int edge = to.First is { Op: Op.Phi } ? to.IndexOfPred(from) : -1;
        for (Value? phi = to.First; phi is { Op: Op.Phi }; phi = phi.Next) moves.Add((Slot(phi[edge]), _slot[phi.Id]));
        // All phis read before any is written; mostly the order does not matter.
        var written = new HashSet<int>();
        bool inOrder = true;
        foreach ((int source, int target) in moves)
        {
            inOrder &= !written.Contains(source);
            written.Add(target);
        }

        return new Edge(step, [.. moves], inOrder);
    }

    /// <summary>The register of a value; constants get theirs at their first use.</summary>
    private int Slot(Value v)
    {
        if (v.Op is not (Op.Const or Op.Undef)) return _slot[v.Id];
        if (_constantSlots.TryGetValue(v, out int slot)) return slot;
        slot = _slots++;
        _constantSlots.Add(v, slot);
        _constants.Add((slot, v.Op == Op.Const ? (ulong)v.Imm : 0));
        _slot[v.Id] = slot;
        return slot;
    }

    private static Code CodeOf(Value v)
    {
        bool is32 = v.Type.Bits == 32 && v.Type.Lanes <= 1;
        bool isF32 = v.Type is { Kind: Kind.F32, Lanes: <= 1 };
        int from = v.Operands.Length > 0 ? v[0].Type.Bits : 0;
        return v.Op switch
        {
            Op.Ret => Code.Ret,
            Op.Br => Code.Br,
            Op.CondBr => Code.CondBr,
            Op.Barrier or Op.BarrierPopCount or Op.BarrierAnd or Op.BarrierOr => Code.WaitForGroup,
            Op.WarpBarrier or Op.Shuffle or Op.ShuffleDown or Op.ShuffleUp or Op.ShuffleXor or Op.Mma or Op.LdMatrix => Code.WaitForWarp,
            Op.Extract or Op.ZExt or Op.Bitcast => Code.Move,
            Op.Select => Code.Select,
            Op.Addr => v[1].Type.Bits == 32 ? Code.AddrOf32 : Code.Addr,
            Op.Load when v.Type.Bits == 32 => v.Type.Lanes <= 1 ? Code.Load32 : Code.Load32s,
            Op.Store when v[1].Type.Bits == 32 => v.Operands.Length == 2 ? Code.Store32 : Code.Store32s,
            Op.Add when is32 => Code.Add32,
            Op.Add when v.Type.Bits == 64 => Code.Add64,
            Op.Sub when is32 => Code.Sub32,
            Op.Mul when is32 => Code.Mul32,
            Op.And => Code.And,
            Op.Or => Code.Or,
            Op.Xor => Code.Xor,
            Op.Shl when is32 => Code.Shl32,
            Op.ShrS when is32 => Code.ShrS32,
            Op.ShrU when is32 => Code.ShrU32,
            Op.SExt when from == 32 && v.Type.Bits == 64 => Code.SExt32To64,
            Op.IntTrunc when is32 => Code.Trunc32,
            Op.CmpEq => Code.CmpEq,
            Op.CmpNe => Code.CmpNe,
            Op.CmpLtU => Code.CmpLtU,
            Op.CmpLtS when from == 32 => Code.CmpLtS32,
            Op.CmpLeS when from == 32 => Code.CmpLeS32,
            Op.FAdd when isF32 => Code.FAdd32,
            Op.FSub when isF32 => Code.FSub32,
            Op.FMul when isF32 => Code.FMul32,
            Op.Fma when isF32 => Code.Fma32,
            _ => ScalarSemantics.Covers(v.Op) ? Code.Scalar : Code.Other,
        };
    }

    /// <summary>An instruction made ready.</summary>
    /// <param name="Value">The instruction.</param>
    /// <param name="Code">What runs it.</param>
    /// <param name="Result">Its first register.</param>
    /// <param name="A">Of the first operand.</param>
    /// <param name="B">Of the second; of a branch the first of its edges.</param>
    /// <param name="C">Of the third.</param>
    /// <param name="Imm">Scale of an address, lanes of an access.</param>
    private readonly record struct Step(Value Value, Code Code, int Result, int A, int B, int C, long Imm);

    /// <summary>Where a branch goes, and what its phis become.</summary>
    /// <param name="Step">The first instruction there.</param>
    /// <param name="Moves">Register to register.</param>
    /// <param name="InOrder">No move reads what one before it wrote.</param>
    private sealed record Edge(int Step, (int From, int To)[] Moves, bool InOrder);
}
