using System.Security.Cryptography;
using SRKernels.Models.Published;
using SRKernels.Models.Published.Downloading;
using SRKernels.Runtime;
using SRKernels.Tests.Models.Weights.Checkpoints;
using Xunit;

namespace SRKernels.Tests.Models.Published;

/// <summary>A cache in a folder of its own, and a model of one small file that torch wrote.</summary>
internal sealed class DownloadFolder : IDisposable
{
    public const string Name = "weights.pth";

    // One turn is as good as another here: nothing waits, and the disk is told often.
    public static readonly DownloadOptions Options = new() { Pause = TimeSpan.Zero, FlushBytes = 1 << 16, UsesProxy = false };

    private static readonly PublishedLicence s_licence = new("test", "a licence", "https://example.org/licence", "nothing");

    public DownloadFolder() => Cache = new WeightCache(Path.Combine(Root, "cache"));

    public static byte[] Weights { get; } = File.ReadAllBytes(CheckpointFileTests.Committed("resshift_realsrx4_s4_v3.pth"));

    public string Root { get; } = Directory.CreateTempSubdirectory("srk-weights-").FullName;

    public WeightCache Cache { get; }

    public PublishedModel Model { get; init; } = Of(new PublishedFile("author", Name, new("https://weights.invalid/" + Name), s_licence));

    public string PathOf => Cache.PathOf(Model.Main);

    public string Part => PathOf + ".part";

    public static PublishedModel Of(PublishedFile file) => new("test-model", "Test", "realsr-v3", file);

    public static string Sum(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public Task GetAsync(RawServer server, DownloadOptions? options = null, Action<DownloadProgress>? told = null, CancellationToken cancellation = default) =>
        Cache.GetAsync(Model, server.Address, options ?? Options, told is null ? null : new AtOnce(told), cancellation);

    /// <summary>The download fails with this in its one line, and the file is not there.</summary>
    public async Task FailsAsync(RawServer server, string expected, DownloadOptions? options = null)
    {
        var error = await Assert.ThrowsAsync<SrkException>(() => GetAsync(server, options));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf), "a file that failed has its name");
    }

    /// <summary>The file is there with these bytes and its record, and nothing else is.</summary>
    public void Holds(byte[] bytes)
    {
        Assert.True(File.ReadAllBytes(PathOf).AsSpan().SequenceEqual(bytes), "the file has other bytes than the server's");
        Assert.Equal([Name, Name + ".json"], Files());
        Assert.Equal((Sum(bytes), bytes.Length), (FileRecord.Of(PathOf)!.Sha256, FileRecord.Of(PathOf)!.LengthBytes));
    }

    public string[] Files() => [.. Directory.GetFiles(Path.GetDirectoryName(PathOf)!, "*", new EnumerationOptions { AttributesToSkip = FileAttributes.None })
        .Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    private sealed class AtOnce(Action<DownloadProgress> told) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => told(value);
    }
}
