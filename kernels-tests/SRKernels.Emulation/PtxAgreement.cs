using SRKernels.Compilation.Analysis;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation;

/// <summary>How the emulator and the real assembler see one text.</summary>
/// <param name="Emulator">Null when the emulator accepts the text, else why not.</param>
/// <param name="Unsupported">Whether the emulator only lacks the feature, which is no verdict on the text.</param>
/// <param name="Assembler">Null when ptxas accepts the text, else its log.</param>
/// <param name="Warnings">What ptxas warned of.</param>
/// <param name="Result">All of what ptxas said.</param>
internal sealed record PtxVerdict(string? Emulator, bool Unsupported, string? Assembler, IReadOnlyList<string> Warnings,
    PtxasResult Result)
{
    /// <summary>Both accept or both refuse.</summary>
    public bool Agree => Emulator is null == Assembler is null;

    /// <summary>Both accept, and ptxas has nothing to remark.</summary>
    public bool Clean => Emulator is null && Assembler is null && Warnings.Count == 0;

    /// <inheritdoc/>
    public override string ToString() => $"emulator: {Emulator ?? "accepts"}\nptxas: {Assembler ?? "accepts"}"
        + (Warnings.Count > 0 ? "\n" + string.Join('\n', Warnings) : "");
}

/// <summary>
/// Puts a text to the emulator's parser and to ptxas. What one accepts and the other refuses is a fault of the emulator,
/// and then nothing that it says of our kernels can be trusted; so the suite fails on it.
/// </summary>
internal static class PtxAgreement
{
    /// <summary>Checks one module for one target. Needs <see cref="Ptxas.Found"/>.</summary>
    public static PtxVerdict Check(string ptx, int sm)
    {
        var ptxas = Ptxas.Found ?? throw new EmulationException("PtxAgreement.Check: " + Ptxas.MissingReason);
        var result = ptxas.Assemble(ptx, sm);
        string? emulator = null;
        var unsupported = false;
        try
        {
            var module = PtxModule.Parse(ptx);
            if (module.Target > sm) emulator = $"expected a .target of at most sm_{sm}, got sm_{module.Target}";
            using var loaded = module.Load(new EmulatedMemory());
        }
        catch (PtxException e)
        {
            emulator = e.Message;
            unsupported = e is PtxUnsupportedException;
        }

        return new PtxVerdict(emulator, unsupported, result.Success ? null : result.Log, result.Warnings, result);
    }
}
