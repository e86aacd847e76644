using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Local arrays whose every access is at a constant place become values: register tiles end in registers.
/// <code>%a = alloc (local); store %a, x +4; ... %1 = load %a +4   ->   uses of %1 read x (through phis where ways meet)</code>
/// Legal: the address of a local allocation is seen here wholly, so nothing else can write it. What was never written is undefined.
/// Braun et al. Simple and Efficient Construction of Static Single Assignment Form. 2013.
/// </summary>
internal sealed class PromoteLocals : IPass
{
    private readonly SortedDictionary<int, IrType> _types = []; // by byte offset
    private readonly Dictionary<int, int> _slotAt = [];
    private readonly Queue<(Block Block, int Slot, Value Phi)> _unfilled = new();
    private Function _function = null!;
    private IrType[] _slotTypes = [];
    private Value?[] _atStart = []; // by block id x slots + slot
    private Value?[] _atEnd = [];

    /// <inheritdoc/>
    public bool Run(Function f)
    {
        _function = f;
        f.RemoveUnreachableBlocks();
        List<Value>[] addresses = FindAddresses(f);
        Block[]? order = null;
        for (int i = 0; i < addresses.Length; i++)
        {
            if (addresses[i].Count == 0 || f.Allocations[i].Space != Space.Local || !IsPromotable(addresses[i])) continue;
            order ??= new Dominators(f).ReversePostorder; // no edge changes here
            Promote(addresses[i], order);
        }

        if (order is null) return false;
        SimplifyControlFlow.RemoveTrivialPhis(f);
        RemoveUnusedAllocations(f);
        return true;
    }

    private static List<Value>[] FindAddresses(Function f)
    {
        var found = new List<Value>[f.Allocations.Count];
        for (int i = 0; i < found.Length; i++) found[i] = [];
        foreach (Block block in f.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
                if (v.Op == Op.AllocAddr) found[(int)v.Imm].Add(v);
        return found;
    }

    /// <summary>Only loads and stores through the address itself, each place always with one width, no two places overlapping.</summary>
    private bool IsPromotable(List<Value> addresses)
    {
        _types.Clear();
        foreach (Value address in addresses)
            foreach (Value user in address.Users)
            {
                if (user.Volatile) return false;
                if (user.Op == Op.Load)
                {
                    for (int lane = 0; lane < user.Type.Lanes; lane++)
                        if (!AddSlot(user.Offset + (lane * user.Type.Element.Bytes), user.Type.Element)) return false;
                }
                else if (user.Op == Op.Store && ReferenceEquals(user[0], address))
                {
                    for (int lane = 1; lane < user.Operands.Length; lane++)
                        if (!AddSlot(user.Offset + ((lane - 1) * user[1].Type.Bytes), user[1].Type)) return false;
                }
                else
                {
                    return false;
                }
            }

        int end = int.MinValue;
        foreach ((int offset, IrType type) in _types)
        {
            if (offset < end) return false;
            end = offset + type.Bytes;
        }

        return true;
    }

    private bool AddSlot(int offset, IrType type)
    {
        if (_types.TryGetValue(offset, out IrType known)) return known == type || (known.Bits == type.Bits && known.Bits >= 16);
        _types.Add(offset, type);
        return true;
    }

    private void Promote(List<Value> addresses, Block[] order)
    {
        _slotAt.Clear();
        _slotTypes = new IrType[_types.Count];
        foreach ((int offset, IrType type) in _types)
        {
            _slotTypes[_slotAt.Count] = type;
            _slotAt.Add(offset, _slotAt.Count);
        }

        _atStart = new Value?[_function.BlockIdCount * _slotTypes.Length];
        _atEnd = new Value?[_function.BlockIdCount * _slotTypes.Length];
        var isAddress = new bool[_function.ValueCount];
        foreach (Value address in addresses) isAddress[address.Id] = true;

        // Blocks in an order in which a value comes before what reads it, so that no load is remembered as a value after it is gone.
        foreach (Block block in order)
        {
            Span<Value?> now = _atEnd.AsSpan(block.Id * _slotTypes.Length, _slotTypes.Length);
            Value? next;
            for (Value? v = block.First; v is not null; v = next)
            {
                if (v.Op == Op.Store && IsOne(isAddress, v[0]))
                {
                    for (int lane = 1; lane < v.Operands.Length; lane++) now[_slotAt[v.Offset + ((lane - 1) * v[1].Type.Bytes)]] = v[lane];
                }
                else if (v.Op == Op.Load && IsOne(isAddress, v[0]))
                {
                    for (int lane = 0; lane < v.Type.Lanes; lane++)
                    {
                        int slot = _slotAt[v.Offset + (lane * v.Type.Element.Bytes)];
                        Supply(v, lane, now[slot] ??= StartOf(block, slot));
                    }
                }
                else
                {
                    next = v.Next;
                    continue;
                }

                next = v.Next; // only now: extracts of a vector that stood next are gone
                v.Remove();
            }
        }

        FillPhis();
        foreach (Value address in addresses) address.Remove();
    }

    private static bool IsOne(bool[] set, Value v) => v.Id < set.Length && set[v.Id];

    /// <summary>The value of a slot at a block's start: a phi over the predecessors, filled later; undefined at the entry.</summary>
    private Value StartOf(Block block, int slot)
    {
        ref Value? known = ref _atStart[(block.Id * _slotTypes.Length) + slot];
        if (known is not null) return known;
        if (block.Preds.Count == 0) return known = _function.Undef(_slotTypes[slot]);
        known = _function.Create(Op.Phi, _slotTypes[slot]);
        block.InsertBefore(known, block.First);
        _unfilled.Enqueue((block, slot, known));
        return known;
    }

    private void FillPhis()
    {
        while (_unfilled.TryDequeue(out (Block Block, int Slot, Value Phi) item))
            foreach (Block pred in item.Block.Preds)
            {
                Value value = _atEnd[(pred.Id * _slotTypes.Length) + item.Slot] ?? StartOf(pred, item.Slot);
                item.Phi.AddOperand(Cast(value, _slotTypes[item.Slot], pred.Terminator!));
            }
    }

    private void Supply(Value load, int lane, Value value)
    {
        value = Cast(value, load.Type.Element, load);
        if (!load.Type.IsVector)
        {
            if (load.Users.Length > 0) load.ReplaceAllUsesWith(value);
            return;
        }

        foreach (Value extract in load.Users.ToArray())
        {
            if (extract.Imm != lane) continue;
            if (extract.Users.Length > 0) extract.ReplaceAllUsesWith(value);
            extract.Remove();
        }
    }

    /// <summary>A place written as one type and read as another of the same width: the same bits.</summary>
    private Value Cast(Value value, IrType type, Value before)
    {
        if (value.Type == type) return value;
        if (value.Op == Op.Undef) return _function.Undef(type);
        var b = new Builder(_function);
        b.SetBefore(before);
        return b.Convert(Op.Bitcast, type, value);
    }

    /// <summary>Allocations that no address names any more; the others move down.</summary>
    private static void RemoveUnusedAllocations(Function f)
    {
        var used = new bool[f.Allocations.Count];
        foreach (Block block in f.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
                if (v.Op == Op.AllocAddr) used[v.Imm] = true;
        var moved = new int[used.Length];
        int kept = 0;
        for (int i = 0; i < used.Length; i++) moved[i] = used[i] ? kept++ : -1;
        for (int i = used.Length - 1; i >= 0; i--)
            if (!used[i]) f.Allocations.RemoveAt(i);
        foreach (Block block in f.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
                if (v.Op == Op.AllocAddr) v.Imm = moved[v.Imm];
    }
}
