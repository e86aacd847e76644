using System.Diagnostics;

namespace SRKernels.Tests.Processes;

/// <summary>The program of these tests, started a second time with some of them: what needs a process of its own.</summary>
internal static class TestProgram
{
    /// <summary>Runs the tests that a filter leaves to their end. An exit code of 0 says that none failed, not that there was one: the last line counts them.</summary>
    public static async Task<ProcessResult> Run(string filter, params IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(TestProgram).Assembly.Location, "-noLogo", "-noColor", "-filterVSTest", filter])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var child = Process.Start(start)!;
        var errors = child.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        await child.StandardOutput.BaseStream.CopyToAsync(output);
        await child.WaitForExitAsync();
        return new ProcessResult(child.ExitCode, output.ToArray(), await errors);
    }
}
