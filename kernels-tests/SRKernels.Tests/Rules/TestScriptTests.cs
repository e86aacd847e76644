using System.Runtime.Versioning;
using SRKernels.Tests.Processes;
using Xunit;
using Xunit.Sdk;

namespace SRKernels.Tests.Rules;

/// <summary>What <c>tools/test.sh</c> says on its last line of test programs that end well, fail, or do not come to their end.</summary>
public sealed class TestScriptTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("srk-test-script-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("0 5 4 0", "0 7 7 0", 0, "11 passed, 0 failed, 1 skipped")]
    [InlineData("1 5 3 1", "0 7 7 0", 1, "10 passed, 1 failed, 1 skipped")]
    [InlineData("crash", "0 7 7 0", 1, "7 passed, 1 failed, 0 skipped")]
    [InlineData("1 5 3 2", "crash", 1, "3 passed, 3 failed, 0 skipped")]
    [InlineData("crash", "crash", 1, "0 passed, 2 failed, 0 skipped")]
    [InlineData("silent", "0 7 7 0", 1, "7 passed, 1 failed, 0 skipped")]
    [InlineData("3 5 5 0", "0 7 7 0", 1, "12 passed, 1 failed, 0 skipped")] // as where a fixture fails behind its tests
    [InlineData("0 0 0 0", "0 0 0 0", 1, "0 passed, 0 failed, 0 skipped")]
    public void TheLastLineCountsWhatRan(string first, string second, int code, string expected)
    {
        if (!OperatingSystem.IsLinux()) throw SkipException.ForSkip("a script for bash");
        var result = Run(first, second);
        Assert.Equal(expected, result.Output.TrimEnd().Split('\n')[^1]);
        Assert.True(result.ExitCode == code, result.ToString());
    }

    [Fact]
    public void ArgumentsFilterAsWithDotnetTest()
    {
        if (!OperatingSystem.IsLinux()) throw SkipException.ForSkip("a script for bash");
        var result = Run("0 1 1 0", "0 1 1 0", "--filter", "FullyQualifiedName~A b", "-class", "X");
        Assert.Equal(2, result.Output.Split('\n').Count(line => line.EndsWith(": asked for -filterVSTest FullyQualifiedName~A b -class X", StringComparison.Ordinal)));
    }

    /// <summary>Runs a copy of the script on a dotnet whose test programs do as they are told: "exit code, total, passed, failed", or "crash", or "silent".</summary>
    [UnsupportedOSPlatform("windows")]
    private ProcessResult Run(string first, string second, params string[] arguments)
    {
        var programs = Path.Combine(_folder, "bin");
        foreach (var folder in (string[])["bin", "tools", "kernels-tests/SRKernels.Tests/bin/Release/net10.0", "kernels-tests/SRKernels.Compiler.Tests/bin/Release/net10.0"])
            Directory.CreateDirectory(Path.Combine(_folder, folder));
        var script = Path.Combine(_folder, "tools", "test.sh");
        File.Copy(Path.Combine(RepositoryFiles.Root, "tools", "test.sh"), script);
        // Nothing is missing that would have to be installed.
        Write(Path.Combine(programs, "dpkg-query"), "echo install ok installed");
        Write(Path.Combine(programs, "dotnet"), $$"""
            [ "$1" = exec ] || exit 0
            case $2 in SRKernels.Tests.dll) set -- {{first}} "${@:7}" ;; *) set -- {{second}} "${@:7}" ;; esac
            case $1 in
                crash) kill -9 $$ ;;
                silent) exit 0 ;;
            esac
            code=$1 total=$2 passed=$3 failed=$4
            echo "<Counters total=\"$total\" executed=\"$total\" passed=\"$passed\" failed=\"$failed\" />" >"$5"
            shift 5
            echo "asked for $*"
            exit "$code"
            """);
        return ChildProcess.Run("bash", ["-c", "unset SRKERNELS_LONG SRKERNELS_OCLGRIND; PATH=\"$0:$PATH\" exec \"$@\"", programs, "bash", script, .. arguments]);
    }

    [UnsupportedOSPlatform("windows")]
    private static void Write(string file, string lines)
    {
        File.WriteAllText(file, "#!/usr/bin/env bash\n" + lines.ReplaceLineEndings("\n") + "\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }
}
