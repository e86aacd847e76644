namespace SRKernels.Compilation.Analysis;

/// <summary>Cycles that instructions of a warp keep a scheduler and its units busy.</summary>
/// <param name="Slots">Instructions issued: one a cycle.</param>
/// <param name="Products">Cycles of the fp32 lanes, which do integer products too.</param>
/// <param name="IntegerProducts">Cycles of those fp32 lanes that can do integer products.</param>
/// <param name="Integers">Cycles of the integer lanes.</param>
/// <param name="Specials">Cycles of the special function unit.</param>
internal readonly record struct IssueLoad(double Slots, double Products, double IntegerProducts, double Integers, double Specials)
{
    private const double Lane = 32.0 * MultiprocessorLimits.Schedulers;

    /// <summary>What binds.</summary>
    public double Cycles => Math.Max(Math.Max(Slots, Products), Math.Max(IntegerProducts, Math.Max(Integers, Specials)));

    /// <summary>Of some instructions.</summary>
    public static IssueLoad Of(IReadOnlyList<SassInstruction> code, MultiprocessorLimits limits)
    {
        var load = new IssueLoad(code.Count, 0, 0, 0, 0);
        foreach (var instruction in code)
            load = instruction.Pipe switch
            {
                InstructionPipe.Fp32 => load with { Products = load.Products + (Lane / limits.Fp32) },
                InstructionPipe.IntegerProduct => load with { Products = load.Products + (Lane / limits.Fp32), IntegerProducts = load.IntegerProducts + (Lane / MultiprocessorLimits.Integer) },
                InstructionPipe.Integer => load with { Integers = load.Integers + (Lane / MultiprocessorLimits.Integer) },
                InstructionPipe.Special => load with { Specials = load.Specials + (Lane / MultiprocessorLimits.Special) },
                _ => load,
            };
        return load;
    }

    public static IssueLoad operator +(IssueLoad a, IssueLoad b) =>
        new(a.Slots + b.Slots, a.Products + b.Products, a.IntegerProducts + b.IntegerProducts, a.Integers + b.Integers, a.Specials + b.Specials);

    public static IssueLoad operator *(IssueLoad a, double times) => new(a.Slots * times, a.Products * times, a.IntegerProducts * times, a.Integers * times, a.Specials * times);
}
