using System.Diagnostics;

namespace SRKernels.Compiler.IR;

/// <summary>Where in the source a value comes from: index into <see cref="Function.Files"/>, and line (0:
/// unknown).</summary>
internal readonly record struct SourcePosition(short File, int Line);

/// <summary>
/// A value of the SSA graph: parameter, constant, or instruction in a block. Knows its operands and its users; both
/// stay in step because operands change only through <see cref="SetOperand"/>, <see cref="ReplaceAllUsesWith"/> and
/// <see cref="Remove"/>. Constants and undefs are shared and keep no users.
/// </summary>
internal sealed class Value
{
    private static readonly Value[] s_none = [];
    private Value[] _operands;
    private int _operandCount;
    private Value[] _users = s_none;
    private int _userCount;

    /// <summary>Made by <see cref="Function"/> and <see cref="Builder"/> only.</summary>
    internal Value(int id, Op op, IrType type, Value[] operands)
    {
        Id = id;
        Op = op;
        Type = type;
        _operands = operands;
        _operandCount = operands.Length;
        foreach (Value operand in operands) operand.AddUser(this);
    }

    /// <summary>Unique in its function and below <see cref="Function.ValueCount"/>: an index for side tables.</summary>
    internal int Id { get; }

    internal Op Op { get; }

    internal IrType Type { get; }

    /// <summary>Bits of a constant, lane, scale, dimension, count: see the op.</summary>
    internal long Imm { get; set; }

    /// <summary>Byte displacement of a memory access.</summary>
    internal int Offset { get; set; }

    /// <summary>The approximate form is allowed (ops with <see cref="OpTraits.HasFast"/>).</summary>
    internal bool Fast { get; set; }

    /// <summary>A memory access that must happen as written (loads, stores).</summary>
    internal bool Volatile { get; set; }

    /// <summary>Text and slots of an <see cref="Op.Asm"/>.</summary>
    internal AsmText? Asm { get; init; }

    /// <summary>Name of a parameter.</summary>
    internal string? Name { get; init; }

    internal SourcePosition Position { get; set; }

    /// <summary>The block that holds it; null for constants, parameters and removed values.</summary>
    internal Block? Block { get; set; }

    /// <summary>Next in the block.</summary>
    internal Value? Next { get; set; }

    /// <summary>Previous in the block.</summary>
    internal Value? Previous { get; set; }

    /// <summary>Successors of a terminator. Changed through <see cref="IR.Block.ReplaceSuccessor"/>.</summary>
    internal Block[] Targets { get; set; } = [];

    internal ReadOnlySpan<Value> Operands => _operands.AsSpan(0, _operandCount);

    /// <summary>One entry per use; a user that reads this twice stands here twice. Empty for constants.</summary>
    internal ReadOnlySpan<Value> Users => _users.AsSpan(0, _userCount);

    internal ref readonly OpInfo Info => ref OpInfo.Of(Op);

    internal bool IsConst => Op == Op.Const;

    internal bool IsTerminator => Info.Has(OpTraits.Terminator);

    internal Value this[int operand] => _operands[operand];

    /// <summary>The value of a constant integer (i1: 0 or 1), sign-extended.</summary>
    internal bool TryGetInt(out long value)
    {
        value = 0;
        if (Op != Op.Const || !Type.IsAnyInt) return false;
        int unused = 64 - Type.Bits;
        value = Type.Kind == Kind.I1 ? Imm : Imm << unused >> unused;
        return true;
    }

    /// <summary>The value of a constant f32 or f64.</summary>
    internal bool TryGetFloat(out double value)
    {
        value = 0;
        if (Op != Op.Const || !Type.IsFloat) return false;
        value = Type.Kind == Kind.F32 ? BitConverter.Int32BitsToSingle((int)Imm) : BitConverter.Int64BitsToDouble(Imm);
        return true;
    }

    internal void SetOperand(int index, Value value)
    {
        Value old = _operands[index];
        if (ReferenceEquals(old, value)) return;
        old.RemoveUser(this);
        _operands[index] = value;
        value.AddUser(this);
    }

    /// <summary>Appends an operand (phis).</summary>
    internal void AddOperand(Value value)
    {
        if (_operandCount == _operands.Length) Array.Resize(ref _operands, Math.Max(2, _operandCount * 2));
        _operands[_operandCount++] = value;
        value.AddUser(this);
    }

    /// <summary>Drops an operand and moves later ones down (phis).</summary>
    internal void RemoveOperand(int index)
    {
        _operands[index].RemoveUser(this);
        Array.Copy(_operands, index + 1, _operands, index, _operandCount - index - 1);
        _operands[--_operandCount] = null!;
    }

    /// <summary>Makes every user read <paramref name="other"/> instead.</summary>
    internal void ReplaceAllUsesWith(Value other)
    {
        Debug.Assert(!ReferenceEquals(this, other), "a value cannot replace itself");
        Value[] users = _users;
        int count = _userCount;
        _users = s_none;
        _userCount = 0;
        for (int u = 0; u < count; u++)
        {
            Value user = users[u];
            for (int i = 0; i < user._operandCount; i++)
            {
                if (!ReferenceEquals(user._operands[i], this)) continue;
                user._operands[i] = other;
                other.AddUser(user);
                break;
            }
        }
    }

    /// <summary>Takes an instruction without users out of its block and lets its operands go.</summary>
    internal void Remove()
    {
        Debug.Assert(_userCount == 0, "a used value cannot be removed");
        Block?.Unlink(this);
        for (int i = 0; i < _operandCount; i++) _operands[i].RemoveUser(this);
        _operandCount = 0;
    }

    /// <summary>For messages: op and id.</summary>
    public override string ToString() => Op switch
    {
        Op.Const => IrPrinter.ConstantText(this),
        Op.Param => "%" + Name,
        _ => $"%{Id} ({Info.Name} {Type})",
    };

    private void AddUser(Value user)
    {
        if (Op is Op.Const or Op.Undef) return;
        if (_userCount == _users.Length) Array.Resize(ref _users, Math.Max(2, _userCount * 2));
        _users[_userCount++] = user;
    }

    private void RemoveUser(Value user)
    {
        if (Op is Op.Const or Op.Undef) return;
        for (int i = _userCount - 1; i >= 0; i--)
        {
            if (!ReferenceEquals(_users[i], user)) continue;
            _users[i] = _users[--_userCount];
            _users[_userCount] = null!;
            return;
        }
    }
}

/// <summary>How <c>%i</c> in inline PTX binds: reads operand, writes output, or both in one register.</summary>
/// <param name="Operand">Index of the operand of the Asm that it reads; -1: none.</param>
/// <param name="Output">Index of the <see cref="Op.AsmOutput"/> that it writes; -1: none.</param>
/// <param name="Type">Type of the register.</param>
internal readonly record struct AsmSlot(int Operand, int Output, IrType Type);

/// <summary>The template of an <see cref="Op.Asm"/>: <c>%0 .. %n</c> name slots, <c>%%</c> is a percent sign.</summary>
internal sealed record AsmText(string Text, AsmSlot[] Slots);
