using SRKernels.Models;
using SRKernels.Models.Batch;
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

        var jobs = FolderJobs.List(_folder, output, 7);

        Assert.Equal(["a/deep/y.bmp", "a/x.JPG", "b.png"], jobs.Select(j => j.RelativePath));
        Assert.Equal(["a/deep/y.png", "a/x.png", "b.png"], jobs.Select(j => Path.GetRelativePath(output, j.Output!).Replace('\\', '/')));
        Assert.All(jobs, job => Assert.Equal(SuperResolver.SeedFor(7, job.RelativePath), job.Seed));
        Assert.Equal(3, jobs.Select(j => j.Seed).Distinct().Count());
        Assert.All(FolderJobs.List(_folder, output, 7, Compatibility.Upstream), job => Assert.Equal(7ul, job.Seed));
    }

    [Fact]
    public void TwoPicturesOfOneNameGetResultsOfTheirOwn()
    {
        Touch("a.png", "a.jpg", "b.png");
        var jobs = FolderJobs.List(_folder, "/results", 1);
        Assert.Equal(["a.jpg.png", "a.png.png", "b.png"], jobs.Select(j => Path.GetFileName(j.Output)));
    }

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
