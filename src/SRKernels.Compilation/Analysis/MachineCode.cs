using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.IR;
using SRKernels.Runtime;

namespace SRKernels.Compilation.Analysis;

/// <summary>What NVIDIA's assembler makes of a kernel for one target.</summary>
/// <param name="Resources">Registers and memory.</param>
/// <param name="Code">The machine code.</param>
internal sealed record MachineCode(KernelResources Resources, SassKernel Code)
{
    /// <summary>Assembles and disassembles kernels in one run each; by entry point. A kernel that the assembler refuses is left out.</summary>
    /// <param name="functions">Optimised IR; entry points differ.</param>
    /// <param name="target">80 for sm_80.</param>
    public static IReadOnlyDictionary<string, MachineCode> Of(IReadOnlyList<Function> functions, int target)
    {
        var made = new Dictionary<string, MachineCode>(StringComparer.Ordinal);
        if (functions.Count == 0) return made;
        var ptxas = Tools();
        string[] texts = [.. functions.Select(f => KernelImageMaker.Ptx(f, target).Text)];
        var all = ptxas.Assemble(PtxModules.Join(texts), target);
        // One by one if it refuses any, so that the others keep theirs.
        IEnumerable<PtxasResult> results = all.Success ? [all] : texts.Select(t => ptxas.Assemble(t, target)).Where(r => r.Success);
        foreach (var result in results)
        {
            var listings = SassListing.Parse(ptxas.Disassemble(result.Cubin, hex: true));
            foreach (var kernel in result.Kernels)
                if (listings.TryGetValue(kernel.Kernel, out var code)) made[kernel.Kernel] = new MachineCode(kernel, code);
        }

        return made;
    }

    /// <summary>Assembles and disassembles one kernel's text, whoever wrote it.</summary>
    /// <param name="ptx">A module with one kernel.</param>
    /// <param name="target">80 for sm_80.</param>
    /// <param name="log">What the assembler says.</param>
    /// <returns>Null: the assembler refuses it.</returns>
    public static MachineCode? Of(string ptx, int target, out string log)
    {
        var ptxas = Tools();
        var result = ptxas.Assemble(ptx, target);
        log = result.Log;
        if (!result.Success) return null;
        var listings = SassListing.Parse(ptxas.Disassemble(result.Cubin, hex: true));
        return new MachineCode(result.Kernels[0], listings[result.Kernels[0].Kernel]);
    }

    /// <summary>The assembler and the disassembler of this machine.</summary>
    /// <param name="who">What asks for them.</param>
    /// <exception cref="SrkException">One is missing.</exception>
    public static Ptxas Tools(string who = "--report")
    {
        const string Remedy = "run tools/get_ptxas.sh, or set SRKERNELS_CUDA_BIN to a folder with both";
        if (Ptxas.Found is not { } found) throw new SrkException(who, "ptxas and nvdisasm in SRKERNELS_CUDA_BIN, in the cache of tools/get_ptxas.sh or on PATH", "no ptxas", Remedy);
        return found.CanDisassemble ? found : throw new SrkException(who, "nvdisasm beside ptxas", "none", Remedy);
    }
}
