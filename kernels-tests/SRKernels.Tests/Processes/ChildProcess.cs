using System.ComponentModel;
using System.Diagnostics;

namespace SRKernels.Tests.Processes;

/// <summary>What a finished process left.</summary>
internal sealed record ProcessResult(int ExitCode, byte[] OutputBytes, string Error)
{
    public string Output => System.Text.Encoding.UTF8.GetString(OutputBytes);

    public override string ToString() => $"exit code {ExitCode}\n--- stdout\n{Output}\n--- stderr\n{Error}";
}

/// <summary>Runs a program to its end and keeps what it printed.</summary>
internal static class ChildProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>The folder that holds SRKernels.sln, above the tests' binaries.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    public static ProcessResult Run(string program, IEnumerable<string> arguments, byte[]? input = null, string? folder = null)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        using var output = new MemoryStream();
        var outputDone = process.StandardOutput.BaseStream.CopyToAsync(output);
        var errorDone = process.StandardError.ReadToEndAsync();
        try
        {
            if (input is not null) process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A program may end before it has read everything; its exit code tells.
        }

        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', start.ArgumentList)} still ran after {Limit}");
        }

        outputDone.Wait();
        return new ProcessResult(process.ExitCode, output.ToArray(), errorDone.Result);
    }

    /// <summary>Why a Python module cannot be used here, or null if it can.</summary>
    public static string? MissingPythonModule(string module, string debianPackage)
    {
        try
        {
            var result = Run("/usr/bin/python3", ["-c", $"import {module}"]);
            return result.ExitCode == 0 ? null : $"/usr/bin/python3 has no {module}: install Debian's {debianPackage}";
        }
        catch (Win32Exception)
        {
            return $"no /usr/bin/python3: install Debian's {debianPackage}";
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "SRKernels.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException($"no SRKernels.sln above {AppContext.BaseDirectory}");
    }
}
