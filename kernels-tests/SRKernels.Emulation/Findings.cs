namespace SRKernels.Emulation;

/// <summary>What an emulated launch can find wrong.</summary>
public enum FindingKind
{
    /// <summary>An access outside every allocation or variable.</summary>
    OutOfBounds,

    /// <summary>An address that is no multiple of the access's size.</summary>
    Misaligned,

    /// <summary>Two threads met at a shared byte, one of them writing, with no barrier between.</summary>
    SharedRace,

    /// <summary>A barrier reached by a part of a warp, or by warps at different places of the code.</summary>
    DivergentBarrier,

    /// <summary>Warps wait at barriers that the others can never reach.</summary>
    Deadlock,

    /// <summary>A register read before it was written.</summary>
    UninitialisedRegister,

    /// <summary>A byte of shared or local memory read before it was written.</summary>
    UninitialisedMemory,

    /// <summary>The launch ran more instructions than its limit: most likely an infinite loop.</summary>
    InstructionLimit,

    /// <summary>A warp operation that names lanes which do not take part, or reads from one.</summary>
    InactiveLane,

    /// <summary>A shared byte touched while a cp.async to it has not been waited for.</summary>
    MissingAsyncWait,

    /// <summary>An address converted to a space that it is not in.</summary>
    WrongSpace,

    /// <summary>An instruction that the whole warp must execute together (mma, ldmatrix) ran for a part of it, or the lanes of a bra.uni went two ways.</summary>
    DivergentInstruction,

    /// <summary>trap was executed.</summary>
    Trap,

    /// <summary>The launch itself breaks a limit of the target or of the kernel's own directives.</summary>
    LaunchLimit,
}

/// <summary>How bad a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>Wrong on hardware.</summary>
    Error,

    /// <summary>Right on NVIDIA hardware, wrong elsewhere, or of no use.</summary>
    Warning,
}

/// <summary>One thing found, at one instruction; <see cref="Count"/> says how often it happened there.</summary>
public sealed record Finding(FindingKind Kind, FindingSeverity Severity, string Kernel, int Line, string Instruction,
    string Message)
{
    /// <summary>How often this instruction did this.</summary>
    public long Count { get; internal set; } = 1;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Severity} {Kind} in {Kernel}, PTX line {Line} ({Instruction}), {Count}x: {Message}";
}

/// <summary>What one instruction of the text did over a launch.</summary>
/// <param name="Line">Line of the PTX text.</param>
/// <param name="Opcode">Opcode with all modifiers.</param>
/// <param name="WarpExecutions">How often a warp executed it with at least one lane.</param>
/// <param name="LaneExecutions">How many lanes executed it, all together.</param>
/// <param name="SharedPasses">Passes over the 32 banks of shared memory that its accesses took.</param>
/// <param name="SharedPassesLeast">Passes that the same accesses take at least (no conflict).</param>
public sealed record InstructionCount(int Line, string Opcode, long WarpExecutions, long LaneExecutions,
    long SharedPasses, long SharedPassesLeast)
{
    /// <summary>Extra passes that bank conflicts cost.</summary>
    public long BankConflicts => SharedPasses - SharedPassesLeast;
}

/// <summary>What a launch did.</summary>
public sealed class LaunchResult
{
    internal LaunchResult(IReadOnlyList<Finding> findings, IReadOnlyList<InstructionCount> instructions) =>
        (Findings, Instructions) = (findings, instructions);

    /// <summary>Everything found, errors first in order of appearance.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>Counters of every instruction, in text order.</summary>
    public IReadOnlyList<InstructionCount> Instructions { get; }

    /// <summary>Findings of severity Error.</summary>
    public IEnumerable<Finding> Errors => Findings.Where(f => f.Severity == FindingSeverity.Error);

    /// <summary>Extra passes of all shared accesses.</summary>
    public long BankConflicts => Instructions.Sum(i => i.BankConflicts);

    /// <summary>Warp executions by full opcode.</summary>
    public IReadOnlyDictionary<string, long> ByOpcode() => Instructions.GroupBy(i => i.Opcode)
        .ToDictionary(g => g.Key, g => g.Sum(i => i.WarpExecutions));

    /// <summary>Throws with every error listed, if there is one.</summary>
    public LaunchResult ThrowOnErrors() =>
        Errors.Any() ? throw new EmulationException(string.Join('\n', Errors)) : this;
}

/// <summary>An emulated launch that went wrong and was asked to say so.</summary>
public sealed class EmulationException(string message) : Exception(message);
