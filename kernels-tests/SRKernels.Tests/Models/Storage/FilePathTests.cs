using SRKernels.Models.Batch;
using SRKernels.Models.Imaging;
using SRKernels.Models.Storage;
using SRKernels.Models.Weights;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Storage;

/// <summary>Section 1d: one file by every name, also by one that leads through a link and back.</summary>
public sealed class FilePathTests : IDisposable
{
    private readonly string _folder = FilePath.Real(Directory.CreateTempSubdirectory("srk-paths-").FullName);

    public FilePathTests()
    {
        // here/link leads to there/deep: here/link/.. is there, by its letters it would be here.
        Directory.CreateDirectory(PathOf("here"));
        Directory.CreateDirectory(PathOf("there/deep"));
        File.WriteAllText(PathOf("there/file"), "x");
        Directory.CreateSymbolicLink(PathOf("here/link"), "../there/deep");
        Directory.CreateSymbolicLink(PathOf("here/back"), "link/..");
        File.CreateSymbolicLink(PathOf("loop"), "loop");
        File.CreateSymbolicLink(PathOf("ping"), "pong");
        File.CreateSymbolicLink(PathOf("pong"), "./ping");
        File.CreateSymbolicLink(PathOf("nowhere"), "none/file");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("here/link/../x.png", "there/x.png", "there/x.png")]
    [InlineData("here/link/..", "there", "there")]
    [InlineData("here/link/../", "there/", "there")]
    [InlineData("here/link/../deep/../new/x", "there/new/x", "there/new/x")]
    [InlineData("here/link/../../here/link/x", "here/link/x", "there/deep/x")]
    [InlineData("here/back/x", "here/back/x", "there/x")]
    [InlineData("here/../there/./x", "there/./x", "there/x")]
    [InlineData("here/link/x", "here/link/x", "there/deep/x")]
    [InlineData("nowhere", "nowhere", "none/file")]
    [InlineData("new/folder/x", "new/folder/x", "new/folder/x")]
    public void ALinkIsFollowedBeforeTheParentBehindIt(string path, string plain, string real)
    {
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(PathOf(plain), FilePath.Plain(PathOf(path)));
        Assert.Equal(PathOf(real), FilePath.Real(PathOf(path)));
        Assert.Equal(Path.GetFullPath(PathOf(plain)), FilePath.Full(PathOf(path)));
    }

    /// <summary>The working folder's own way up holds no links: such a path stays as it was typed.</summary>
    [Theory]
    [InlineData("a.png")]
    [InlineData("../a.png")]
    [InlineData("./../../a.png")]
    [InlineData("..")]
    [InlineData("a..b/..c/d..")]
    public void APathThatOnlyBeginsWithParentsStaysAsItIs(string path)
    {
        Assert.Equal(path, FilePath.Plain(path));
        Assert.Equal(Path.GetFullPath(path), FilePath.Full(path));
    }

    [Theory]
    [InlineData("none/../x", "nothing of the name")]
    [InlineData("there/file/../x", "a file of the name")]
    [InlineData("nowhere/../x", "nothing of the name")]
    [InlineData("loop/../x", "leads back to itself")]
    public void BeforeAParentStandsAFolder(string path, string got)
    {
        if (OperatingSystem.IsWindows()) return;
        Assert.Contains(got, Assert.Throws<SrkException>(() => FilePath.Plain(PathOf(path))).Got, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("x")));
    }

    [Theory]
    [InlineData("loop")]
    [InlineData("ping")]
    [InlineData("loop/x")]
    public void ALinkThatLeadsBackToItselfIsRefused(string path)
    {
        Assert.Contains("leads back to itself", Assert.Throws<SrkException>(() => FilePath.Real(PathOf(path))).Got, StringComparison.Ordinal);
        Assert.Throws<SrkException>(() => AtomicFile.Write(PathOf(path), stream => stream.Write("new"u8)));
        Assert.NotNull(new FileInfo(PathOf("loop")).LinkTarget);
        Assert.NotNull(new FileInfo(PathOf("ping")).LinkTarget);
    }

    /// <summary>What looks at a file and what opens it mean the same one.</summary>
    [Fact]
    public void EveryDoorTakesPathsInOneWay()
    {
        if (OperatingSystem.IsWindows()) return;
        var (named, letters, meant) = (PathOf("here/link/../a.png"), PathOf("here/a.png"), PathOf("there/a.png"));
        var image = new Image(3, 2, PixelLayout.Grey);
        ImageCodecs.Write(new Image(1, 1, PixelLayout.Grey), letters);
        ImageCodecs.Write(image, named);
        Assert.True(File.Exists(meant));
        Assert.Equal((3, 2), (ImageCodecs.Read(named).Width, ImageCodecs.Read(named).Height));
        Assert.Equal(FileFacts.Of(meant), FileFacts.Of(named));
        Assert.True(ImageCodecs.Examine(named).IsWhole);
        Assert.Equal(ResultState.Done, Results.Look(meant, named));
        using (var claim = ResultClaim.TryTake(PathOf("here/link/../b.png"))) Assert.NotEmpty(Directory.GetFiles(PathOf("there"), ".srk-*"));
        Folders.Make(PathOf("here/link/../made"));
        Assert.True(Directory.Exists(PathOf("there/made")));
        Assert.Equal([meant], FolderJobs.List(PathOf("here/link/.."), null, 1).Jobs.Select(job => job.Input));
        File.WriteAllText(PathOf("there/.srk-dead.tmp"), "");
        Assert.Equal(1, Leftovers.Clear(PathOf("here/link/..")));
        TinyModelFile.Write(PathOf("there/m.safetensors"));
        using var weights = SafetensorsFile.Open(PathOf("here/link/../m.safetensors"));
        Assert.NotEmpty(weights.Tensors);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
