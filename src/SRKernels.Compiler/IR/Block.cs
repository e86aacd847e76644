using System.Diagnostics;

namespace SRKernels.Compiler.IR;

/// <summary>
/// A basic block: phis first, then instructions, then one terminator, as a linked list. <see cref="Preds"/> is kept in
/// step with the terminators by the methods here and in <see cref="Builder"/>, and its order is the order of phi
/// operands. Edges are unique.
/// </summary>
internal sealed class Block(Function function, int id)
{
    private readonly List<Block> _preds = [];

    internal Function Function { get; } = function;

    /// <summary>Unique in its function and below <see cref="Function.BlockIdCount"/>: an index for side
    /// tables.</summary>
    internal int Id { get; } = id;

    internal Value? First { get; private set; }

    internal Value? Last { get; private set; }

    /// <summary>The terminator; null while the block is being built.</summary>
    internal Value? Terminator => Last is { IsTerminator: true } last ? last : null;

    internal IReadOnlyList<Block> Preds => _preds;

    internal ReadOnlySpan<Block> Successors => Terminator is { } last ? last.Targets : [];

    /// <summary>The first instruction that is no phi; null in an empty block.</summary>
    internal Value? FirstNonPhi
    {
        get
        {
            Value? value = First;
            while (value is { Op: Op.Phi }) value = value.Next;
            return value;
        }
    }

    internal int IndexOfPred(Block pred) => _preds.IndexOf(pred);

    /// <summary>Appends.</summary>
    internal void Append(Value value) => InsertBefore(value, null);

    /// <summary>Puts a value before another of this block; before null: at the end.</summary>
    internal void InsertBefore(Value value, Value? before)
    {
        Debug.Assert(value.Block is null, "the value is in a block already");
        value.Block = this;
        value.Next = before;
        value.Previous = before is null ? Last : before.Previous;
        if (value.Previous is null) First = value;
        else value.Previous.Next = value;
        if (before is null) Last = value;
        else before.Previous = value;
    }

    /// <summary>Takes a value out without touching operands or users: to move it, insert it elsewhere.</summary>
    internal void Unlink(Value value)
    {
        Debug.Assert(ReferenceEquals(value.Block, this), "the value is not in this block");
        if (value.Previous is null) First = value.Next;
        else value.Previous.Next = value.Next;
        if (value.Next is null) Last = value.Previous;
        else value.Next.Previous = value.Previous;
        value.Block = null;
        value.Next = null;
        value.Previous = null;
    }

    /// <summary>Registers an edge into this block; phis get their operand from the caller.</summary>
    internal void AddPred(Block pred) => _preds.Add(pred);

    /// <summary>Drops the edge from a predecessor with its phi operands.</summary>
    internal void RemovePred(Block pred)
    {
        int index = _preds.IndexOf(pred);
        _preds.RemoveAt(index);
        for (Value? phi = First; phi is { Op: Op.Phi }; phi = phi.Next) phi.RemoveOperand(index);
    }

    /// <summary>The edge from <paramref name="old"/> now comes from <paramref name="pred"/>; phi operands
    /// stay.</summary>
    internal void ReplacePred(Block old, Block pred) => _preds[_preds.IndexOf(old)] = pred;

    /// <summary>Redirects one outgoing edge; phi operands of the new target are the caller's to add (see <see
    /// cref="AddPred"/>).</summary>
    internal void ReplaceSuccessor(Block old, Block target)
    {
        Block[] targets = Terminator!.Targets;
        targets[Array.IndexOf(targets, old)] = target;
        old.RemovePred(this);
        target.AddPred(this);
    }

    /// <summary>Removes the terminator with its edges, to set another.</summary>
    internal void RemoveTerminator()
    {
        if (Terminator is not { } last) return;
        foreach (Block target in last.Targets) target.RemovePred(this);
        last.Targets = [];
        last.Remove();
    }

    public override string ToString() => $"b{Id}";
}
