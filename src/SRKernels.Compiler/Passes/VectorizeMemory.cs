using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Neighbouring loads and stores become one access of 2, 4 or 8 lanes (at most 16 bytes).
/// <code>%1 = load %p; %2 = load %p +4; %3 = load %p +8; %4 = load %p +12   ->   %5: f32x4 = load %p; %1 = extract %5 #0 ...</code>
/// Legal: one base, known to be aligned to the whole access; between the first and the last of the group nothing writes (for stores: nothing
/// reads or writes) memory of that space, and no barrier stands.
/// </summary>
internal sealed class VectorizeMemory : IPass
{
    private KnownAlignment _alignment = null!;
    private Builder _builder = null!;

    /// <inheritdoc/>
    public bool Run(Function f)
    {
        _alignment = new KnownAlignment(f);
        _builder = new Builder(f);
        bool any = false;
        foreach (Block block in f.Blocks)
        {
            any |= Vectorize(block, Op.Load);
            any |= Vectorize(block, Op.Store);
        }

        return any;
    }

    private bool Vectorize(Block block, Op op)
    {
        bool any = false;
        var open = new List<Value>();
        Value? next;
        for (Value? v = block.First; v is not null; v = next)
        {
            next = v.Next;
            if (v.Op == op && !v.Volatile && IsScalarAccess(v))
            {
                if (op == Op.Store) any |= Flush(open, other => Space(other) == Space(v) && !SameBase(other, v));
                open.Add(v);
                continue;
            }

            if (open.Count == 0 || !Interferes(v, op)) continue;
            any |= v.Op is Op.Load or Op.Store ? Flush(open, other => Space(other) == Space(v)) : Flush(open, _ => true);
        }

        return any | Flush(open, _ => true);
    }

    private static bool IsScalarAccess(Value v) => v.Op == Op.Load ? !v.Type.IsVector : v.Operands.Length == 2;

    private static Space Space(Value access) => access[0].Type.Space;

    private static bool SameBase(Value a, Value b) => ReferenceEquals(a[0], b[0]) && Type(a).Bytes == Type(b).Bytes;

    private static IrType Type(Value access) => access.Op == Op.Load ? access.Type : access[1].Type;

    /// <summary>Whether loads cannot move up past it, or stores down.</summary>
    private static bool Interferes(Value v, Op op) => op == Op.Load ? v.Info.Has(OpTraits.Writes) : v.Info.Has(OpTraits.Reads | OpTraits.Writes);

    private bool Flush(List<Value> open, Func<Value, bool> ends)
    {
        List<Value> group = open.FindAll(v => ends(v));
        if (group.Count == 0) return false;
        open.RemoveAll(v => ends(v));
        bool any = false;
        foreach (IGrouping<(Value, IrType), Value> run in group.GroupBy(v => (v[0], Type(v)))) any |= MergeRun([.. run.OrderBy(v => v.Offset)]);
        return any;
    }

    private bool MergeRun(Value[] accesses)
    {
        bool any = false;
        int bytes = Type(accesses[0]).Bytes;
        int alignment = _alignment.Of(accesses[0][0]);
        for (int i = 0; i < accesses.Length;)
        {
            int lanes = 16 / bytes;
            while (lanes > 1 && !(lanes <= 8 && IsRun(accesses, i, lanes, bytes) && alignment >= lanes * bytes && accesses[i].Offset % (lanes * bytes) == 0)) lanes /= 2;
            if (lanes > 1)
            {
                if (accesses[i].Op == Op.Load) MergeLoads(accesses.AsSpan(i, lanes));
                else MergeStores(accesses.AsSpan(i, lanes));
                any = true;
            }

            i += Math.Max(lanes, 1);
        }

        return any;
    }

    private static bool IsRun(Value[] accesses, int first, int lanes, int bytes)
    {
        if (first + lanes > accesses.Length) return false;
        for (int i = 1; i < lanes; i++)
            if (accesses[first + i].Offset != accesses[first].Offset + (i * bytes)) return false;
        return true;
    }

    private void MergeLoads(Span<Value> loads)
    {
        Value first = loads[0];
        foreach (Value load in loads)
            if (IsBefore(load, first)) first = load;
        _builder.SetBefore(first);
        Value vector = _builder.Load(loads[0].Type.WithLanes(loads.Length), loads[0][0], loads[0].Offset);
        for (int i = 0; i < loads.Length; i++)
        {
            Value lane = _builder.Extract(vector, i);
            if (loads[i].Users.Length > 0) loads[i].ReplaceAllUsesWith(lane);
        }

        foreach (Value load in loads) load.Remove();
    }

    private void MergeStores(Span<Value> stores)
    {
        Value last = stores[0];
        foreach (Value store in stores)
            if (IsBefore(last, store)) last = store;
        _builder.SetBefore(last);
        var values = new Value[stores.Length];
        for (int i = 0; i < stores.Length; i++) values[i] = stores[i][1];
        _builder.Store(stores[0][0], stores[0].Offset, values);
        foreach (Value store in stores) store.Remove();
    }

    private static bool IsBefore(Value a, Value b)
    {
        for (Value? v = a.Next; v is not null; v = v.Next)
            if (ReferenceEquals(v, b)) return true;
        return false;
    }
}
