using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using SRKernels.Compiler.Tests.Aot;
using SRKernels.Emulation.Publishing;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Compiler.Tests.Libcuda;

/// <summary>The emulated libcuda.so.1 exports what ILGPU and our binding import, no more and no less, and its page lists that.</summary>
public sealed partial class ExportTests
{
    [Fact]
    public void TheSourcesDefineWhatIsImported()
    {
        var imported = Imports(typeof(ILGPU.Context).Assembly, "cuda").Union(Imports(typeof(Device).Assembly, "cuda")).ToArray();
        Assert.Equal(48, Imports(typeof(ILGPU.Context).Assembly, "cuda").Count());
        Assert.Equal(imported.Order(StringComparer.Ordinal), Defined().Order(StringComparer.Ordinal));
    }

    [NativeFact]
    public void TheLibraryExportsWhatTheSourcesDefine()
    {
        var (code, output, error) = ChildProgram.Run(
            EmulatedLibcuda.Limit, new Dictionary<string, string>(), "nm", "-D", "--defined-only", Path.Combine(EmulatedLibcuda.Folder, "libcuda.so.1"));
        Assert.True(code == 0, error);
        var exported = Exported().Matches(output).Select(m => m.Groups[1].Value);
        Assert.Equal(Defined().Order(StringComparer.Ordinal), exported.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ThePageListsThem()
    {
        var page = File.ReadAllText(Path.Combine(Folder(), "README.md"));
        Assert.Equal(Defined().Order(StringComparer.Ordinal), Listed().Matches(page).Select(m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Defined() =>
        Directory.GetFiles(Path.Combine(Folder(), "Exports"), "*.cs").SelectMany(f => EntryPoint().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value);

    // What an assembly declares to take from a library, read from its metadata: nothing is called.
    private static IEnumerable<string> Imports(Assembly assembly, string library)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var metadata = file.GetMetadataReader();
        var names = new HashSet<string>();
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            if (!method.Attributes.HasFlag(MethodAttributes.PinvokeImpl)) continue;
            var import = method.GetImport();
            if (metadata.GetString(metadata.GetModuleReference(import.Module).Name) == library) names.Add(metadata.GetString(import.Name));
        }

        return names;
    }

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var project = Path.Combine(folder.FullName, "kernels-tests", "SRKernels.Emulation.Native");
            if (Directory.Exists(project)) return project;
        }

        throw new DirectoryNotFoundException($"no kernels-tests/SRKernels.Emulation.Native above {AppContext.BaseDirectory}");
    }

    [GeneratedRegex(@"EntryPoint = ""(\w+)""")]
    private static partial Regex EntryPoint();

    [GeneratedRegex(@" T (cu\w+)")]
    private static partial Regex Exported();

    [GeneratedRegex(@"`(cu[A-Z]\w*)`")]
    private static partial Regex Listed();
}
