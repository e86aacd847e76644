namespace SRKernels.Compilation.Analysis;

/// <summary>
/// How long one warp alone takes for a piece of machine code: the stall counts and barriers of the control words, and how long after its issue each instruction lets its
/// barriers fall. Asynchronous copies wait as their commit groups do, so a pipeline of several stages hides what it hides on the device.
/// </summary>
/// <param name="gpu">Whose latencies.</param>
internal sealed class WarpPipeline(PublishedGpu gpu)
{
    // Jia et al. 2018, arXiv 1804.06826, table 4.1, and the Turing and Ampere sequels: what has no latency of its own in PublishedGpu.
    private const int SpecialLatency = 18;
    private const int ShuffleLatency = 23;
    private const int OtherLatency = 14;
    private const int OperandsRead = 10;

    private const int Barriers = 6;
    private const int WarmPasses = 3;
    private const int CountedPasses = 4;

    /// <summary>Cycles of a loop's body once it runs steadily.</summary>
    public double Steady(IReadOnlyList<SassInstruction> body)
    {
        var state = new State();
        for (var i = 0; i < WarmPasses; i++) Pass(body, state);
        var start = state.Now;
        for (var i = 0; i < CountedPasses; i++) Pass(body, state);
        return (double)(state.Now - start) / CountedPasses;
    }

    /// <summary>Cycles of code that runs once, to the end of what it waits for.</summary>
    public long Once(IReadOnlyList<SassInstruction> code)
    {
        var state = new State();
        Pass(code, state);
        return state.Now;
    }

    private void Pass(IReadOnlyList<SassInstruction> code, State state)
    {
        foreach (var instruction in code)
        {
            var control = instruction.Control;
            for (var barrier = 0; barrier < Barriers; barrier++)
                if ((control.WaitMask >> barrier & 1) != 0) state.Now = Math.Max(state.Now, state.Falls[barrier]);
            var stem = Opcodes.Stem(instruction.Opcode);
            if (stem == "DEPBAR") state.Now = Math.Max(state.Now, state.Commits.Count > Pending(instruction) ? state.Commits[^(Pending(instruction) + 1)] : 0);
            var done = state.Now + LatencyOf(instruction, stem);
            if (stem == "LDGSTS") state.CopiesDone = Math.Max(state.CopiesDone, done);
            if (stem == "LDGDEPBAR") state.Commits.Add(state.CopiesDone);
            else if (control.WriteBarrier < Barriers) state.Falls[control.WriteBarrier] = Math.Max(state.Falls[control.WriteBarrier], done);
            if (control.ReadBarrier < Barriers) state.Falls[control.ReadBarrier] = Math.Max(state.Falls[control.ReadBarrier], state.Now + OperandsRead);
            state.Now += Math.Max(control.Stall, 1);
        }
    }

    private int LatencyOf(SassInstruction instruction, string stem) => stem switch
    {
        "LDG" or "LD" or "LDGSTS" or "ATOM" or "ATOMG" => gpu.CacheLatency,
        "LDL" => gpu.FirstLevelLatency,
        "LDS" or "LDSM" or "ATOMS" => gpu.SharedLatency,
        "HMMA" or "IMMA" => gpu.TensorLatency,
        "SHFL" => ShuffleLatency,
        _ => instruction.Pipe == InstructionPipe.Special ? SpecialLatency : OtherLatency,
    };

    /// <summary><c>DEPBAR.LE SB0, 0x1</c>: how many commits may stay under way.</summary>
    private static int Pending(SassInstruction instruction)
    {
        var at = instruction.Operands.LastIndexOf("0x", StringComparison.Ordinal);
        return at >= 0 && int.TryParse(instruction.Operands.AsSpan(at + 2).TrimEnd(), System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture, out var count) ? count : 0;
    }

    private sealed class State
    {
        public long Now { get; set; }

        public long CopiesDone { get; set; }

        public long[] Falls { get; } = new long[Barriers];

        public List<long> Commits { get; } = [];
    }
}
