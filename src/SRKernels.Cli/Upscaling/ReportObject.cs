using System.Text;
using System.Text.Json;
using SRKernels.Models.Batch;
using SRKernels.Runtime;

namespace SRKernels.Cli.Upscaling;

/// <summary>One JSON object of <c>--json</c>, on one line.</summary>
internal static class ReportObject
{
    /// <summary>A picture's.</summary>
    /// <param name="input">Which file.</param>
    /// <param name="job">What was to be done with it, if anything.</param>
    /// <param name="status">What became of it.</param>
    /// <param name="more">What else there is to say.</param>
    public static string Of(string? input, UpscaleJob? job, string status, Action<Utf8JsonWriter> more)
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

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>One of a picture that failed, or of a run that was refused: the message, and its four parts.</summary>
    public static string Of(string? input, UpscaleJob? job, string status, SrkException error) => Of(input, job, status, writer =>
    {
        writer.WriteString("error", error.Message);
        writer.WriteString("who", error.Who);
        writer.WriteString("expected", error.Expected);
        writer.WriteString("got", error.Got);
        writer.WriteString("remedy", error.Remedy);
    });
}
