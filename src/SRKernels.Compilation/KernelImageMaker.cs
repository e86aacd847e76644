using SRKernels.Compiler;
using SRKernels.Compiler.Codegen.OpenCl;
using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.IR;
using SRKernels.Runtime;

namespace SRKernels.Compilation;

/// <summary>From the compiler's functions to images that devices load.</summary>
internal static class KernelImageMaker
{
    /// <summary>PTX for a target such as 80.</summary>
    internal static KernelImage Ptx(Function optimized, int target) =>
        Make(optimized, KernelFormat.Ptx, KernelCompiler.Generate(optimized, new PtxGenerator(target)), PtxGenerator.EntryName(optimized.Info.Name)) with
        {
            Target = Math.Max(target, optimized.Info.LowestTarget),
        };

    /// <summary>OpenCL C 1.2.</summary>
    internal static KernelImage OpenCl(Function optimized) =>
        Make(optimized, KernelFormat.OpenClC, KernelCompiler.Generate(optimized, new ClGenerator()), ClGenerator.EntryName(optimized.Info.Name));

    /// <summary>The IR's text, for the interpreter.</summary>
    internal static KernelImage Ir(Function f) => Make(f, KernelFormat.Ir, IrPrinter.Print(f), f.Info.Name);

    private static KernelImage Make(Function f, KernelFormat format, string text, string entry)
    {
        var parameters = new KernelParameter[f.Parameters.Count];
        for (var i = 0; i < parameters.Length; i++) parameters[i] = ParameterOf(f.Parameters[i].Type);
        return new KernelImage(entry, format, text, parameters)
        {
            MaxThreads = f.Info.MaxThreads,
            UsesDynamicShared = ClWriter.UsesDynamicShared(f),
        };
    }

    /// <summary>How a flattened parameter of that type is passed.</summary>
    internal static KernelParameter ParameterOf(IrType type) => type.Kind switch
    {
        Kind.Ptr => KernelParameter.Pointer,
        Kind.I1 or Kind.I8 => KernelParameter.Int8,
        Kind.I16 or Kind.F16 or Kind.BF16 => KernelParameter.Int16,
        Kind.I32 => KernelParameter.Int32,
        Kind.F32 => KernelParameter.Float32,
        Kind.F64 => KernelParameter.Float64,
        _ => KernelParameter.Int64,
    };
}
