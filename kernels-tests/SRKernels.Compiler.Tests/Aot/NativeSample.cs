using System.Diagnostics;

namespace SRKernels.Compiler.Tests.Aot;

/// <summary>kernels-tests/SRKernels.AotSample, as the dotnet command handles it.</summary>
internal static class NativeSample
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(4);

    /// <summary>Why its packages cannot be had, or null.</summary>
    public static string? Restore()
    {
        if (Project() is not { } project) return "the sample's sources are not above the tests";
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } chosen ? chosen : Path.Combine(home, ".nuget", "packages");
        if (Directory.Exists(Path.Combine(packages, "runtime.linux-x64.microsoft.dotnet.ilcompiler"))) return null; // seconds saved at every discovery
        var (code, output) = Run("dotnet", "restore", project, "-p:RuntimeIdentifier=linux-x64", "-nodeReuse:false");
        return code == 0 ? null : $"the native compiler's packages cannot be restored: {output.Split('\n').FirstOrDefault(l => l.Contains("error", StringComparison.Ordinal))}";
    }

    /// <summary>Publishes into a folder.</summary>
    public static (int Code, string Output) Publish(string folder) =>
        Run("dotnet", "publish", Project()!, "-c", Configuration, "-r", "linux-x64", "-m:1", "-nodeReuse:false", "-o", folder);

    /// <summary>Runs a program to its end; standard output and error together.</summary>
    public static (int Code, string Output) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        // The test host's MSBuild variables would lead the child astray.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToArray()) start.Environment.Remove(name);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} still ran after {s_limit}");
        }

        return (process.ExitCode, output.Result + error.Result);
    }

#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private static string? Project()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var project = Path.Combine(folder.FullName, "kernels-tests", "SRKernels.AotSample", "SRKernels.AotSample.csproj");
            if (File.Exists(project)) return project;
        }

        return null;
    }
}
