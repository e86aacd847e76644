using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Models.Measuring;

namespace SRKernels.Cli.Native;

/// <summary>In place of <c>srk bench --predict</c>, which compiles each op's kernels.</summary>
internal static class BenchPrediction
{
    public static Dictionary<OpCase, double> Of(GpuEngine? engine, OpCase[] cases, Precision precision) =>
        throw NativeBuild.Lacks("--predict", "srk for .NET, which has the compiler", "the native build");
}
