using SRKernels.Models;
using SRKernels.Models.Families;
using SRKernels.Models.Published;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Published;

/// <summary>What the list says is usable, and what lies in a cache is what was first there.</summary>
public sealed class WeightCacheTests : IDisposable
{
    private readonly DownloadFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheListNamesEachModelOnce_WithATaskThatIsKnown_AndFilesThatCanBeHad()
    {
        Assert.Equal(PublishedModel.All.Count, PublishedModel.All.Select(model => model.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        foreach (var model in PublishedModel.All)
        {
            Assert.Same(model, PublishedModel.Find(model.Name.ToUpperInvariant()));
            Assert.Equal(model.Task, ModelTask.Find(model.Task).Name);
            Assert.Matches("^[a-z0-9-]+$", model.Name);
            foreach (var file in model.Files)
            {
                Assert.Equal((Uri.UriSchemeHttps, file.Name), (file.Address.Scheme, file.Address.Segments[^1]));
                Assert.Matches("^[a-z0-9.-]+$", file.Licence.Key);
                Assert.Matches("^https://", file.Licence.Address);
                if (file.Sha256 is { } sum) Assert.Matches("^[0-9a-f]{64}$", sum);
            }
        }

        // A file that was renamed by nobody is recognised as what the list says, and asks for the second that the list has.
        foreach (var family in ModelFamilies.All)
        {
            foreach (var model in family.PublishedModels)
            {
                Assert.Equal(model.Task, family.TaskOfName(model.Main.Name)?.Name);
                if (model.Autoencoder is { } second) Assert.Equal(second.Name, family.PartnerOf(ModelTask.Find(model.Task), family.Roles[1]));
            }
        }

        // Two files of one place and name are one file.
        var files = PublishedModel.All.SelectMany(model => model.Files).Distinct().ToArray();
        Assert.Equal(files.Length, files.Select(file => (file.Folder, file.Name)).Distinct().Count());
    }

    [Fact]
    public void WhatIsNotThereIsSaidWithTheCommandThatGetsIt()
    {
        Assert.False(_folder.Cache.Has(_folder.Model));
        var error = Assert.Throws<SrkException>(() => _folder.Cache.Check(_folder.Model));
        Assert.Contains("'weights.pth' in", error.Message, StringComparison.Ordinal);
        Assert.Contains("'srk weights get test-model', or put the file there", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFilePutThereByHandIsTaken_AndRecordedWhenItIsVerifiedOrGot()
    {
        Put(DownloadFolder.Weights);
        _folder.Cache.Check(_folder.Model);
        Assert.Null(FileRecord.Of(_folder.PathOf));
        using var server = new RawServer((_, answer) => answer.SendAsync("404 Not Found"));
        await _folder.GetAsync(server);
        Assert.Empty(server.Requests);
        _folder.Holds(DownloadFolder.Weights);

        using var other = new DownloadFolder();
        Directory.CreateDirectory(Path.GetDirectoryName(other.PathOf)!);
        File.WriteAllText(other.PathOf, "<html>Sign in</html>");
        Assert.Contains("a web page", (await Assert.ThrowsAsync<SrkException>(() => other.GetAsync(server))).Message, StringComparison.Ordinal);
        File.WriteAllBytes(other.PathOf, DownloadFolder.Weights);
        Assert.Equal(DownloadFolder.Sum(DownloadFolder.Weights), other.Cache.Verify(other.Model.Main, CancellationToken.None));
        other.Holds(DownloadFolder.Weights);
    }

    [Fact]
    public void AFileThatChangedIsRefused_OneThatWasOnlyCopiedIsNot()
    {
        Put(DownloadFolder.Weights);
        _folder.Cache.Verify(_folder.Model.Main, CancellationToken.None);
        File.SetLastWriteTimeUtc(_folder.PathOf, DateTime.UtcNow.AddDays(1));
        _folder.Cache.Check(_folder.Model);
        var (changed, shorter) = (DownloadFolder.Weights.ToArray(), DownloadFolder.Weights[..^1]);
        changed[^1]++;
        foreach (var (bytes, expected) in new[] { (changed, "expected SHA-256 "), (shorter, "expected 551,765 bytes, as it was first here on ") })
        {
            Put(bytes);
            var error = Assert.Throws<SrkException>(() => _folder.Cache.Check(_folder.Model));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
            Assert.Contains("srk weights remove", error.Message, StringComparison.Ordinal);
            Assert.Throws<SrkException>(() => _folder.Cache.Verify(_folder.Model.Main, CancellationToken.None));
        }
    }

    /// <summary>Damage that keeps the date is found where the bytes are read.</summary>
    [Fact]
    public void VerifyReadsEveryByte()
    {
        Put(DownloadFolder.Weights);
        _folder.Cache.Verify(_folder.Model.Main, CancellationToken.None);
        var date = File.GetLastWriteTimeUtc(_folder.PathOf);
        var changed = DownloadFolder.Weights.ToArray();
        changed[1000]++;
        Put(changed);
        File.SetLastWriteTimeUtc(_folder.PathOf, date);
        Assert.Contains("as it was first here", Assert.Throws<SrkException>(() => _folder.Cache.Verify(_folder.Model.Main, CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"sha256\":1}")]
    [InlineData("{\"sha256\":\"00\",\"lengthBytes\":1,\"seenUtc\":\"2026-01-01T00:00:00Z\",\"firstUtc\":\"2026-01-01T00:00:00Z\"}")]
    public void ADamagedRecordIsNamed(string text)
    {
        Put(DownloadFolder.Weights);
        File.WriteAllText(FileRecord.PathFor(_folder.PathOf), text);
        Assert.Contains("the record of a download, got another text", Assert.Throws<SrkException>(() => _folder.Cache.Check(_folder.Model)).Message, StringComparison.Ordinal);
    }

    private void Put(byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.PathOf)!);
        File.WriteAllBytes(_folder.PathOf, bytes);
    }
}
