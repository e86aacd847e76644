using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using SRKernels.Emulation.Publishing;
using SRKernels.Runtime;
using SRKernels.Tests.Rules;
using Xunit;

namespace SRKernels.Tests.Packages;

/// <summary>
/// All packages in a folder, packed from what the tests' build left, and empty applications outside the source tree that restore them. Our packages come from that
/// folder alone; all others from the user's cache where they are in it, else from the registry.
/// </summary>
public sealed class PackedFiles : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    private readonly string _root = Directory.CreateTempSubdirectory("srk-packages-").FullName;
    private readonly Dictionary<string, string> _environment = [];

    public PackedFiles()
    {
        if (MissingReason is not null) return;
        var built = typeof(Device).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
        // One that no cache holds.
        Version = $"{built}-packed.{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        _environment = new(StringComparer.Ordinal)
        {
            ["NUGET_PACKAGES"] = PathOf("restored"),
            ["SRKernelsVersion"] = Version,
            ["NuGetAudit"] = "false", // of what the solution's own restore has audited
            ["SRKERNELS_NO_BUILD"] = "1",
            ["CONFIGURATION"] = typeof(PackedFiles).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration,
        };
        File.WriteAllText(PathOf("NuGet.config"), $"""
            <configuration>
              <packageSources><add key="packed" value="{Folder}" /></packageSources>
              <fallbackPackageFolders><add key="cache" value="{Cache}" /></fallbackPackageFolders>
              <packageSourceMapping>
                <packageSource key="packed"><package pattern="SRKernels*" /><package pattern="srk" /></packageSource>
                <packageSource key="nuget.org"><package pattern="*" /></packageSource>
              </packageSourceMapping>
            </configuration>
            """);
        var (code, output, error) = Run("bash", Path.Combine(RepositoryFiles.Root, "tools", "pack.sh"), Folder, $"-p:Version={Version}");
        if (code != 0) throw new InvalidOperationException($"tools/pack.sh failed:\n{output}{error}");
    }

    /// <summary>Why nothing can be packed and restored here, or null.</summary>
    public static string? MissingReason { get; } =
        !OperatingSystem.IsLinux() ? "tools/pack.sh is tested on Linux alone"
        : Directory.Exists(Path.Combine(Cache, "ilgpu")) ? null
        : $"no package ILGPU in {Cache}, from which applications without a registry restore it; set NUGET_PACKAGES";

    /// <summary>The version of all of them.</summary>
    public string Version { get; } = "";

    /// <summary>Where they are.</summary>
    public string Folder => PathOf("feed");

    private static string Cache => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } chosen
        ? chosen
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public string PathOf(string name) => Path.Combine(_root, name);

    /// <summary>Copies an application of kernels-tests/Consumers out of the source tree, builds or publishes it, and gives the folder with its program.</summary>
    public string Make(string application, string into, string verb = "build", params ReadOnlySpan<string> options)
    {
        var project = PathOf(Path.Combine(into, "source"));
        Directory.CreateDirectory(project);
        foreach (var file in Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "kernels-tests", "Consumers", application)))
            File.Copy(file, Path.Combine(project, Path.GetFileName(file)));
        if (!File.Exists(Path.Combine(project, "Program.cs")))
            File.Copy(Path.Combine(RepositoryFiles.Root, "kernels-tests", $"SRKernels.{application}", "Program.cs"), Path.Combine(project, "Program.cs"));
        var folder = PathOf(Path.Combine(into, "made"));
        var (code, output, error) = Run("dotnet", [verb, project, "-c", "Release", "-m:1", "-nodeReuse:false", "-o", folder, .. options]);
        Assert.SkipWhen((output + error).Contains("NU1301", StringComparison.Ordinal), "a package of others is not in the cache, and the registry cannot be reached");
        Assert.True(code == 0, output + error);
        Assert.DoesNotMatch(@"warning [A-Z]+\d+", output + error);
        return folder;
    }

    /// <summary>Runs a program to its end in the environment of these packages.</summary>
    internal (int Code, string Output, string Error) Run(string program, params ReadOnlySpan<string> arguments) => ChildProgram.Run(s_limit, _environment, program, arguments);
}

/// <summary>A test on packed files; skipped, with the reason, where they cannot be made.</summary>
public sealed class PackedFactAttribute : FactAttribute
{
    public PackedFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = PackedFiles.MissingReason;
}
