using System.ComponentModel;
using System.Diagnostics;
using SRKernels.Runtime;

namespace SRKernels.Benchmarks.Rivals;

/// <summary>A Python that has PyTorch: the one that was named, else the first that has it.</summary>
internal sealed class PythonWithTorch
{
    private PythonWithTorch(string path) => Path = path;

    /// <summary>The interpreter.</summary>
    public string Path { get; }

    /// <summary>Finds it.</summary>
    /// <param name="named">An interpreter, or null.</param>
    /// <param name="reason">Why there is none.</param>
    public static PythonWithTorch? Find(string? named, out string reason)
    {
        reason = "";
        string[] candidates = named is null ? ["python3", "/usr/bin/python3"] : [named];
        foreach (var candidate in candidates)
        {
            try
            {
                var (exitCode, _) = Run(candidate, ["-c", "import torch, numpy"]);
                if (exitCode == 0) return new PythonWithTorch(candidate);
            }
            catch (Win32Exception)
            {
                // No such program: the next one.
            }
        }

        reason = $"no PyTorch in {string.Join(", ", candidates)}: install Debian's python3-torch, or name a Python that has it with --python";
        return null;
    }

    /// <summary>Runs one of our scripts to its end.</summary>
    /// <exception cref="SrkException">It failed.</exception>
    public void RunScript(string script, IEnumerable<string> arguments)
    {
        var (exitCode, errors) = Run(Path, [System.IO.Path.Combine(RivalFiles.Scripts, script), .. arguments]);
        if (exitCode != 0) throw new SrkException($"rivals: {script}", "success", errors.Trim().Split('\n')[^1], "see what it needs");
    }

    private static (int ExitCode, string Errors) Run(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Result + errors);
    }
}
