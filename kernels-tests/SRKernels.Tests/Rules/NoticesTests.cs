using System.Text.RegularExpressions;
using Xunit;

namespace SRKernels.Tests.Rules;

/// <summary>THIRD-PARTY-NOTICES.md says what is handed out of others, and goes with all that is.</summary>
public sealed class NoticesTests
{
    private static readonly string s_notices = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "THIRD-PARTY-NOTICES.md"));

    [Fact]
    public void NameEveryPackageThatTheProductRefersTo()
    {
        string[] projects = [.. RepositoryFiles.Sources("src", "*.csproj"), Path.Combine(RepositoryFiles.Root, "Directory.Build.props")];
        string[] packages = [.. projects.SelectMany(file => Regex.Matches(File.ReadAllText(file), @"<PackageReference Include=""([^""]+)""")).Select(m => m.Groups[1].Value).Distinct()];
        Assert.Contains("ILGPU", packages);
        foreach (var package in packages)
            Assert.True(Regex.IsMatch(s_notices, $@"\b{Regex.Escape(package)}\b"), $"THIRD-PARTY-NOTICES.md does not name {package}, which src refers to");
    }

    /// <summary>Where the licence is packed, the notices are, too.</summary>
    [Fact]
    public void GoWhereverTheLicenceGoes()
    {
        string[] packing =
        [
            .. new[] { "src", "tools" }.SelectMany(folder => new[] { "*.csproj", "*.nuspec", "*.sh" }.SelectMany(pattern => RepositoryFiles.Sources(folder, pattern)))
                .Where(file => Regex.IsMatch(File.ReadAllText(file), @"(?:^|[/ ""])LICENSE\b(?!-)", RegexOptions.Multiline)),
        ];
        Assert.Contains(packing, file => file.EndsWith("publish.sh", StringComparison.Ordinal));
        foreach (var file in packing)
            Assert.True(File.ReadAllText(file).Contains("THIRD-PARTY-NOTICES.md", StringComparison.Ordinal), $"{RepositoryFiles.Relative(file)} packs LICENSE without THIRD-PARTY-NOTICES.md");
    }

    /// <summary>The texts are those of the packages that are restored, so that a new version with other words is seen.</summary>
    [Theory]
    [InlineData("ilgpu", "LICENSE.txt")]
    [InlineData("ilgpu", "LICENSE-3RD-PARTY.txt")]
    [InlineData("ilgpu.algorithms", "LICENSE.txt")]
    [InlineData("ilgpu.algorithms", "LICENSE-3RD-PARTY.txt")]
    public void HoldTheLicencesOfIlgpuWordByWord(string package, string file)
    {
        var version = Regex.Match(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "Directory.Packages.props")), @"Include=""ILGPU"" Version=""\[([\d.]+)\]""").Groups[1].Value;
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } chosen ? chosen : Path.Combine(home, ".nuget", "packages");
        var words = Words(File.ReadAllText(Path.Combine(packages, package, version, file)));
        Assert.True(words.Length > 200, words);
        Assert.Contains(words, Words(s_notices), StringComparison.Ordinal);
        Assert.Contains($"ILGPU.Algorithms {version}", s_notices, StringComparison.Ordinal);

        static string Words(string text) => string.Join(' ', text.TrimStart('\uFEFF').Split((char[])[' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
    }
}
