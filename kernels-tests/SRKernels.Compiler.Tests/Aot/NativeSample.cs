using SRKernels.Emulation.Publishing;

namespace SRKernels.Compiler.Tests.Aot;

/// <summary>kernels-tests/SRKernels.AotSample, as the dotnet command handles it.</summary>
internal static class NativeSample
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(4);

    public static NativeProject Project { get; } = new("SRKernels.AotSample");

    /// <summary>Runs the published program to its end; standard output and error together.</summary>
    public static (int Code, string Output) Run(string program)
    {
        var (code, output, error) = ChildProgram.Run(s_limit, new Dictionary<string, string>(), program);
        return (code, output + error);
    }
}
