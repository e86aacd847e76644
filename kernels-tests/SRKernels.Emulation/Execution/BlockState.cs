using System.Numerics;
using SRKernels.Emulation.Isa;

namespace SRKernels.Emulation.Execution;

/// <summary>One block of a launch: its warps take turns, and meet at barriers.</summary>
internal sealed class BlockState
{
    /// <summary>Instructions of a warp's turn: long enough to be cheap, short enough that one warp may wait for another.</summary>
    private const int Turn = 4096;
    private readonly Warp[] _warps;
    private readonly BarrierState[] _barriers = [.. Enumerable.Range(0, 16).Select(_ => new BarrierState())];

    internal BlockState(LaunchState launch)
    {
        Launch = launch;
        Shared = new SharedMemory(launch);
        var threads = launch.Shape.ThreadsPerBlock;
        _warps = new Warp[(threads + 31) / 32];
        for (var i = 0; i < _warps.Length; i++)
        {
            var lanes = Math.Min(32, threads - (i * 32));
            _warps[i] = new Warp(this, i, lanes == 32 ? Warp.Full : (1u << lanes) - 1);
        }
    }

    internal LaunchState Launch { get; }
    internal SharedMemory Shared { get; }
    internal Extent Position { get; private set; }
    internal string Name => $"({Position.X},{Position.Y},{Position.Z})";

    /// <summary>Runs the block at a position of the grid; false when the launch must stop.</summary>
    internal bool Run(Extent position)
    {
        Position = position;
        Shared.Reset();
        foreach (var barrier in _barriers) barrier.Clear();
        foreach (var warp in _warps) warp.Start();
        while (true)
        {
            var ran = false;
            foreach (var warp in _warps)
            {
                if (warp.State != WarpState.Ready) continue;
                ran = true;
                var before = warp.Executed;
                warp.Run(Turn);
                Launch.InstructionsLeft -= warp.Executed - before;
                if (Launch.InstructionsLeft < 0)
                {
                    Launch.Report(FindingKind.InstructionLimit, null, $"warp {warp.Index} of block {Name} was running after "
                        + $"{Launch.Options.InstructionLimit} instructions; the launch is stopped");
                    return false;
                }
            }

            if (Release() || ran) continue;
            if (Array.Exists(_warps, w => w.State == WarpState.Waiting))
            {
                Launch.Report(FindingKind.Deadlock, null, $"block {Name}: warps "
                    + $"{string.Join(",", _warps.Where(w => w.State == WarpState.Waiting).Select(w => w.Index))} wait at barriers "
                    + "that no other warp will reach");
                return false;
            }

            foreach (var warp in _warps) warp.ReportForgottenCopies();
            return true;
        }
    }

    /// <summary>A warp reaches a barrier; it waits unless <paramref name="arriveOnly"/>.</summary>
    internal void Arrive(Warp warp, Ins ins, int id, int threads, uint lanes, uint votes, bool arriveOnly, Action<int, bool, bool>? result)
    {
        if (id is < 0 or > 15 || threads % 32 != 0)
        {
            Launch.Report(FindingKind.DivergentBarrier, ins, $"expected a barrier 0..15 and a multiple of 32 threads, got {id}, {threads}");
            return;
        }

        var barrier = _barriers[id];
        if (threads == 0 && barrier.Place is { } place && place != ins && barrier.Waiting.Count > 0)
        {
            Launch.Report(FindingKind.DivergentBarrier, ins, $"warp {warp.Index} of block {Name} meets others at barrier {id} who "
                + $"wait at PTX line {place.Source.Line}");
        }

        barrier.Place = ins;
        barrier.Threads = threads;
        barrier.Arrived += 32;
        barrier.Votes += BitOperations.PopCount(votes & lanes);
        barrier.Voters += BitOperations.PopCount(lanes);
        for (var i = 0; i < 32; i++) barrier.Clock[i] = Math.Max(barrier.Clock[i], warp.Clock[i]);
        if (arriveOnly)
        {
            warp.Clock[warp.Index]++;
            return;
        }

        barrier.Waiting.Add((warp, result));
        warp.State = WarpState.Waiting;
    }

    private bool Release()
    {
        var released = false;
        var live = _warps.Count(w => w.State != WarpState.Done);
        foreach (var barrier in _barriers)
        {
            if (barrier.Waiting.Count == 0) continue;
            var all = barrier.Threads == 0;
            if (all ? barrier.Waiting.Count < live : barrier.Arrived < barrier.Threads) continue;
            if (all && live < _warps.Length)
            {
                Launch.Report(FindingKind.DivergentBarrier, barrier.Place, $"block {Name}: {_warps.Length - live} warps had exited "
                    + "when the others met at the barrier; NVIDIA hardware counts them as arrived, OpenCL does not",
                    FindingSeverity.Warning);
            }

            foreach (var (warp, result) in barrier.Waiting)
            {
                result?.Invoke(barrier.Votes, barrier.Votes == barrier.Voters, barrier.Votes > 0);
                for (var i = 0; i < 32; i++) warp.Clock[i] = Math.Max(warp.Clock[i], barrier.Clock[i]);
                warp.Clock[warp.Index]++;
                warp.State = WarpState.Ready;
            }

            barrier.Clear();
            released = true;
        }

        return released;
    }

    internal ulong Special(string name, Warp warp, int lane)
    {
        var shape = Launch.Shape;
        var thread = (warp.Index * 32) + lane;
        var (block, grid) = (shape.Block, shape.Grid);
        var one = 1UL << lane;
        return name switch
        {
            "%tid.x" => (ulong)(thread % block.X),
            "%tid.y" => (ulong)(thread / block.X % block.Y),
            "%tid.z" => (ulong)(thread / (block.X * block.Y)),
            "%ntid.x" => (ulong)block.X,
            "%ntid.y" => (ulong)block.Y,
            "%ntid.z" => (ulong)block.Z,
            "%ctaid.x" => (ulong)Position.X,
            "%ctaid.y" => (ulong)Position.Y,
            "%ctaid.z" => (ulong)Position.Z,
            "%nctaid.x" => (ulong)grid.X,
            "%nctaid.y" => (ulong)grid.Y,
            "%nctaid.z" => (ulong)grid.Z,
            "%laneid" => (ulong)lane,
            "%warpid" => (ulong)warp.Index,
            "%nwarpid" => (ulong)_warps.Length,
            "%nsmid" => 1,
            "%lanemask_eq" => one,
            "%lanemask_lt" => one - 1,
            "%lanemask_le" => (one << 1) - 1,
            "%lanemask_gt" => ~((one << 1) - 1) & uint.MaxValue,
            "%lanemask_ge" => ~(one - 1) & uint.MaxValue,
            "%dynamic_smem_size" => (ulong)shape.DynamicSharedBytes,
            "%total_smem_size" => (ulong)(shape.DynamicSharedBytes + Launch.Program.Shared.PackedBytes),
            _ => 0,
        };
    }

    private sealed class BarrierState
    {
        internal List<(Warp Warp, Action<int, bool, bool>? Result)> Waiting { get; } = [];
        internal uint[] Clock { get; } = new uint[32];
        internal Ins? Place { get; set; }
        internal int Threads { get; set; }
        internal int Arrived { get; set; }
        internal int Votes { get; set; }
        internal int Voters { get; set; }

        internal void Clear()
        {
            Waiting.Clear();
            Array.Clear(Clock);
            Place = null;
            Threads = Arrived = Votes = Voters = 0;
        }
    }
}
