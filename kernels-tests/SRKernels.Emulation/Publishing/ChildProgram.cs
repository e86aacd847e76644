using System.Diagnostics;

namespace SRKernels.Emulation.Publishing;

/// <summary>Runs a program to its end and keeps what it printed.</summary>
internal static class ChildProgram
{
    /// <summary>Its exit code, standard output and standard error; longer than the limit is an error.</summary>
    public static (int Code, string Output, string Error) Run(
        TimeSpan limit, IReadOnlyDictionary<string, string> environment, string program, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        // The test host's MSBuild variables would lead the child astray.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToArray()) start.Environment.Remove(name);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', start.ArgumentList)} still ran after {limit}");
        }

        return (process.ExitCode, output.Result, error.Result);
    }
}
