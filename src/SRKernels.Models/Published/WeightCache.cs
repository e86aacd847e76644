using SRKernels.Models.Batch;
using SRKernels.Models.Published.Downloading;
using SRKernels.Models.Storage;
using SRKernels.Models.Weights;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Models.Published;

/// <summary>The published files that were downloaded: a folder, in it one for each author's files under their official names, and beside each file what is known of it.</summary>
/// <remarks>Files may also be put there by hand; they are then taken as they are, unless their sum is known.</remarks>
public sealed class WeightCache
{
    /// <summary>A cache in a folder, which is made at the first download.</summary>
    /// <param name="folder">Where the files are.</param>
    public WeightCache(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Folder = FilePath.Full(folder);
    }

    /// <summary>Where the files are.</summary>
    public string Folder { get; }

    /// <summary>
    /// The user's: the folder in <c>SRKERNELS_WEIGHTS</c>, else <c>${XDG_CACHE_HOME:-~/.cache}/srkernels/weights</c> (on Windows under the local application data).
    /// </summary>
    /// <exception cref="SrkException">There is no home.</exception>
    public static WeightCache OfUser()
    {
        if (Environment.GetEnvironmentVariable("SRKERNELS_WEIGHTS") is { Length: > 0 } chosen) return new WeightCache(chosen);
        return new WeightCache(UserCache.Folder("weights") ?? throw new SrkException(
            "weights", "a folder of this user for them", "no home", "set SRKERNELS_WEIGHTS to a folder"));
    }

    /// <summary>Where a file is, or would be.</summary>
    /// <param name="file">The file.</param>
    public string PathOf(PublishedFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Path.Combine(Folder, file.Folder, file.Name);
    }

    /// <summary>Whether a file is there.</summary>
    internal bool Has(PublishedFile file) => FileFacts.Of(PathOf(file)) is not null;

    /// <summary>Whether all files of a model are there.</summary>
    /// <param name="model">The model.</param>
    public bool Has(PublishedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Files.All(Has);
    }

    /// <summary>Refuses a model that is not there, or no longer as it was downloaded. Bytes are read only where a file was written since.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="SrkException">A file is missing or has changed.</exception>
    public void Check(PublishedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        foreach (var file in model.Files)
        {
            if (!Has(file)) throw new SrkException(
                $"model '{model.Name}'", $"'{file.Name}' in '{Path.GetDirectoryName(PathOf(file))}'", "none",
                $"download it with 'srk weights get {model.Name}', or put the file there");
            CheckUnchanged(file, CancellationToken.None);
        }
    }

    /// <summary>
    /// Downloads those files of a model that are not there: what broke off goes on, several processes may do it at once, and no file has its name before it is whole and checked. Who calls it accepts the files'
    /// licences.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="mirror">A folder of the web that has the files under their names; null: where their authors put them.</param>
    /// <param name="progress">Told what is being done.</param>
    /// <param name="cancellation">Stops it; what has arrived is kept.</param>
    /// <exception cref="SrkException">A file cannot be had, or is not what it should be.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task GetAsync(PublishedModel model, Uri? mirror = null, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default) =>
        GetAsync(model, mirror, DownloadOptions.Default, progress, cancellation);

    internal async Task GetAsync(PublishedModel model, Uri? mirror, DownloadOptions options, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var web = new WebSource(options);
        foreach (var file in model.Files)
        {
            var address = mirror is null ? file.Address : new Uri(mirror.AbsoluteUri.TrimEnd('/') + "/" + Uri.EscapeDataString(file.Name));
            if (!Has(file)) await new FileDownload(file, PathOf(file), address, web, options, progress).RunAsync(cancellation);
            CheckUnchanged(file, cancellation);
            if (FileRecord.Of(PathOf(file)) is null) Adopt(file, cancellation);
        }
    }

    /// <summary>Reads a file wholly and compares its sum; one without a record gets it.</summary>
    /// <returns>Its SHA-256.</returns>
    /// <exception cref="SrkException">It is not there, or not as it was.</exception>
    internal string Verify(PublishedFile file, CancellationToken cancellation)
    {
        var path = FileContent.Place(PathOf(file));
        var facts = FileFacts.Of(path) ?? throw new SrkException($"'{file.Name}'", "a file to verify", "none", "download it first");
        var (record, sum) = (FileRecord.Of(path), FileSum.Of(path, cancellation));
        if (FileSum.Difference(file, record, sum) is var (expected, got)) throw Changed(file, expected, got);
        if (record is null || record.SeenUtc != facts.ModifiedUtc || record.LengthBytes != facts.LengthBytes)
            new FileRecord(sum, facts.LengthBytes, facts.ModifiedUtc, record?.FirstUtc ?? DateTime.UtcNow, record?.Address).Write(path);
        return sum;
    }

    /// <summary>Removes a file and what a download left of it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="forget">Its record, too: then another file may take its name.</param>
    /// <returns>Whether there was something.</returns>
    internal bool Remove(PublishedFile file, bool forget)
    {
        var path = PathOf(file);
        if (!Directory.Exists(Path.GetDirectoryName(path))) return false;
        using var claim = ResultClaim.TryTake(path) ?? throw new SrkException(path, "a file that nobody downloads now", "one that another process does", "wait for it, or stop it");
        try
        {
            var was = File.Exists(path);
            File.Delete(path);
            was |= PartialFile.Remove(path);
            if (!forget) return was;
            was |= File.Exists(FileRecord.PathFor(path));
            File.Delete(FileRecord.PathFor(path));
            return was;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrkException(path, "a file that can be removed", e.Message, "check the folder's permissions", e);
        }
    }

    // It was put there by hand.
    private void Adopt(PublishedFile file, CancellationToken cancellation)
    {
        if (file.IsWeights) WeightFile.Open(PathOf(file)).Dispose();
        Verify(file, cancellation);
    }

    private void CheckUnchanged(PublishedFile file, CancellationToken cancellation)
    {
        var path = PathOf(file);
        // What is no file is refused where it is opened.
        if (FileFacts.Of(path) is not { Kind: FileKind.Regular } facts) return;
        var record = FileRecord.Of(path);
        if (file.LengthBytes is { } published && published != facts.LengthBytes) throw Changed(file, $"{published:n0} bytes, as its authors publish it", $"{facts.LengthBytes:n0}");
        if (record is not null && record.LengthBytes != facts.LengthBytes)
            throw Changed(file, $"{record.LengthBytes:n0} bytes, as it was first here on {record.FirstUtc:yyyy-MM-dd}", $"{facts.LengthBytes:n0}");
        if (record is null ? file.Sha256 is null : record.SeenUtc == facts.ModifiedUtc) return;
        if (FileSum.Difference(file, record, FileSum.Of(path, cancellation)) is var (expected, got)) throw Changed(file, expected, got);
    }

    private SrkException Changed(PublishedFile file, string expected, string got) => new(
        PathOf(file), expected, got, "it was changed or damaged: remove it ('srk weights remove NAME') and get it again");
}
