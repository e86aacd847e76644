using SRKernels.Emulation.Isa;

namespace SRKernels.Emulation.Execution;

/// <summary>What all blocks of one launch share: program, memory, limits, counters, findings.</summary>
internal sealed class LaunchState
{
    private readonly Dictionary<(FindingKind Kind, int Pc), Finding> _findings = [];

    internal LaunchState(Program program, EmulatedMemory memory, byte[] constants, byte[] parameters, LaunchShape shape,
        EmulatorOptions options)
    {
        (Program, Memory, Constants, Parameters, Shape, Options) = (program, memory, constants, parameters, shape, options);
        var length = program.Code.Length;
        (WarpCounts, LaneCounts, Passes, LeastPasses) = (new long[length], new long[length], new long[length], new long[length]);
        LastBlocks = new EmulatedMemory.Block?[length];
        InstructionsLeft = options.InstructionLimit;
    }

    internal Program Program { get; }
    internal EmulatedMemory Memory { get; }
    internal byte[] Constants { get; }
    internal byte[] Parameters { get; }
    internal LaunchShape Shape { get; }
    internal EmulatorOptions Options { get; }
    internal long[] WarpCounts { get; }
    internal long[] LaneCounts { get; }
    internal long[] Passes { get; }
    internal long[] LeastPasses { get; }

    /// <summary>The allocation that each instruction touched last: most accesses stay in it.</summary>
    internal EmulatedMemory.Block?[] LastBlocks { get; }
    internal long InstructionsLeft { get; set; }

    internal void Report(FindingKind kind, Ins? ins, string message, FindingSeverity severity = FindingSeverity.Error)
    {
        var key = (kind, ins?.Pc ?? -1);
        if (_findings.TryGetValue(key, out var known))
        {
            known.Count++;
            return;
        }

        _findings.Add(key, new Finding(kind, severity, Program.Kernel.Name, ins?.Source.Line ?? Program.Kernel.Line,
            ins?.Source.FullOpcode ?? "launch", message));
    }

    internal LaunchResult Result() => new(
        [.. _findings.Values.OrderBy(f => f.Severity)],
        [.. Program.Code.Select(i => new InstructionCount(i.Source.Line, i.Source.FullOpcode, WarpCounts[i.Pc],
            LaneCounts[i.Pc], Passes[i.Pc], LeastPasses[i.Pc]))]);
}

internal sealed record LaunchShape(Extent Grid, Extent Block, int DynamicSharedBytes)
{
    internal int ThreadsPerBlock => checked(Block.X * Block.Y * Block.Z);
}
