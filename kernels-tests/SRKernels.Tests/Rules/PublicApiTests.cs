using System.Reflection;
using System.Text;
using PublicApiGenerator;
using Xunit;

namespace SRKernels.Tests.Rules;

/// <summary>
/// What users of the packages see: kernels-tests/PublicApi has one file an assembly, which <see cref="IsTheOneThatIsListed"/> writes when SRKERNELS_WRITE_PUBLIC_API=1 is set and
/// compares otherwise. A change is then seen in the review of the file.
/// </summary>
public sealed class PublicApiTests
{
    private static readonly string s_folder = Path.Combine(RepositoryFiles.Root, "kernels-tests", "PublicApi");

    // The assembly's own attributes say how it was compiled, which no user reads.
    private static readonly ApiGeneratorOptions s_options = new() { IncludeAssemblyAttributes = false };

    /// <summary>All of src but the command line, which is a program.</summary>
    private static readonly string[] s_names =
        [.. Directory.GetDirectories(Path.Combine(RepositoryFiles.Root, "src"), "SRKernels.*").Select(folder => Path.GetFileName(folder)!).Where(name => name != "SRKernels.Cli").Order(StringComparer.Ordinal)];

    public static TheoryData<string> Assemblies => [.. s_names];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void IsTheOneThatIsListed(string name)
    {
        var file = Path.Combine(s_folder, name + ".txt");
        var got = Assembly.Load(name).GeneratePublicApi(s_options).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable("SRKERNELS_WRITE_PUBLIC_API") == "1") File.WriteAllText(file, got);
        var expected = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        Assert.True(
            got == expected,
            $"the public API of {name} is not what {RepositoryFiles.Relative(file)} lists (-: gone, +: new):\n{Difference(expected, got)}"
            + "If users are to see that, run this test with SRKERNELS_WRITE_PUBLIC_API=1 and commit the file; else make it internal.");
    }

    [Fact]
    public void EveryFileListsAnAssembly()
    {
        foreach (var file in Directory.GetFiles(s_folder))
            Assert.True(s_names.Contains(Path.GetFileNameWithoutExtension(file)), $"{RepositoryFiles.Relative(file)} lists no assembly of src; delete it");
    }

    [Fact]
    public void TheDifferenceNamesWhatIsGoneAndWhatIsNewWithItsType() =>
        Assert.Equal(
            "  public class A\n-     public void Gone() { }\n+     public void Other() { }\n",
            Difference("    public class A\n        public void Gone() { }\n        public void Stays() { }\n", "    public class A\n        public void Other() { }\n        public void Stays() { }\n"));

    /// <summary>Lines of one text alone, each below the type that it stands in.</summary>
    private static string Difference(string expected, string got)
    {
        var text = new StringBuilder();
        var (before, after) = (Members(expected), Members(got));
        foreach (var type in before.Concat(after).Select(member => member.Type).Distinct())
        {
            string[] gone = [.. before.Except(after).Where(m => m.Type == type).Select(m => $"- {m.Line}\n")];
            string[] made = [.. after.Except(before).Where(m => m.Type == type).Select(m => $"+ {m.Line}\n")];
            if (gone.Length + made.Length > 0) text.Append($"  {type.Trim()}\n").AppendJoin("", gone).AppendJoin("", made);
        }

        return text.ToString();
    }

    private static (string Type, string Line)[] Members(string api)
    {
        var type = "";
        List<(string, string)> members = [];
        foreach (var line in api.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("    public ", StringComparison.Ordinal)) type = line;
            members.Add((type, line.StartsWith("    ", StringComparison.Ordinal) ? line[4..] : line));
        }

        return [.. members];
    }
}
