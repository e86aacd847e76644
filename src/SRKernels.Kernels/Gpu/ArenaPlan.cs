namespace SRKernels.Kernels.Gpu;

/// <summary>
/// Where each tensor of a program lies in one block of memory: tensors that live at the same time lie apart, others may share.
/// </summary>
/// <remarks>
/// Largest first, each at the lowest offset that is free while it lives (Pisarchyk and Lee 2020, "Efficient memory management for deep
/// neural net inference": greedy by size). The same program always gets the same plan.
/// </remarks>
internal sealed class ArenaPlan
{
    private const long Alignment = 256;

    private ArenaPlan(long bytes, long unsharedBytes, long liveBytes, int tensors) =>
        (Bytes, UnsharedBytes, LiveBytes, Tensors) = (bytes, unsharedBytes, liveBytes, tensors);

    /// <summary>Size of the block.</summary>
    public long Bytes { get; }

    /// <summary>What it would be if every tensor had memory of its own.</summary>
    public long UnsharedBytes { get; }

    /// <summary>The most bytes alive before one launch: no plan can be smaller.</summary>
    public long LiveBytes { get; }

    /// <summary>How many tensors and constants.</summary>
    public int Tensors { get; }

    /// <summary>Gives every place its offset.</summary>
    public static ArenaPlan Of(IReadOnlyList<ArenaPlace> places)
    {
        var order = places.Select((place, index) => (place, index)).OrderByDescending(p => p.place.Bytes).ThenBy(p => p.index).Select(p => p.place);
        var byOffset = new List<ArenaPlace>(places.Count);
        long top = 0, all = 0;
        foreach (var place in order)
        {
            var size = Aligned(place.Bytes);
            all += size;
            long offset = 0;
            for (var i = 0; i < byOffset.Count; i++)
            {
                var other = byOffset[i];
                if (other.LastUse < place.Born || place.LastUse < other.Born) continue;
                if (other.Offset >= offset + size) break;
                offset = Math.Max(offset, other.Offset + Aligned(other.Bytes));
            }

            place.Offset = offset;
            byOffset.Insert(byOffset.FindLastIndex(other => other.Offset <= offset) + 1, place);
            top = Math.Max(top, offset + size);
        }

        return new ArenaPlan(top, all, MostAlive(places), places.Count);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Tensors} tensors in {Bytes >> 20} MiB (at least {LiveBytes >> 20} alive at once; {UnsharedBytes >> 20} if none shared)";

    private static long MostAlive(IReadOnlyList<ArenaPlace> places)
    {
        var changes = new SortedDictionary<int, long>();
        foreach (var place in places)
        {
            changes[place.Born] = changes.GetValueOrDefault(place.Born) + Aligned(place.Bytes);
            if (place.LastUse != ArenaPlace.End) changes[place.LastUse + 1] = changes.GetValueOrDefault(place.LastUse + 1) - Aligned(place.Bytes);
        }

        long now = 0, most = 0;
        foreach (var change in changes.Values) most = Math.Max(most, now += change);
        return most;
    }

    private static long Aligned(long bytes) => (bytes + Alignment - 1) & ~(Alignment - 1);
}
