using System.Text.Json;
using SRKernels.Cli.Upscaling;
using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Models.Configuration;
using SRKernels.Models.Imaging;
using SRKernels.Models.Quality;
using SRKernels.Runtime;

namespace SRKernels.Cli;

/// <summary>What <c>srk upscale</c> prints: lines for people on stderr, comparisons and JSON on stdout.</summary>
internal sealed class UpscaleReport(UpscaleRequest request)
{
    private readonly List<Comparison> _comparisons = [];

    private readonly List<string> _failures = [];
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
            if (request.Json) Json(error.Who, null, "failed", writer => writer.WriteString("error", error.Message));
        }

        foreach (var (path, format) in listing.Unread)
            if (request.Json)
                Json(path, null, "unread", writer => writer.WriteString("format", format));
        if (request.Quiet) return;
        if (listing.Unread.Count > 0) Terminal.Line($"left out, of formats that are not read: {listing.UnreadText()}");
        if (listing.EarlierResults > 0)
            Terminal.Line($"left out, as results of earlier runs: {listing.EarlierResults} whose names end in '{request.Naming.Suffix}'");
    }

    public void Begins(UpscaleJob job, ReadPicture picture, ModelConfiguration model, string counter)
    {
        if (request.Quiet) return;
        Terminal.Line($"{counter}{job.RelativePath}: {Sizes(picture.Seen, model)}; {picture.Plan}");
        Notes(job, picture);
    }

    public void Skipped(UpscaleJob job, Decision decision)
    {
        _skipped++;
        if (decision.IsOlder) _older++;
        if (request.Json) Json(job.Input, job, "skipped", writer => writer.WriteString("reason", decision.Skipped!));
        else if (!request.Quiet) Terminal.Line($"{job.RelativePath}: skipped, {decision.Skipped}");
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
        if (request.Json) Json(job.Input, job, "failed", writer => writer.WriteString("error", error.Message));
    }

    /// <summary>The one picture of a run failed: its error is printed where the run ends.</summary>
    public void FailedAlone(SrkException error)
    {
        if (request.Json) Json(request.Input, null, "failed", writer => writer.WriteString("error", error.Message));
    }

    public void Waits(int pictures)
    {
        if (!request.Quiet) Terminal.Line($"waiting for another run, which is making {pictures} of these pictures");
    }

    /// <param name="job">What was done.</param>
    /// <param name="picture">Of which picture.</param>
    /// <param name="result">Its result, where it was wanted whole.</param>
    /// <param name="time">How long it took.</param>
    /// <param name="model">What was loaded.</param>
    public void Done(UpscaleJob job, ReadPicture picture, Image? result, TimeSpan time, ModelConfiguration model)
    {
        var comparison = picture.Reference is null ? null : Compare(picture.Seen, result!, picture.Reference, model);
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
    public void Planned(UpscaleJob job, ReadPicture picture, ModelConfiguration model, double? seconds)
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

    private static string About(double? seconds) => seconds is { } known ? $"about {Duration.Text(TimeSpan.FromSeconds(known))}" : "no estimate of its time";

    /// <summary>Sums the run up and gives its exit code.</summary>
    public int End(FolderListing listing)
    {
        Means();
        var older = _older == 0 ? "" : $", {_older} older than {(_older == 1 ? "its source" : "their sources")}";
        if (_skipped > 0 && !request.Quiet) Terminal.Line($"{_skipped} skipped{older}");
        if (_unprinted is { } reason)
            Terminal.Error($"stdout: expected it to take the results' lines, got '{reason}'; the pictures are written, check the device and the free space");
        if (_failures.Count == 0) return _unprinted is null ? ExitCode.Done : ExitCode.Failed;
        var closed = listing.Unreadable.Count;
        var folders = closed == 0 ? "" : $"{closed} folder{(closed == 1 ? "" : "s")} could not be read, ";
        Terminal.Line($"srk: {folders}{_failedPictures} of {listing.Jobs.Count} pictures failed:");
        foreach (var failure in _failures) Terminal.Line($"  {failure}");
        return ExitCode.Failed;
    }

    private void Means()
    {
        if (_comparisons.Count < 2 || request.Json) return;
        var mean = new Comparison(
            _comparisons.Average(c => c.BicubicPsnr), _comparisons.Average(c => c.BicubicSsim), _comparisons.Average(c => c.Psnr), _comparisons.Average(c => c.Ssim));
        Print($"mean of {_comparisons.Count}: {mean}");
    }

    private void Notes(UpscaleJob job, ReadPicture picture)
    {
        if (request.Quiet) return;
        foreach (var note in picture.Notes) Terminal.Line($"{job.RelativePath}: {note}");
    }

    // A disk that is full under the lines is no reason to stop making pictures; it is said at the end.
    private void Print(string line)
    {
        try
        {
            Console.Out.WriteLine(line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _unprinted ??= e.Message;
        }
    }

    private static string Sizes(Image image, ModelConfiguration model) =>
        $"{image.Width}x{image.Height} -> {(long)image.Width * model.Scale}x{(long)image.Height * model.Scale}";

    private static Comparison Compare(Image image, Image result, string reference, ModelConfiguration model)
    {
        var truth = ImageCodecs.Read(reference);
        var bicubic = PillowBicubic.Enlarge(image, model.Scale);
        return new Comparison(
            ImageQuality.Psnr(truth, bicubic), ImageQuality.Ssim(truth, bicubic), ImageQuality.Psnr(truth, result), ImageQuality.Ssim(truth, result));
    }

    private void Json(UpscaleJob job, ReadPicture picture, string status, Action<Utf8JsonWriter> more, int? scale = null) =>
        Json(job.Input, job, status, writer =>
        {
            writer.WriteNumber("width", picture.Seen.Width);
            writer.WriteNumber("height", picture.Seen.Height);
            if (scale is { } times)
            {
                writer.WriteNumber("outputWidth", (long)picture.Seen.Width * times);
                writer.WriteNumber("outputHeight", (long)picture.Seen.Height * times);
            }

            more(writer);
            if (picture.Notes.Count == 0) return;
            writer.WriteStartArray("notes");
            foreach (var note in picture.Notes) writer.WriteStringValue(note);
            writer.WriteEndArray();
        });

    private void Json(string input, UpscaleJob? job, string status, Action<Utf8JsonWriter> more)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("input", input);
            if (job is not null)
            {
                writer.WriteString("output", job.Output);
                writer.WriteNumber("seed", job.Seed);
            }

            writer.WriteString("status", status);
            more(writer);
            writer.WriteEndObject();
        }

        Print(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }

    /// <summary>How near bicubic and the result come to the truth.</summary>
    private sealed record Comparison(double BicubicPsnr, double BicubicSsim, double Psnr, double Ssim)
    {
        public override string ToString() => $"bicubic {BicubicPsnr:f2} dB / {BicubicSsim:f4}, ours {Psnr:f2} dB / {Ssim:f4}";

        public void Write(Utf8JsonWriter writer)
        {
            // JSON has no infinity: equal pictures print null.
            Number(writer, "bicubicPsnr", BicubicPsnr);
            Number(writer, "bicubicSsim", BicubicSsim);
            Number(writer, "psnr", Psnr);
            Number(writer, "ssim", Ssim);
        }

        private static void Number(Utf8JsonWriter writer, string name, double value)
        {
            if (double.IsFinite(value)) writer.WriteNumber(name, Math.Round(value, 6));
            else writer.WriteNull(name);
        }
    }
}
