using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace SRKernels.Emulation.Publishing;

/// <summary>A project of kernels-tests that is compiled natively, as the dotnet command handles it.</summary>
internal sealed class NativeProject
{
    // Against one that hangs: it takes seconds where the machine is free, many minutes where it is crowded.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(30);

    private static readonly Dictionary<string, string> s_asHere = [];

    private readonly string? _file;

    public NativeProject(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null && _file is null; folder = folder.Parent)
        {
            var project = Path.Combine(folder.FullName, "kernels-tests", name, name + ".csproj");
            if (File.Exists(project)) _file = project;
        }

        MissingReason = Missing();
    }

    /// <summary>Why it cannot be compiled natively here, or null.</summary>
    public string? MissingReason { get; }

    /// <summary>The project's folder.</summary>
    public string Folder => Path.GetDirectoryName(_file)!;

    /// <summary>Publishes into a folder; what is up to date is not made again.</summary>
    public (int Code, string Output) Publish(string folder) => InTurn("dotnet", "publish", _file!, "-c", Configuration, "-r", "linux-x64", "-m:1", "-nodeReuse:false", "-o", folder);

    /// <summary>Runs a command that publishes, one at a time in a checkout: the projects that several need would be written by two at once.</summary>
    public (int Code, string Output) InTurn(string program, params ReadOnlySpan<string> arguments)
    {
        using var turn = new Mutex(false, $"srkernels-publish-{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetDirectoryName(Folder)!)).AsSpan(0, 8))}");
        try
        {
            if (!turn.WaitOne(s_limit)) throw new TimeoutException($"another process still published after {s_limit}");
        }
        catch (AbandonedMutexException)
        {
            // Who had the turn is gone, and the turn is ours.
        }

        try
        {
            var (code, output, error) = ChildProgram.Run(s_limit, s_asHere, program, arguments);
            return (code, output + error);
        }
        finally
        {
            turn.ReleaseMutex();
        }
    }

    private string? Missing()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64) return "native compilation is tested on Linux x64 alone";
        if (_file is null) return "the sources are not above the tests";
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        if (!folders.Any(f => File.Exists(Path.Combine(f, "gcc")))) return "no linker: install gcc";
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } chosen ? chosen : Path.Combine(home, ".nuget", "packages");
        if (Directory.Exists(Path.Combine(packages, "runtime.linux-x64.microsoft.dotnet.ilcompiler"))) return null; // seconds saved at every discovery
        var (code, output, error) = ChildProgram.Run(s_limit, s_asHere, "dotnet", "restore", _file, "-p:RuntimeIdentifier=linux-x64", "-nodeReuse:false");
        return code == 0
            ? null
            : $"the native compiler's packages cannot be restored: {(output + error).Split('\n').FirstOrDefault(l => l.Contains("error", StringComparison.Ordinal))}";
    }

#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif
}
