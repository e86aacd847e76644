using System.Text.Json;
using SRKernels.Cli.Upscaling;
using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Models.Imaging;
using SRKernels.Runtime;

namespace SRKernels.Cli;

/// <summary>What <c>srk upscale</c> prints: lines for people on stderr, comparisons and JSON on stdout.</summary>
internal sealed class UpscaleReport(UpscaleRequest request)
{
    private readonly List<Comparison> _comparisons = [];

    private readonly List<string> _failures = [];

    // What the results' formats have no place for, and in how many pictures.
    private readonly SortedDictionary<string, int> _notCarried = new(StringComparer.Ordinal);
    private string? _unprinted;
    private int _skipped, _older, _planned, _failedPictures;
    private double? _plannedSeconds = 0;

    /// <summary>Says what is left out of the run.</summary>
    public void Listed(FolderListing listing)
    {
        foreach (var error in listing.Unreadable)
        {
            Terminal.Error(error.Message);
            _failures.Add(error.Message);
            if (request.Json) Print(ReportObject.Of(error.Who, null, "failed", error));
        }

        foreach (var (path, format) in listing.Unread)
            if (request.Json)
                Print(ReportObject.Of(path, null, "unread", writer => writer.WriteString("format", format)));
        if (listing.Unread.Count > 0 && !request.Quiet) Terminal.Line($"left out, of formats that are not read: {listing.UnreadText()}");
        LeftOut(listing.EarlierResults, $"a result of an earlier run, of a name that ends in '{request.Naming.Suffix}'", "as results of earlier runs");
        LeftOut(listing.AmongResults, "in the folder of the results, though not made by srk", "since they lie in the folder of the results, though srk did not make them");
    }

    public void Begins(UpscaleJob job, ReadPicture picture, ModelDescription model, string counter)
    {
        if (request.Quiet) return;
        Terminal.Line($"{counter}{job.RelativePath}: {Sizes(picture.Seen, model)}; {picture.Plan}");
        Notes(job, picture);
    }

    /// <param name="job">What was not made.</param>
    /// <param name="decision">Why.</param>
    /// <param name="comparison">How near the result comes that is there, where that was asked for.</param>
    /// <param name="notCompared">Why there is no comparison though it was asked for.</param>
    public void Skipped(UpscaleJob job, Decision decision, Comparison? comparison = null, string? notCompared = null)
    {
        _skipped++;
        if (decision.IsOlder) _older++;
        if (comparison is not null) _comparisons.Add(comparison);
        if (request.Json)
        {
            Print(ReportObject.Of(job.Input, job, "skipped", writer =>
            {
                writer.WriteString("reason", decision.Skipped!);
                comparison?.Write(writer);
                if (notCompared is not null) writer.WriteString("notCompared", notCompared);
            }));
        }
        else
        {
            if (comparison is not null) Print($"{job.RelativePath}: {comparison}");
            if (!request.Quiet) Terminal.Line($"{job.RelativePath}: skipped, {decision.Skipped}");
        }

        // Asked for and not given: an error's line, also where only those are wanted.
        if (notCompared is not null) Terminal.Error($"{job.RelativePath}: not compared: {notCompared}");
    }

    public void MadeAgain(UpscaleJob job, string reason)
    {
        if (!request.Quiet) Terminal.Line($"{job.RelativePath}: made again, {reason}");
    }

    public void Failed(UpscaleJob job, SrkException error)
    {
        _failedPictures++;
        Terminal.Error(error.Message);
        _failures.Add($"{job.RelativePath}: {error.Message}");
        if (request.Json) Print(ReportObject.Of(job.Input, job, "failed", error));
    }

    /// <summary>The run ends before or with its one picture; its error is printed where it ends.</summary>
    /// <param name="status"><c>failed</c> for a picture, <c>refused</c> for a folder.</param>
    /// <param name="error">Why.</param>
    public void Ended(string status, SrkException error)
    {
        if (request.Json) Print(ReportObject.Of(request.Input, null, status, error));
    }

    public void Waits(int pictures)
    {
        if (!request.Quiet) Terminal.Line($"waiting for another run, which is making {pictures} of these pictures");
    }

    /// <param name="job">What was done.</param>
    /// <param name="picture">Of which picture.</param>
    /// <param name="comparison">How near it comes to the truth, where that was asked for.</param>
    /// <param name="time">How long it took.</param>
    /// <param name="model">What was loaded.</param>
    public void Done(UpscaleJob job, ReadPicture picture, Comparison? comparison, TimeSpan time, ModelDescription model)
    {
        if (comparison is not null) _comparisons.Add(comparison);
        if (request.Json)
        {
            Json(job, picture, "done", writer =>
            {
                writer.WriteNumber("seconds", Math.Round(time.TotalSeconds, 3));
                comparison?.Write(writer);
            }, model.Scale);
            return;
        }

        if (comparison is not null) Print($"{job.RelativePath}: {comparison}");
        if (!request.Quiet) Terminal.Line($"{job.RelativePath}{(job.Output is null ? "" : $" -> {job.Output}")}: {Duration.Text(time)}");
    }

    /// <param name="job">What would be done.</param>
    /// <param name="picture">Of which picture.</param>
    /// <param name="model">What was loaded.</param>
    /// <param name="seconds">How long it would take; null where that cannot be told.</param>
    public void Planned(UpscaleJob job, ReadPicture picture, ModelDescription model, double? seconds)
    {
        _planned++;
        _plannedSeconds += seconds;
        var plan = picture.Plan;
        if (request.Json)
        {
            Json(job, picture, "planned", writer =>
            {
                writer.WriteNumber("tiles", plan.Tiles);
                writer.WriteNumber("tileWidth", plan.TileWidth);
                writer.WriteNumber("tileHeight", plan.TileHeight);
                writer.WriteNumber("memoryBytes", plan.TotalBytes);
                if (seconds is { } known) writer.WriteNumber("estimatedSeconds", Math.Round(known, 3));
            });
            return;
        }

        Print($"{job.RelativePath}: {Sizes(picture.Seen, model)}; {plan}; {About(seconds)}");
        Notes(job, picture);
    }

    public void PlannedTotal()
    {
        if (!request.Json && _planned > 1) Print($"{_planned} pictures: {About(_plannedSeconds)}");
    }

    /// <summary>Sums the run up and gives its exit code.</summary>
    public int End(FolderListing listing)
    {
        if (_comparisons.Count > 1 && !request.Json) Print($"mean of {_comparisons.Count}: {Comparison.Mean(_comparisons)}");
        var older = _older == 0 ? "" : $", {_older} older than {(_older == 1 ? "its source" : "their sources")}";
        if (_skipped > 0 && !request.Quiet) Terminal.Line($"{_skipped} skipped{older}");
        if (_notCarried.Count > 0 && !request.Quiet)
            Terminal.Line($"not carried over: {string.Join("; ", _notCarried.Select(kind => kind.Value == 1 ? kind.Key : $"{kind.Key}, in {kind.Value} pictures"))}");
        if (_unprinted is { } reason)
            Terminal.Error($"stdout: expected it to take the results' lines, got '{reason}'; the pictures are written, check the device and the free space");
        if (_failures.Count == 0) return _unprinted is null ? ExitCode.Done : ExitCode.Failed;
        var closed = listing.Unreadable.Count;
        var folders = closed == 0 ? "" : $"{closed} folder{(closed == 1 ? "" : "s")} could not be read, ";
        Terminal.Line($"srk: {folders}{_failedPictures} of {listing.Jobs.Count} pictures failed:");
        foreach (var failure in _failures) Terminal.Line($"  {failure}");
        return ExitCode.Failed;
    }

    private static string About(double? seconds) => seconds is { } known ? $"about {Duration.Text(TimeSpan.FromSeconds(known))}" : "no estimate of its time";

    private void LeftOut(IReadOnlyList<string> paths, string reason, string sum)
    {
        if (request.Json)
            foreach (var path in paths)
                Print(ReportObject.Of(path, null, "skipped", writer => writer.WriteString("reason", reason)));
        if (paths.Count > 0 && !request.Quiet) Terminal.Line($"left out, {sum}: {paths.Count} picture{(paths.Count == 1 ? "" : "s")}, the first '{paths[0]}'");
    }

    private void Notes(UpscaleJob job, ReadPicture picture)
    {
        if (request.Quiet) return;
        foreach (var kind in picture.NotCarried) _notCarried[kind] = _notCarried.GetValueOrDefault(kind) + 1;
        foreach (var note in picture.Notes) Terminal.Line($"{job.RelativePath}: {note}");
    }

    // A disk that is full under the lines is no reason to stop making pictures; it is said at the end.
    private void Print(string line)
    {
        try
        {
            Console.Out.WriteLine(line);
        }
        catch (SrkException e)
        {
            _unprinted ??= e.Got;
        }
    }

    private static string Sizes(Image image, ModelDescription model) =>
        $"{image.Width}x{image.Height} -> {(long)image.Width * model.Scale}x{(long)image.Height * model.Scale}";

    private void Json(UpscaleJob job, ReadPicture picture, string status, Action<Utf8JsonWriter> more, int? scale = null) =>
        Print(ReportObject.Of(job.Input, job, status, writer =>
        {
            writer.WriteNumber("width", picture.Seen.Width);
            writer.WriteNumber("height", picture.Seen.Height);
            if (scale is { } times)
            {
                writer.WriteNumber("outputWidth", (long)picture.Seen.Width * times);
                writer.WriteNumber("outputHeight", (long)picture.Seen.Height * times);
            }

            more(writer);
            List(writer, "notes", picture.Notes);
            List(writer, "notCarried", picture.NotCarried);
        }));

    private static void List(Utf8JsonWriter writer, string name, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0) return;
        writer.WriteStartArray(name);
        foreach (var line in lines) writer.WriteStringValue(line);
        writer.WriteEndArray();
    }
}
