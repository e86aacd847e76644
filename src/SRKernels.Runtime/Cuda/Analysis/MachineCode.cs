using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.IR;

namespace SRKernels.Runtime.Cuda.Analysis;

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

    private static Ptxas Tools()
    {
        const string Remedy = "run tools/get_ptxas.sh, or set SRKERNELS_CUDA_BIN to a folder with both";
        if (Ptxas.Found is not { } found) throw new SrkException("--report", "ptxas and nvdisasm in SRKERNELS_CUDA_BIN, in the cache of tools/get_ptxas.sh or on PATH", "no ptxas", Remedy);
        return found.CanDisassemble ? found : throw new SrkException("--report", "nvdisasm beside ptxas", "none", Remedy);
    }
}
