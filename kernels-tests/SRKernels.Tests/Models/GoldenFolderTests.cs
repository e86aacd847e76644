using Xunit;

namespace SRKernels.Tests.Models;

public sealed class GoldenFolderTests
{
    /// <summary>What a test reads by kind through cases.json, or by name.</summary>
    private static readonly string[] ReadByKind = ["unet_trace", "swin_trace", "feature_extractor", "vq_trace", "chain", "sinsr_chain", "chop_chain", "chop_noise", "sr3_trace", "sr3_chain"];

    [Fact]
    public void EveryGoldenIsReadByATest()
    {
        var byKind = ReadByKind.SelectMany(GoldenFolder.OfKind).Select(c => c.GetProperty("file").GetString()!);
        var sources = Directory.EnumerateFiles(Path.Combine(Repository(), "kernels-tests"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(File.ReadAllText).ToArray();
        var orphans = Directory.EnumerateFiles(Path.Combine(Repository(), "kernels-tests", "Goldens")).Select(f => Path.GetFileName(f)!)
            .Except(byKind).Except(GoldenFolder.Rivals.GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("kind").GetString() == "checkpoint").Select(c => c.GetProperty("file").GetString()!))
            .Where(f => !sources.Any(s => s.Contains(Path.GetFileNameWithoutExtension(f), StringComparison.Ordinal))
                && !GoldenFolder.Cases.GetProperty("diffusions").ToString().Contains(f, StringComparison.Ordinal));
        Assert.Empty(orphans);
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SRKernels.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("SRKernels.sln");
        return folder.FullName;
    }
}
