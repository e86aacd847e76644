using System.Text.Json;
using SRKernels.Models.Imaging;
using SRKernels.Models.Quality;

namespace SRKernels.Cli.Upscaling;

/// <summary>How near bicubic and the result come to the truth.</summary>
internal sealed record Comparison(double BicubicPsnr, double BicubicSsim, double Psnr, double Ssim)
{
    /// <param name="image">What was enlarged.</param>
    /// <param name="result">Its result.</param>
    /// <param name="reference">The file of the truth.</param>
    /// <param name="scale">How much larger it is.</param>
    public static Comparison Of(Image image, Image result, string reference, int scale)
    {
        // What the writer and the decoder leave is counted no longer.
        PictureReader.Collect();
        var truth = ImageCodecs.Read(reference);
        PictureReader.Collect();
        var bicubic = PillowBicubic.Enlarge(image, scale);
        return new Comparison(
            ImageQuality.Psnr(truth, bicubic), ImageQuality.Ssim(truth, bicubic), ImageQuality.Psnr(truth, result), ImageQuality.Ssim(truth, result));
    }

    public static Comparison Mean(IReadOnlyList<Comparison> all) =>
        new(all.Average(c => c.BicubicPsnr), all.Average(c => c.BicubicSsim), all.Average(c => c.Psnr), all.Average(c => c.Ssim));

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
