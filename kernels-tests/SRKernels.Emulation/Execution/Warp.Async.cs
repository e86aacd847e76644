using SRKernels.Emulation.Isa;

namespace SRKernels.Emulation.Execution;

/// <content>
/// cp.async: the source is read when the copy is issued, and the destination changes only when its group is waited for,
/// so that a wait that is missing (or counts one group too few) is seen every time, not once in a while.
/// </content>
internal sealed partial class Warp
{
    private readonly record struct Copy(Ins Ins, int Lane, int At, byte[] Data);

    private readonly Queue<List<Copy>> _groups = new();
    private List<Copy> _open = [];

    private void StartAsync()
    {
        _groups.Clear();
        _open = [];
    }

    internal void IssueCopy(Ins ins, int lane, int at, byte[] data)
    {
        // The write itself is checked when it happens; that nobody may touch the bytes until then starts here.
        Block.Shared.MarkInFlight(at, data.Length, inFlight: true);
        _open.Add(new Copy(ins, lane, at, data));
    }

    internal void CommitGroup()
    {
        _groups.Enqueue(_open);
        _open = [];
    }

    /// <summary>Completes all committed groups but the latest <paramref name="pending"/>.</summary>
    internal void WaitGroups(int pending)
    {
        while (_groups.Count > pending) Complete(_groups.Dequeue());
    }

    /// <summary>Completes everything, also what no group holds.</summary>
    internal void WaitAll()
    {
        WaitGroups(0);
        Complete(_open);
        _open = [];
    }

    internal void ReportForgottenCopies()
    {
        if (_open.Count == 0 && _groups.All(g => g.Count == 0)) return;
        var ins = (_open.Count > 0 ? _open : _groups.First(g => g.Count > 0))[0].Ins;
        Report(FindingKind.MissingAsyncWait, ins, $"warp {Index} of block {Block.Name} ended without waiting for its copies",
            FindingSeverity.Warning);
    }

    private void Complete(List<Copy> copies)
    {
        foreach (var copy in copies)
        {
            Block.Shared.MarkInFlight(copy.At, copy.Data.Length, inFlight: false);
            copy.Data.CopyTo(Block.Shared.Access(this, copy.Ins, copy.Lane, copy.At, copy.Data.Length, AccessKind.Write, copy.Data));
        }
    }
}
