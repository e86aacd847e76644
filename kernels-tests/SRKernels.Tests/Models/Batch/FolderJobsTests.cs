using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Batch;

public sealed class FolderJobsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("srk-folder-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void TheTreeIsKeptAndEveryPictureHasItsOwnSeed()
    {
        Touch("b.png", "a/x.JPG", "a/deep/y.bmp", "notes.txt", ".hidden.png", "out/old.png");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "a", "loop"), _folder);
        var output = Path.Combine(_folder, "out");

        var jobs = FolderJobs.List(_folder, output, 7).Jobs;

        Assert.Equal(["a/deep/y.bmp", "a/x.JPG", "b.png"], jobs.Select(j => j.RelativePath));
        Assert.Equal(["a/deep/y.png", "a/x.png", "b.png"], jobs.Select(j => Path.GetRelativePath(output, j.Output!).Replace('\\', '/')));
        Assert.All(jobs, job => Assert.Equal(SuperResolver.SeedFor(7, job.RelativePath), job.Seed));
        Assert.Equal(3, jobs.Select(j => j.Seed).Distinct().Count());
        Assert.All(FolderJobs.List(_folder, output, 7, Compatibility.Upstream).Jobs, job => Assert.Equal(7ul, job.Seed));
    }

    [Fact]
    public void AFolderAboveThePicturesIsRefusedOnlyWhereItsTreeGrowsIntoTheirs()
    {
        Touch("in/a.png", "in/sub/b.png");
        Assert.Equal(2, FolderJobs.List(Path.Combine(_folder, "in"), _folder, 1).Jobs.Count);
        Touch("in/in/a.png");
        Assert.Contains("--suffix", Assert.Throws<SrkException>(() => FolderJobs.List(Path.Combine(_folder, "in"), _folder, 1)).Message, StringComparison.Ordinal);
    }

    /// <summary>Section 1f: a link among the results may lead back, too.</summary>
    [Theory]
    [InlineData("in", true)]
    [InlineData("in/new", true)]
    [InlineData("in/sub", true)]
    [InlineData("elsewhere", false)]
    public void Section1f_ALinkAmongTheResultsThatLeadsBackToThePicturesIsRefused(string target, bool isRefused)
    {
        Touch("in/a.png", "in/sub/b.png");
        foreach (var name in new[] { "in/new", "elsewhere", "out" }) Directory.CreateDirectory(Path.Combine(_folder, name));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "out", "sub"), Path.Combine("..", target));
        var error = Record.Exception(() => FolderJobs.List(Path.Combine(_folder, "in"), Path.Combine(_folder, "out"), 1));
        Assert.Equal(isRefused, error is SrkException);
    }

    [Theory]
    [InlineData("a.jpg", false, "", "a.png")]
    [InlineData("a.jpg", true, "", "a.jpg.png")]
    [InlineData("a.jpg", false, "-x4", "a-x4.png")]
    [InlineData("a.jpg", true, "-x4", "a.jpg-x4.png")]
    [InlineData("sub.d/a.b.jpeg", false, "", "sub.d/a.b.png")]
    [InlineData("sub/.jpg", false, "", "sub/.jpg.png")]
    public void AResultsNameFollowsFromItsSourcesAlone(string source, bool full, string suffix, string result) =>
        Assert.Equal(result, new ResultNaming { Full = full, Suffix = suffix }.Of(source));

    private void Touch(params string[] files)
    {
        foreach (var file in files)
        {
            var path = Path.Combine(_folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, []);
        }
    }
}
