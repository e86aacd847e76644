using SRKernels.Tests.Processes;
using SRKernels.Tests.Rules;
using Xunit;

namespace SRKernels.Tests.Publishing;

/// <summary>tools/publishing/srk, which starts the program for this processor's level: with flags of others, and programs that say which they are.</summary>
public sealed class LauncherTests : IDisposable
{
    private const string Level2 = "fpu sse2 ssse3 sse4_1 sse4_2 popcnt";
    private const string Level3 = $"{Level2} avx f16c fma movbe abm avx2 bmi1 bmi2";
    private const string Level4 = $"{Level3} avx512f avx512dq avx512cd avx512bw avx512vl";

    private readonly string _folder = Directory.CreateTempSubdirectory("srk-launcher-").FullName;

    public LauncherTests()
    {
        if (!OperatingSystem.IsLinux()) return;
        File.Copy(Path.Combine(RepositoryFiles.Root, "tools", "publishing", "srk"), Path.Combine(_folder, "srk"));
        Directory.CreateDirectory(Path.Combine(_folder, "programs"));
        foreach (var level in (string[])["v2", "v3", "v4"])
        {
            var program = Path.Combine(_folder, "programs", $"srk-x86-64-{level}");
            File.WriteAllText(program, $"#!/bin/sh\necho {level} \"$@\"\nexit 7\n");
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Level2, "v2")]
    [InlineData($"{Level2} avx", "v2")]
    [InlineData(Level3, "v3")]
    [InlineData($"{Level3} avx512f", "v3")]
    [InlineData(Level4, "v4")]
    [InlineData("avx512f avx512dq avx512cd avx512bw avx512vl sse4_2 popcnt", "v2")]
    public void StartsTheProgramOfTheProcessorsLevel(string flags, string level)
    {
        if (!OperatingSystem.IsLinux()) return;
        var result = Start(flags, "a b", "*");
        Assert.Equal($"{level} a b *\n", result.Output);
        Assert.True(result.ExitCode == 7, result.ToString());
    }

    [Fact]
    public void IsFoundThroughALink()
    {
        if (!OperatingSystem.IsLinux()) return;
        Directory.CreateDirectory(Path.Combine(_folder, "bin"));
        File.CreateSymbolicLink(Path.Combine(_folder, "bin", "srk"), "../srk");
        Assert.Equal("v3 x\n", Start(Level3, Path.Combine("bin", "srk"), ["x"]).Output);
    }

    [Fact]
    public void SaysWhatAProcessorLacks()
    {
        if (!OperatingSystem.IsLinux()) return;
        var result = Start("fpu sse2", "x");
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("srk: expected a processor of x86-64-v2 or newer (SSE 4.2), got one without; take srk for .NET", result.Error, StringComparison.Ordinal);
    }

    private ProcessResult Start(string flags, params string[] arguments) => Start(flags, "srk", arguments);

    private ProcessResult Start(string flags, string launcher, string[] arguments)
    {
        var processors = Path.Combine(_folder, "cpuinfo");
        File.WriteAllText(processors, $"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t: none\n\nprocessor\t: 1\nflags\t\t: none\n");
        return ChildProcess.Run("env", [$"SRK_CPUINFO={processors}", "sh", Path.Combine(_folder, launcher), .. arguments]);
    }
}
