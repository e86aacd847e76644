using System.Net;
using System.Net.Http.Headers;
using SRKernels.Models.Batch;
using SRKernels.Models.Storage;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Published.Downloading;

/// <summary>
/// One file from its address into the cache: it goes on where an earlier run or connection stopped, if the server's file is still the same, and has its name only when it is whole, checked and on the disk.
/// </summary>
internal sealed class FileDownload(PublishedFile file, string path, Uri address, WebSource web, DownloadOptions options, IProgress<DownloadProgress>? progress)
{
    // An error page in place of the file must not cost what has arrived of it, so the first bytes are looked at before they take its place.
    private const int HeadBytes = 512, BufferBytes = 1 << 17;

    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(300), s_longestPause = TimeSpan.FromMinutes(1);

    /// <exception cref="SrkException">The file cannot be had, is not what it should be, or cannot be stored.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var folder = Path.GetDirectoryName(path)!;
        Folders.Make(folder);
        using var claim = await ClaimAsync(cancellation);
        // Another process was faster.
        if (FileFacts.Of(path) is not null) return;
        Leftovers.Clear(folder);
        try
        {
            using var partial = PartialFile.Open(path, address, FolderTraits.Of(folder).Locks);
            await FetchAsync(partial, cancellation);
            Finish(partial, cancellation);
        }
        // The second is what the framework makes of EFBIG.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException || e is ArgumentOutOfRangeException { ParamName: "value" })
        {
            throw new SrkException(path, "a file that can be written", e.Message, "check the folder's rights and free space (ulimit -f, too), or set SRKERNELS_WEIGHTS to another folder", e);
        }
    }

    private async Task<ResultClaim> ClaimAsync(CancellationToken cancellation)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            if (ResultClaim.TryTake(path) is { } claim) return claim;
            if (isFirst) progress?.Report(new(file, DownloadStage.Waiting, 0, null));
            await Task.Delay(s_lookAgain, cancellation);
        }
    }

    private async Task FetchAsync(PartialFile partial, CancellationToken cancellation)
    {
        var (left, pause, hasArrived) = (options.Tries, options.Pause, false);
        while (!partial.IsComplete)
        {
            var before = partial.Offset;
            try
            {
                await ReceiveAsync(partial, cancellation);
            }
            catch (BrokenConnectionException e)
            {
                hasArrived |= partial.Offset > before;
                // A host that nobody reaches at all is most likely no network.
                if (e.IsUnreachable && !hasArrived) throw e.Error;
                (left, pause) = partial.Offset > before ? (options.Tries, options.Pause) : (left - 1, pause * 2);
                var wait = e.After ?? pause;
                if (left <= 0 || wait > s_longestPause) throw e.Error;
                Report(DownloadStage.Broken, partial, e.Error.Got);
                await Task.Delay(wait < TimeSpan.Zero ? TimeSpan.Zero : wait, cancellation);
            }
        }
    }

    private async Task ReceiveAsync(PartialFile partial, CancellationToken cancellation)
    {
        Report(DownloadStage.Connecting, partial);
        // Without a word for the file's state nobody can tell whether the rest belongs to the start.
        if (partial.Validator is null) partial.Begin(null, null);
        using var response = await web.GetAsync(address, partial.Offset, partial.Validator, cancellation);
        var isRest = response.StatusCode == HttpStatusCode.PartialContent && partial.Offset > 0 && IsRestOf(partial, response);
        if (!isRest && response.StatusCode != HttpStatusCode.OK)
        {
            if (partial.Offset == 0 || response.StatusCode is not (HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable)) throw WebErrors.Refused(address, response);
            // The rest of another file, or no rest: the next turn asks for the whole.
            partial.Begin(null, null);
            return;
        }

        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        if (!isRest) await BeginAsync(partial, response, body, cancellation);
        try
        {
            await AppendAsync(partial, body, cancellation);
        }
        finally
        {
            KeepWhatArrived(partial);
        }
    }

    private async Task BeginAsync(PartialFile partial, HttpResponseMessage response, Stream body, CancellationToken cancellation)
    {
        var total = response.Content.Headers.ContentLength;
        if (file.LengthBytes is { } published && total is { } told && told != published)
            throw new SrkException(WebErrors.Shown(address), $"{published:n0} bytes", $"{told:n0}", "it is not the file that its authors published: try again later");
        var head = new byte[HeadBytes];
        var length = 0;
        while (length < head.Length && await web.ReadAsync(address, body, head.AsMemory(length), cancellation) is > 0 and var count) length += count;
        if (length < head.Length && total > length) throw WebErrors.EndedEarly(address, length, total.Value);
        if (IsPage(response) || file.IsWeights) CheckHead(IsPage(response) ? "<html>"u8 : head.AsSpan(0, length));
        CheckRoom(total - partial.Offset);
        partial.Begin(total, ValidatorOf(response));
        partial.Append(head.AsSpan(0, length), options.FlushBytes);
    }

    private async Task AppendAsync(PartialFile partial, Stream body, CancellationToken cancellation)
    {
        var buffer = new byte[BufferBytes];
        while (true)
        {
            Report(DownloadStage.Receiving, partial);
            var count = await web.ReadAsync(address, body, buffer, cancellation);
            if (count == 0) break;
            partial.Append(buffer.AsSpan(0, count), options.FlushBytes);
            if (partial.Offset > file.LengthBytes) throw Unlike($"{file.LengthBytes:n0} bytes", "more", partial);
        }

        if (partial.Total is { } total && partial.Offset < total) throw WebErrors.EndedEarly(address, partial.Offset, total);
        partial.Complete();
    }

    private void Finish(PartialFile partial, CancellationToken cancellation)
    {
        Report(DownloadStage.Checking, partial);
        partial.Flush();
        // Locked as it is, nothing else could open it.
        partial.Close();
        var facts = FileFacts.Of(partial.Path) ?? throw new FileNotFoundException($"'{partial.Path}' is gone");
        if (file.LengthBytes is { } published && facts.LengthBytes != published) throw Unlike($"{published:n0} bytes", $"{facts.LengthBytes:n0}", partial);
        CheckContent(partial);
        var known = FileRecord.Of(path);
        var sum = FileSum.Of(partial.Path, cancellation);
        if (FileSum.Difference(file, known, sum) is var (expected, got))
            throw Unlike(expected, got, partial, known is null ? null : "try again later; if its authors replaced it, 'srk weights remove NAME --forget' lets another be taken");
        // Before the file has its name, so that none is there without its record.
        new FileRecord(sum, facts.LengthBytes, facts.ModifiedUtc, known?.FirstUtc ?? DateTime.UtcNow, WebErrors.Shown(address)).Write(path);
        partial.Become(path);
        progress?.Report(new(file, DownloadStage.Done, facts.LengthBytes, facts.LengthBytes));
    }

    private void CheckHead(ReadOnlySpan<byte> head)
    {
        try
        {
            FileContent.Of(file.Name, head);
        }
        catch (SrkException e)
        {
            throw new SrkException(WebErrors.Shown(address), e.Expected, e.Got, e.Remedy, e);
        }
    }

    // A pickle, a zip file's directory, a header: what is missing at the end shows.
    private void CheckContent(PartialFile partial)
    {
        if (!file.IsWeights) return;
        try
        {
            WeightFile.Open(partial.Path).Dispose();
        }
        catch (SrkException e)
        {
            partial.Discard();
            throw new SrkException($"'{file.Name}' from {WebErrors.Shown(address)}", e.Expected, e.Got, e.Remedy, e);
        }
    }

    private void CheckRoom(long? neededBytes)
    {
        long free;
        try
        {
            free = new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Then the writing will tell.
            return;
        }

        if (neededBytes > free)
            throw new SrkException(path, $"room for {neededBytes:n0} bytes", $"{free:n0}", "make room, or set SRKERNELS_WEIGHTS to a folder on another disk");
    }

    private static bool IsRestOf(PartialFile partial, HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentRange is not { From: { } from } range || from != partial.Offset) return false;
        if (partial.Total is { } total && range.Length is { } told && told != total) return false;
        // A server that does not know If-Range gives the rest of whatever it has now.
        return ValidatorOf(response) is not { } now || now.Equals(partial.Validator);
    }

    private static RangeConditionHeaderValue? ValidatorOf(HttpResponseMessage response)
    {
        // A weak tag stands for files that mean the same, not for the same bytes.
        if (response.Headers.ETag is { } tag) return tag.IsWeak ? null : new RangeConditionHeaderValue(tag);
        return response.Content.Headers.LastModified is { } date ? new RangeConditionHeaderValue(date) : null;
    }

    private static bool IsPage(HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml";

    private static void KeepWhatArrived(PartialFile partial)
    {
        try
        {
            if (partial is { IsOpen: true, IsComplete: false }) partial.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SrkException)
        {
            // Then it comes again; what led here matters more.
        }
    }

    private SrkException Unlike(string expected, string got, PartialFile partial, string? remedy = null)
    {
        partial.Discard();
        return new SrkException($"'{file.Name}' from {WebErrors.Shown(address)}", expected, got, remedy ?? "it is not the file that its authors published: try again later");
    }

    private void Report(DownloadStage stage, PartialFile partial, string? reason = null) => progress?.Report(new(file, stage, partial.Offset, partial.Total ?? file.LengthBytes, reason));
}
