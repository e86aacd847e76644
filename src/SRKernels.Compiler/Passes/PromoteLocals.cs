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
    private Function _function = null!;
    private readonly Dictionary<(Block Block, int Slot), Value> _atEnd = [];
    private readonly Dictionary<int, IrType> _types = [];

    /// <inheritdoc/>
    public bool Run(Function f)
    {
        _function = f;
        bool any = false;
        for (int i = 0; i < f.Allocations.Count; i++)
        {
            if (f.Allocations[i].Space != Space.Local || f.Allocations[i].Bytes == 0) continue;
            List<Value> addresses = AddressesOf(f, i);
            if (addresses.Count == 0 || !IsPromotable(addresses)) continue;
            Promote(addresses);
            any = true;
        }

        if (!any) return false;
        SimplifyControlFlow.RemoveTrivialPhis(f);
        RemoveUnusedAllocations(f);
        return true;
    }

    private static List<Value> AddressesOf(Function f, int allocation)
    {
        var found = new List<Value>();
        foreach (Block block in f.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
                if (v.Op == Op.AllocAddr && v.Imm == allocation) found.Add(v);
        return found;
    }

    /// <summary>Only loads and stores through the address itself, each place always with one type, no two places overlapping.</summary>
    private bool IsPromotable(List<Value> addresses)
    {
        _types.Clear();
        foreach (Value address in addresses)
            foreach (Value user in address.Users)
            {
                if (user.Volatile) return false;
                if (user.Op == Op.Load)
                {
                    if (user.Type.IsVector && !OnlyExtracted(user)) return false;
                    for (int lane = 0; lane < Math.Max((int)user.Type.Lanes, 1); lane++)
                        if (!AddSlot(user.Offset + (lane * user.Type.Element.Bytes), user.Type.Element)) return false;
                }
                else if (user.Op == Op.Store && ReferenceEquals(user[0], address))
                {
                    for (int lane = 1; lane < user.Operands.Length; lane++)
                    {
                        if (ReferenceEquals(user[lane], address)) return false;
                        if (!AddSlot(user.Offset + ((lane - 1) * user[1].Type.Bytes), user[1].Type)) return false;
                    }
                }
                else
                {
                    return false;
                }
            }

        int end = int.MinValue;
        foreach ((int offset, IrType type) in _types.OrderBy(slot => slot.Key))
        {
            if (offset < end) return false;
            end = offset + type.Bytes;
        }

        return true;
    }

    private static bool OnlyExtracted(Value vector)
    {
        foreach (Value user in vector.Users)
            if (user.Op != Op.Extract) return false;
        return true;
    }

    private bool AddSlot(int offset, IrType type)
    {
        if (_types.TryGetValue(offset, out IrType known)) return known == type || (known.Bits == type.Bits && known.Bits >= 16);
        _types.Add(offset, type);
        return true;
    }

    private void Promote(List<Value> addresses)
    {
        _atEnd.Clear();
        var set = new HashSet<Value>(addresses);

        // Within blocks first: each load reads the last store before it; what is left reads the block's start.
        foreach (Block block in _function.Blocks)
        {
            var now = new Dictionary<int, Value>();
            Value? next;
            for (Value? v = block.First; v is not null; v = next)
            {
                next = v.Next;
                if (v.Op == Op.Store && set.Contains(v[0]))
                {
                    for (int lane = 1; lane < v.Operands.Length; lane++) now[v.Offset + ((lane - 1) * v[1].Type.Bytes)] = v[lane];
                    v.Remove();
                }
                else if (v.Op == Op.Load && set.Contains(v[0]))
                {
                    for (int lane = 0; lane < Math.Max((int)v.Type.Lanes, 1); lane++)
                    {
                        int slot = v.Offset + (lane * v.Type.Element.Bytes);
                        if (!now.TryGetValue(slot, out Value? value))
                        {
                            // A stand-in phi at the start: filled, or found trivial, below.
                            value = StartOf(block, slot);
                            now[slot] = value;
                        }

                        Supply(v, lane, value);
                    }

                    if (v.Users.Length == 0) v.Remove();
                }
            }

            foreach ((int slot, Value value) in now) _atEnd[(block, slot)] = value;
        }

        FillPhis();
        foreach (Value address in addresses)
            if (address.Users.Length == 0) address.Remove();
    }

    private readonly Dictionary<(Block Block, int Slot), Value> _starts = [];
    private readonly Queue<(Block Block, int Slot, Value Phi)> _unfilled = new();

    /// <summary>The value of a slot at a block's start: a phi over the predecessors, undefined at the entry.</summary>
    private Value StartOf(Block block, int slot)
    {
        if (_starts.TryGetValue((block, slot), out Value? known)) return known;
        Value value;
        if (block.Preds.Count == 0)
        {
            value = _function.Undef(_types[slot]);
        }
        else
        {
            value = _function.Create(Op.Phi, _types[slot]);
            block.InsertBefore(value, block.First);
            _unfilled.Enqueue((block, slot, value));
        }

        _starts.Add((block, slot), value);
        return value;
    }

    private void FillPhis()
    {
        while (_unfilled.TryDequeue(out (Block Block, int Slot, Value Phi) item))
            foreach (Block pred in item.Block.Preds)
            {
                Value value = _atEnd.TryGetValue((pred, item.Slot), out Value? stored) ? stored : StartOf(pred, item.Slot);
                item.Phi.AddOperand(Cast(value, _types[item.Slot], pred.Terminator!));
            }

        _starts.Clear();
    }

    private void Supply(Value load, int lane, Value value)
    {
        value = Cast(value, load.Type.Element, load);
        if (!load.Type.IsVector)
        {
            load.ReplaceAllUsesWith(value);
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
