using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Neighbouring loads and stores become one access of 2, 4 or 8 lanes (at most 16 bytes).
/// <code>%1 = load %p; %2 = load %p +4; %3 = load %p +8; %4 = load %p +12   ->   %5: f32x4 = load %p; %1 = extract %5 #0 ...</code>
/// Legal: one base, known to be aligned to the whole access; between the first and the last of the group nothing writes (for stores: nothing
/// reads or writes) memory of that space that it could meet, and nothing synchronises. Loads move up to the first, stores down to the last.
/// </summary>
internal sealed class VectorizeMemory : IPass
{
    private readonly List<Value>[] _open = [[], [], [], []]; // by space
    private KnownAlignment _alignment = null!;
    private Builder _builder = null!;
    private int[] _position = [];

    /// <inheritdoc/>
    public bool Run(Function f)
    {
        _alignment = new KnownAlignment(f);
        _builder = new Builder(f);
        _position = new int[f.ValueCount];
        bool any = false;
        foreach (Block block in f.Blocks)
        {
            int at = 0;
            for (Value? v = block.First; v is not null; v = v.Next) _position[v.Id] = at++;
            any |= Vectorize(block, Op.Load);
            any |= Vectorize(block, Op.Store);
        }

        return any;
    }

    private bool Vectorize(Block block, Op op)
    {
        bool any = false;
        Value? next;
        for (Value? v = block.First; v is not null; v = next)
        {
            next = v.Next;
            if (v.Op == op && !v.Volatile && IsScalarAccess(v))
            {
                List<Value> open = _open[(int)v[0].Type.Space];
                if (op == Op.Store && MayMeet(open, v)) any |= Flush(open);
                open.Add(v);
            }
            else if (v.Op is Op.Load or Op.Store && !v.Volatile)
            {
                if (op == Op.Store || v.Op == Op.Store) any |= Flush(_open[(int)v[0].Type.Space]);
            }
            else if (v.Info.Has(op == Op.Load ? OpTraits.Writes : OpTraits.Reads | OpTraits.Writes) || v.Volatile)
            {
                foreach (List<Value> open in _open) any |= Flush(open);
            }
        }

        foreach (List<Value> open in _open) any |= Flush(open);
        return any;
    }

    private static bool IsScalarAccess(Value v) => v.Op == Op.Load ? !v.Type.IsVector : v.Operands.Length == 2;

    private static IrType Type(Value access) => access.Op == Op.Load ? access.Type : access[1].Type;

    /// <summary>Whether a store may write what an open one writes: of another base, or the same bytes. All open ones have one base.</summary>
    private static bool MayMeet(List<Value> open, Value store)
    {
        if (open.Count == 0) return false;
        if (!ReferenceEquals(open[0][0], store[0])) return true;
        int end = store.Offset + Type(store).Bytes;
        foreach (Value other in open)
            if (other.Offset < end && store.Offset < other.Offset + Type(other).Bytes) return true;
        return false;
    }

    private bool Flush(List<Value> open)
    {
        if (open.Count < 2)
        {
            open.Clear();
            return false;
        }

        // Runs stand together: by base, type, offset; among equals in program order.
        open.Sort((a, b) =>
        {
            int order = a[0].Id.CompareTo(b[0].Id);
            if (order == 0) order = Type(a).Kind.CompareTo(Type(b).Kind);
            if (order == 0) order = a.Offset.CompareTo(b.Offset);
            return order != 0 ? order : _position[a.Id].CompareTo(_position[b.Id]);
        });
        Value[] accesses = [.. open];
        open.Clear();
        bool any = false;
        for (int i = 0; i < accesses.Length;)
        {
            int bytes = Type(accesses[i]).Bytes;
            int most = _alignment.Of(accesses[i][0]);
            int lanes = Math.Min(8, 16 / bytes);
            while (lanes > 1 && !(most >= lanes * bytes && accesses[i].Offset % (lanes * bytes) == 0 && IsRun(accesses, i, lanes))) lanes /= 2;
            if (lanes > 1)
            {
                if (accesses[i].Op == Op.Load) MergeLoads(accesses.AsSpan(i, lanes));
                else MergeStores(accesses.AsSpan(i, lanes));
                any = true;
            }

            i += lanes;
        }

        return any;
    }

    private static bool IsRun(Value[] accesses, int first, int lanes)
    {
        if (first + lanes > accesses.Length) return false;
        Value start = accesses[first];
        IrType type = Type(start);
        for (int i = 1; i < lanes; i++)
        {
            Value v = accesses[first + i];
            if (!ReferenceEquals(v[0], start[0]) || Type(v) != type || v.Offset != start.Offset + (i * type.Bytes)) return false;
        }

        return true;
    }

    private void MergeLoads(Span<Value> loads)
    {
        Value first = loads[0];
        foreach (Value load in loads)
            if (_position[load.Id] < _position[first.Id]) first = load;
        _builder.SetBefore(first);
        Value vector = _builder.Load(loads[0].Type.WithLanes(loads.Length), loads[0][0], loads[0].Offset);
        for (int i = 0; i < loads.Length; i++)
        {
            Value lane = _builder.Extract(vector, i);
            loads[i].ReplaceAllUsesWith(lane);
        }

        foreach (Value load in loads) load.Remove();
    }

    private void MergeStores(Span<Value> stores)
    {
        Value last = stores[0];
        foreach (Value store in stores)
            if (_position[store.Id] > _position[last.Id]) last = store;
        _builder.SetBefore(last);
        var values = new Value[stores.Length];
        for (int i = 0; i < stores.Length; i++) values[i] = stores[i][1];
        _builder.Store(stores[0][0], stores[0].Offset, values);
        foreach (Value store in stores) store.Remove();
    }
}
