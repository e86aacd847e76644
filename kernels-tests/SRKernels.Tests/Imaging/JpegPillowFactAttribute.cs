using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace SRKernels.Tests.Imaging;

/// <summary>A test that needs Debian's Pillow and numpy; skipped with the reason where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class JpegPillowFactAttribute : FactAttribute
{
    private static readonly string? Missing = FindMissing();

    public JpegPillowFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = Missing;

    /// <summary>The repository's root: the folder above the test's binaries that holds the solution.</summary>
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SRKernels.sln"))) folder = folder.Parent;
            return folder?.FullName ?? throw new InvalidOperationException("SRKernels.sln is not above the test's binaries.");
        }
    }

    /// <summary>Runs tools/check_jpeg.py and gives its exit code and all that it printed.</summary>
    public static (int ExitCode, string Output) RunTool(params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(Root, "tools", "check_jpeg.py"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start.");
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static string? FindMissing()
    {
        try
        {
            var (exitCode, output) = RunTool("version");
            return exitCode == 0 ? null : $"Pillow is missing: {output.Trim()}";
        }
        catch (Win32Exception e)
        {
            return $"/usr/bin/python3 is missing: {e.Message}";
        }
    }
}
