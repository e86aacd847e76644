using System.Text.RegularExpressions;
using SRKernels.Kernels;
using SRKernels.Models;
using SRKernels.Models.Families;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Rules;

/// <summary>What the design asks of the tree, checked on its files.</summary>
public sealed class ArchitectureTests
{
    /// <summary>The library is a line; what is optional hangs beside it and is known to the command line alone (and to what else says so here).</summary>
    private static readonly Dictionary<string, string[]> s_known = new(StringComparer.Ordinal)
    {
        ["Intrinsics"] = [],
        ["Runtime"] = ["Intrinsics"],
        ["Kernels"] = ["Intrinsics", "Runtime"],
        ["Models"] = ["Intrinsics", "Runtime", "Kernels"],
        ["Compiler"] = ["Intrinsics"],
        ["Compilation"] = ["Intrinsics", "Compiler", "Runtime"],
        ["Ilgpu"] = ["Intrinsics", "Runtime", "Kernels", "Models"],
        ["Cli"] = ["Intrinsics", "Runtime", "Kernels", "Models", "Compiler", "Compilation", "Ilgpu"],
    };

    [Fact]
    public void ProjectsKnowOnlyWhatTheDesignSays()
    {
        foreach (var (name, known) in s_known)
        {
            var project = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "src", $"SRKernels.{name}", $"SRKernels.{name}.csproj"));
            foreach (Match reference in Regex.Matches(project, @"ProjectReference Include=""[^""]*SRKernels\.(\w+)\.csproj"""))
                Assert.True(known.Contains(reference.Groups[1].Value), $"SRKernels.{name} refers to SRKernels.{reference.Groups[1].Value}, expected only {string.Join(", ", known)}");
        }
    }

    [Fact]
    public void TheLibraryCarriesNoCompiler()
    {
        foreach (var part in new[] { typeof(Device), typeof(KernelContext), typeof(SuperResolver) })
            Assert.DoesNotContain(part.Assembly.GetReferencedAssemblies(), a => a.Name is "SRKernels.Compiler" or "SRKernels.Compilation");
    }

    [Fact]
    public void OnlyTheIlgpuProjectMakesAContext()
    {
        foreach (var file in RepositoryFiles.Sources("src"))
            Assert.False(
                !RepositoryFiles.Relative(file).StartsWith("src/SRKernels.Ilgpu/", StringComparison.Ordinal) && Regex.IsMatch(File.ReadAllText(file), @"\bContext\.Create\w*\("),
                $"{RepositoryFiles.Relative(file)} makes an ILGPU context; only SRKernels.Ilgpu does");
    }

    [Theory]
    [InlineData("src/SRKernels.Compiler", @"SRKernels\.(Runtime|Kernels|Models|Compilation)\b")]
    [InlineData("src/SRKernels.Compilation", @"SRKernels\.(Kernels|Models)\b")]
    [InlineData("src/SRKernels.Compiler/IR", @"Compiler\.(Frontend|Passes|Codegen|Interpretation)\b")]
    [InlineData("src/SRKernels.Compiler/Codegen", @"Compiler\.Frontend\b")]
    [InlineData("src/SRKernels.Compiler/Codegen/Ptx", @"Codegen\.OpenCl\b")]
    [InlineData("src/SRKernels.Runtime/Cuda", @"Runtime\.OpenCl\b")]
    [InlineData("src/SRKernels.Runtime/OpenCl", @"Runtime\.Cuda\b")]
    [InlineData("src/SRKernels.Models/Weights", @"Models\.(UNet|Vq|Families|Recognition)\b")]
    [InlineData("src/SRKernels.Models/Imaging", @"Models\.(UNet|Vq|Families|Recognition)\b")]
    [InlineData("src/SRKernels.Models/Sampling", @"Models\.(UNet|Vq|Families|Recognition)\b")]
    public void NamespacesLookOneWay(string folder, string forbidden)
    {
        foreach (var file in RepositoryFiles.Sources(folder))
            foreach (var line in File.ReadLines(file))
                Assert.False(
                    Regex.IsMatch(line, @"^\s*(global )?using ") && Regex.IsMatch(line, forbidden), $"{RepositoryFiles.Relative(file)}: {line.Trim()} looks the wrong way");
    }

    /// <summary>A family is one folder and one line: nothing else in the program names its namespace, and no other family does.</summary>
    [Fact]
    public void FamiliesAreNamedOnlyWhereTheyAreRegistered()
    {
        const string Registration = "src/SRKernels.Models/Families/ModelFamilies.cs";
        var families = ModelFamilies.All.Select(family => family.GetType().Namespace!).ToArray();
        Assert.Equal(families.Distinct(), families);
        foreach (var family in families)
        {
            var folder = $"src/SRKernels.Models/{family["SRKernels.Models.".Length..]}/";
            Assert.NotEmpty(RepositoryFiles.Sources(folder));
            foreach (var file in RepositoryFiles.Sources("src"))
            {
                var path = RepositoryFiles.Relative(file);
                if (path == Registration || path.StartsWith(folder, StringComparison.Ordinal)) continue;
                Assert.False(Regex.IsMatch(File.ReadAllText(file), $@"\b{Regex.Escape(family)}\b"), $"{path} names {family}; only its own folder and {Registration} may");
            }

            foreach (var type in typeof(SuperResolver).Assembly.GetTypes().Where(type => type.Namespace == family))
                Assert.False(type.IsPublic, $"{type.FullName} is public: what a family is made of is its own");
        }
    }

    [Fact]
    public void EveryFastBodyHasADefinitionBesideIt()
    {
        foreach (var file in RepositoryFiles.Sources("src/SRKernels.Kernels", "*.Cpu.cs"))
        {
            var reference = file.Replace(".Cpu.cs", ".Reference.cs", StringComparison.Ordinal);
            Assert.True(File.Exists(reference), $"{RepositoryFiles.Relative(file)} has no {Path.GetFileName(reference)}");
        }
    }

    [Fact]
    public void NoFileTypeOrFolderHasAnEmptyName()
    {
        var empty = new Regex(@"(^|/)[A-Za-z]*(Utils?|Helpers?|Common|Misc|Manager)(\.|/|$)|V2\b");
        foreach (var file in RepositoryFiles.Sources("src").Concat(RepositoryFiles.Sources("kernels-tests")))
            Assert.False(empty.IsMatch(RepositoryFiles.Relative(file)), $"{RepositoryFiles.Relative(file)}: a name that says nothing");
    }

    [Fact]
    public void PathsInTheReadmeExist()
    {
        var readme = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "README.md"));
        foreach (Match path in Regex.Matches(readme, @"\]\(([^)#h][^)#]*)\)|`((?:src|tools|weights|benchmarks|kernels-tests)/[\w./-]*)`"))
        {
            var named = (path.Groups[1].Success ? path.Groups[1] : path.Groups[2]).Value;
            if (named.Contains("/bin/", StringComparison.Ordinal)) continue; // what a build leaves
            Assert.True(Path.Exists(Path.Combine(RepositoryFiles.Root, named)), $"README.md names {named}, which does not exist");
        }
    }

    [Fact]
    public void RowsOfResultsNameBenchmarksThatExist()
    {
        var results = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "benchmarks", "RESULTS.md"));
        var sources = string.Concat(RepositoryFiles.Sources("benchmarks").Select(File.ReadAllText));
        foreach (Match name in Regex.Matches(results, @"`(\w+Benchmark)`"))
            Assert.True(sources.Contains($"class {name.Groups[1].Value}", StringComparison.Ordinal), $"RESULTS.md names {name.Groups[1].Value}, which is no benchmark");
    }

    /// <summary>The framework folds <c>link/..</c> by its letters; where files are named by people only <c>FilePath</c> may make paths full.</summary>
    [Fact]
    public void PathsAreMadeFullInOnePlace()
    {
        foreach (var folder in new[] { "src/SRKernels.Models", "src/SRKernels.Ilgpu", "src/SRKernels.Cli" })
            foreach (var file in RepositoryFiles.Sources(folder).Where(file => Path.GetFileName(file) != "FilePath.cs"))
                Assert.False(
                    Regex.IsMatch(File.ReadAllText(file), @"\bGetFullPath\(|\bResolveLinkTarget\("), $"{RepositoryFiles.Relative(file)} makes a path full by itself; FilePath does it");
    }

    [Fact]
    public void NoSourceNamesAPathOfOneMachine()
    {
        var path = new Regex(@"(?<![\w.~])/(work|root|home)/\w");
        foreach (var folder in new[] { "src", "kernels-tests", "benchmarks" })
            foreach (var file in RepositoryFiles.Sources(folder))
            {
                if (Path.GetFileName(file) == "ArchitectureTests.cs") continue;
                Assert.False(path.IsMatch(File.ReadAllText(file)), $"{RepositoryFiles.Relative(file)} names a path of one machine");
            }
    }
}
