using System.Text.Json;
using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Models.Configuration;
using SRKernels.Models.Imaging;
using SRKernels.Models.Planning;
using SRKernels.Models.Quality;

namespace SRKernels.Cli;

/// <summary>What <c>srk upscale</c> prints: lines for people on stderr, comparisons and JSON on stdout.</summary>
internal sealed class UpscaleReport(UpscaleRequest request)
{
    private readonly List<Comparison> _comparisons = [];

    public void Begins(UpscaleJob job, Image image, MemoryPlan plan, ModelConfiguration model, string counter)
    {
        if (!request.Quiet) Terminal.Line($"{counter}{job.RelativePath}: {Sizes(image, model)}; {plan}");
    }

    public void Skipped(UpscaleJob job)
    {
        if (!request.Quiet) Terminal.Line($"{job.RelativePath}: skipped, '{job.Output}' is there already");
    }

    /// <param name="job">What was done.</param>
    /// <param name="image">The picture.</param>
    /// <param name="result">Its result, where it was wanted whole.</param>
    /// <param name="time">How long it took.</param>
    /// <param name="model">What was loaded.</param>
    /// <param name="reference">The file of the true picture, to compare with; or null.</param>
    public void Done(UpscaleJob job, Image image, Image? result, TimeSpan time, ModelConfiguration model, string? reference)
    {
        var comparison = reference is null ? null : Compare(image, result!, reference, model);
        if (comparison is not null) _comparisons.Add(comparison);
        if (request.Json)
        {
            Json(job, image, writer =>
            {
                writer.WriteNumber("seconds", Math.Round(time.TotalSeconds, 3));
                comparison?.Write(writer);
            }, model.Scale);
            return;
        }

        if (comparison is not null) Console.Out.WriteLine($"{job.RelativePath}: {comparison}");
        if (!request.Quiet) Terminal.Line($"{job.RelativePath}{(job.Output is null ? "" : $" -> {job.Output}")}: {Duration.Text(time)}");
    }

    public void Means()
    {
        if (_comparisons.Count < 2 || request.Json) return;
        var mean = new Comparison(
            _comparisons.Average(c => c.BicubicPsnr), _comparisons.Average(c => c.BicubicSsim), _comparisons.Average(c => c.Psnr), _comparisons.Average(c => c.Ssim));
        Console.Out.WriteLine($"mean of {_comparisons.Count}: {mean}");
    }

    public void Planned(UpscaleJob job, Image image, MemoryPlan plan, ModelConfiguration model, double seconds)
    {
        if (request.Json)
        {
            Json(job, image, writer =>
            {
                writer.WriteNumber("tiles", plan.Tiles);
                writer.WriteNumber("tileWidth", plan.TileWidth);
                writer.WriteNumber("tileHeight", plan.TileHeight);
                writer.WriteNumber("memoryBytes", plan.TotalBytes);
                writer.WriteNumber("estimatedSeconds", Math.Round(seconds, 3));
            });
            return;
        }

        Console.Out.WriteLine($"{job.RelativePath}: {Sizes(image, model)}; {plan}; about {Duration.Text(TimeSpan.FromSeconds(seconds))}");
    }

    public void PlannedTotal(int pictures, double seconds)
    {
        if (!request.Json) Console.Out.WriteLine($"{pictures} pictures: about {Duration.Text(TimeSpan.FromSeconds(seconds))}");
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

    private static void Json(UpscaleJob job, Image image, Action<Utf8JsonWriter> more, int? scale = null)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("input", job.Input);
            writer.WriteString("output", job.Output);
            writer.WriteNumber("seed", job.Seed);
            writer.WriteNumber("width", image.Width);
            writer.WriteNumber("height", image.Height);
            if (scale is { } times)
            {
                writer.WriteNumber("outputWidth", (long)image.Width * times);
                writer.WriteNumber("outputHeight", (long)image.Height * times);
            }

            more(writer);
            writer.WriteEndObject();
        }

        Console.Out.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
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
