using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Computes what is known, drops what changes nothing, and moves constant parts of addresses into the accesses.
/// <code>
/// add 2, 3 -> 5        add (add x, 2), y -> add (add x, y), 2        mul x, 1 -> x        select true, a, b -> a
/// load (addr p, (add i, 3) #4)  ->  load (addr p, i #4) +12
/// </code>
/// Legal: integers by the rules of <see cref="ScalarSemantics"/>; floats only where every operand is constant, or the identity holds for every
/// input. A 32-bit index plus or minus a small constant that wraps ends near the limits of int, outside every view of less than 2^31 - 2^24
/// elements, so splitting the constant off cannot change a valid access.
/// </summary>
internal sealed class FoldConstants : IPass
{
    private const long MostSplit = 1 << 24;
    private Function _function = null!;
    private Builder _builder = null!;

    private readonly Stack<Value> _work = new();

    /// <inheritdoc/>
    public bool Run(Function f)
    {
        _function = f;
        _builder = new Builder(f);
        bool any = false;
        foreach (Block block in f.Blocks)
        {
            Value? next;
            for (Value? v = block.First; v is not null; v = next)
            {
                next = v.Next;
                any |= Fold(v);
            }
        }

        // What reads a folded value may fold now: only that is looked at again.
        while (_work.TryPop(out Value? v))
        {
            if (v.Block is null) continue;
            if (Fold(v)) any = true;
            else if (v.Op == Op.Addr && v[1].IsConst)
                foreach (Value user in v.Users) _work.Push(user); // its place is known now: accesses can take it
        }

        return any;
    }

    private bool Fold(Value v)
    {
        if (v.Op is Op.Load or Op.Store or Op.LdMatrix or (>= Op.AtomicAdd and <= Op.AtomicCas) or Op.CpAsync) return FoldAddress(v);
        if (v.Users.Length == 0 || !(ScalarSemantics.Covers(v.Op) || v.Op == Op.Addr)) return false;
        Value? replacement = v.Op == Op.Addr ? FoldAddr(v) : FoldAllConstant(v) ?? FoldIdentity(v);
        if (replacement is null || ReferenceEquals(replacement, v)) return false;
        foreach (Value user in v.Users) _work.Push(user);
        v.ReplaceAllUsesWith(replacement);
        RemoveWithUnused(v);
        return true;
    }

    /// <summary>Takes out an unused value and what only it read, so that nothing dead keeps an address from being promoted.</summary>
    private static void RemoveWithUnused(Value v)
    {
        Value[] operands = v.Operands.ToArray();
        v.Remove();
        foreach (Value operand in operands)
            if (operand.Block is not null && operand.Users.Length == 0 && operand.Op is Op.Addr or (>= Op.Add and <= Op.Unpack2x16) or Op.Select)
                RemoveWithUnused(operand);
    }

    private Value? FoldAllConstant(Value v)
    {
        // Transcendental functions stay: each back end rounds its own way, and folding would add one more.
        if (v.Op is >= Op.Exp and <= Op.Tanh || v.Type.IsVector || v.Operands.Length == 0) return null;
        foreach (Value operand in v.Operands)
            if (!operand.IsConst || operand.Type.IsPointer) return null;
        ulong b = v.Operands.Length > 1 ? (ulong)v[1].Imm : 0;
        ulong c = v.Operands.Length > 2 ? (ulong)v[2].Imm : 0;
        return ScalarSemantics.TryEvaluate(v, (ulong)v[0].Imm, b, c, out ulong result, out _) ? _function.Const(v.Type, (long)result) : null;
    }

    private Value? FoldIdentity(Value v)
    {
        if (v.Op == Op.Select)
        {
            if (v[0].IsConst) return v[v[0].Imm != 0 ? 1 : 2];
            return ReferenceEquals(v[1], v[2]) ? v[1] : null;
        }

        if (v.Operands.Length != 2) return v.Op == Op.Not && v[0].Op == Op.Not ? v[0][0] : null;
        if (v.Info.Has(OpTraits.Commutative) && v[0].IsConst && !v[1].IsConst)
        {
            Value first = v[0];
            v.SetOperand(0, v[1]);
            v.SetOperand(1, first);
        }

        if (ReferenceEquals(v[0], v[1]) && v.Op is (Op.Sub or Op.Xor)) return _function.Const(v.Type, 0);
        if (ReferenceEquals(v[0], v[1]) && v.Op is (Op.And or Op.Or)) return v[0];
        if (v.Op == Op.Add && !v[1].IsConst)
        {
            // Constants go outwards: what is left is equal for neighbours, and addresses take the constant.
            if (HasConstantTerm(v[1])) return At(v, Op.Add, At(v, Op.Add, v[0], v[1][0]), v[1][1]);
            if (HasConstantTerm(v[0])) return At(v, Op.Add, At(v, Op.Add, v[0][0], v[1]), v[0][1]);
        }

        if (!v[1].TryGetInt(out long c)) return null;
        switch (v.Op)
        {
            case Op.Add or Op.Or or Op.Xor or Op.Shl or Op.ShrS or Op.ShrU when c == 0:
            case Op.Mul or Op.DivS or Op.DivU when c == 1:
            case Op.And when c == -1 || (v.Type.Kind == Kind.I1 && c == 1):
                return v[0];
            case Op.Mul or Op.And when c == 0:
                return v[1];
            case Op.Or when v.Type.Kind == Kind.I1 && c == 1:
                return v[1];
            case Op.Sub:
                return c == 0 ? v[0] : At(v, Op.Add, v[0], _function.Const(v.Type, -c));
            case Op.Add when v[0].Op == Op.Add && v[0][1].TryGetInt(out long inner):
                return At(v, Op.Add, v[0][0], _function.Const(v.Type, inner + c));
            case Op.Mul when v[0].Op == Op.Mul && v[0][1].TryGetInt(out long factor):
                return At(v, Op.Mul, v[0][0], _function.Const(v.Type, factor * c));
            case Op.Mul when v[0].Op == Op.Add && v[0][1].TryGetInt(out long addend) && v[0].Users.Length == 1:
                return At(v, Op.Add, At(v, Op.Mul, v[0][0], v[1]), _function.Const(v.Type, addend * c));
            case Op.CmpEq when v[0].Type.Kind == Kind.I1 && c == 1:
            case Op.CmpNe when v[0].Type.Kind == Kind.I1 && c == 0:
                return v[0];
            case Op.CmpNe when c == 0 && v[0].Op == Op.ZExt && v[0][0].Type.Kind == Kind.I1:
                return v[0][0];
            default:
                return null;
        }
    }

    private static bool HasConstantTerm(Value v) => v.Op == Op.Add && v[1].IsConst && !v[0].IsConst;

    /// <summary>Constants go outwards, so that an access can take them; extensions of an index fall away.</summary>
    private Value? FoldAddr(Value v)
    {
        Value index = v[1];
        if (index.TryGetInt(out long constant))
        {
            if (constant == 0) return v[0];
            if (v[0].Op == Op.Addr && v[0][1].TryGetInt(out long inner))
            {
                long bytes = (inner * v[0].Imm) + (constant * v.Imm);
                return bytes == 0 ? v[0][0] : Addr(v, v[0][0], _function.Long(bytes), 1);
            }

            return null;
        }

        bool isExtended = index.Op == Op.SExt || (index.Op == Op.ZExt && IsNonNegative(index[0]));
        if (isExtended && index[0].Type == IrType.I32) return Addr(v, v[0], index[0], v.Imm);
        if (index.Op == Op.Add && index[1].TryGetInt(out long split) && (index.Type == IrType.I64 || Math.Abs(split) <= MostSplit))
            return Addr(v, Addr(v, v[0], index[0], v.Imm), _function.Const(index.Type, split), v.Imm);
        if (v[0].Op == Op.Addr && v[0][1].IsConst) return Addr(v, Addr(v, v[0][0], index, v.Imm), v[0][1], v[0].Imm);
        return null;
    }

    /// <summary>Whether the sign bit is surely clear: then both extensions are one, and a 32-bit index serves.</summary>
    private static bool IsNonNegative(Value v) => v.Op switch
    {
        >= Op.ThreadIdx and <= Op.LaneIdx => true,
        Op.And => (v[1].TryGetInt(out long mask) && mask >= 0) || IsNonNegative(v[0]),
        Op.ShrU => v[1].TryGetInt(out long by) && (by & (v.Type.Bits - 1)) != 0,
        Op.RemU => v[1].TryGetInt(out long divisor) && divisor > 0,
        _ => false,
    };

    private bool FoldAddress(Value v)
    {
        if (v[0].Op != Op.Addr || !v[0][1].TryGetInt(out long index)) return false;
        long offset = v.Offset + (index * v[0].Imm);
        if (offset is < int.MinValue or > int.MaxValue) return false;
        Value address = v[0];
        v.Offset = (int)offset;
        v.SetOperand(0, address[0]);
        if (address.Users.Length == 0) RemoveWithUnused(address);
        FoldAddress(v);
        return true;
    }

    private Value At(Value before, Op op, Value a, Value b)
    {
        _builder.SetBefore(before);
        return Later(_builder.Binary(op, a, b));
    }

    private Value Addr(Value before, Value pointer, Value index, long scale)
    {
        _builder.SetBefore(before);
        return Later(_builder.Emit(Op.Addr, pointer.Type, scale, pointer, index));
    }

    /// <summary>A new value, which may fold itself.</summary>
    private Value Later(Value v)
    {
        _work.Push(v);
        return v;
    }
}
