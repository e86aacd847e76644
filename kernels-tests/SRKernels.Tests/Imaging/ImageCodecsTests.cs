using SRKernels.Models.Imaging;
using SRKernels.Models.Storage;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Imaging;

public sealed class ImageCodecsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("srk-imaging-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string PathOf(string name) => Path.Combine(folder, name);

    [Fact]
    public void TheFormatIsInTheBytes_NotInTheName()
    {
        var image = ImageAssert.Pattern(9, 5, PixelLayout.Rgb);
        ImageCodecs.Write(image, PathOf("a.PNG"));
        File.Move(PathOf("a.PNG"), PathOf("a.jpg"));
        ImageAssert.Same(image, ImageCodecs.Read(PathOf("a.jpg")));
    }

    [Fact]
    public void WritingNeedsAKnownExtension()
    {
        var image = ImageAssert.Pattern(2, 2, PixelLayout.Rgb);
        foreach (string name in new[] { "a.bmp", "a.ppm", "a", "a.gif" })
            Assert.Contains(".png", Assert.Throws<ImageException>(() => ImageCodecs.Write(image, PathOf(name))).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void AMissingFileOrFolderIsSaid()
    {
        Assert.Contains("missing.png", Assert.Throws<ImageException>(() => ImageCodecs.Read(PathOf("missing.png"))).Message, StringComparison.Ordinal);
        Assert.ThrowsAny<SrkException>(() => ImageCodecs.Write(ImageAssert.Pattern(2, 2, PixelLayout.Rgb), PathOf("no/such/a.png")));
        Assert.ThrowsAny<SrkException>(() => ImageCodecs.Read(folder));
    }

    [Fact]
    public void AFailedOrCancelledWriteLeavesWhatWasThere()
    {
        string path = PathOf("kept.txt");
        File.WriteAllText(path, "old");
        using var cancelled = new CancellationTokenSource();
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, s =>
        {
            s.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Throws<OperationCanceledException>(() => AtomicFile.Write(path, s =>
        {
            s.WriteByte(1);
            cancelled.Cancel();
        }, cancelled.Token));
        Assert.Equal([path], Directory.GetFiles(folder));
        Assert.Equal("old", File.ReadAllText(path));

        AtomicFile.Write(path, s => s.Write("new"u8));
        Assert.Equal([path], Directory.GetFiles(folder));
        Assert.Equal("new", File.ReadAllText(path));
    }
}
