using System.Globalization;
using System.Text.Json;
using SRKernels.Models.Measuring;

namespace SRKernels.Cli.Benching;

/// <summary>The measured ops for people and for programs.</summary>
/// <param name="Device">Its name and what drives it.</param>
/// <param name="Precision">What products were computed in.</param>
/// <param name="Peaks">What the device reaches.</param>
/// <param name="Timings">The ops.</param>
/// <param name="Predicted">Microseconds that the timing model predicts; null: nobody asked.</param>
internal sealed record BenchReport(string Device, string Precision, Peaks Peaks, IReadOnlyList<OpTiming> Timings, IReadOnlyDictionary<OpCase, double>? Predicted = null)
{
    public void PrintPeaks(TextWriter output)
    {
        output.WriteLine($"{Device}, {Precision}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"measured peaks: fp32 {Peaks.Flops / 1e9:F1} GFLOP/s{(Peaks.TensorFlops > 0 ? $", tensor cores {Peaks.TensorFlops / 1e9:F0} GFLOP/s" : "")}, copy {Peaks.BytesPerSecond / 1e9:F1} GB/s"));
        output.WriteLine();
        output.WriteLine($"{"op",-40}  {"us",12}  {"flop/byte",9}  {"GFLOP/s",9}  {"GB/s",8}  {"% peak",6}  {"NMSE",8}{(Predicted is null ? "" : $"  {"predicted us",12}  {"measured / predicted",20}")}");
    }

    public void PrintRow(OpTiming timing, TextWriter output)
    {
        var hasFlops = timing.Case.Flops > 0;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{timing.Case.Name,-40}  {timing.Seconds * 1e6,12:F1}  {(hasFlops ? timing.Intensity.ToString("F1", CultureInfo.InvariantCulture) : ""),9}  ")
            + string.Create(
            CultureInfo.InvariantCulture,
            $"{(hasFlops ? (timing.FlopsPerSecond / 1e9).ToString("F1", CultureInfo.InvariantCulture) : ""),9}  {timing.BytesPerSecond / 1e9,8:F1}  {100 * timing.ShareOf(Peaks),6:F1}  {timing.Nmse,8:e1}")
            + (Predicted is null ? "" : string.Create(CultureInfo.InvariantCulture, $"  {Predicted[timing.Case],12:F1}  {timing.Seconds * 1e6 / Predicted[timing.Case],20:F2}")));
    }

    public void PrintEnd(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine("us: best of several runs, caches warm. flop/byte, GB/s: activations and weights counted once. % peak: of the measured roof that is nearer, arithmetic or copying.");
        output.WriteLine("NMSE: against the plain loops of Reference, each op verified before it was timed; at a reduced map (8x8 to 32x32) with all channels, where plain loops take a second.");
    }

    public void Json(Stream output)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("device", Device);
        json.WriteString("precision", Precision);
        json.WriteStartObject("measuredPeaks");
        json.WriteNumber("fp32GFlops", Round(Peaks.Flops / 1e9));
        json.WriteNumber("tensorGFlops", Round(Peaks.TensorFlops / 1e9));
        json.WriteNumber("copyGBytes", Round(Peaks.BytesPerSecond / 1e9));
        json.WriteEndObject();
        json.WriteString("verified", "against Reference, at a reduced map with all channels");
        json.WriteStartArray("ops");
        foreach (var timing in Timings)
        {
            json.WriteStartObject();
            Write(json, timing);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>One op as a line of JSON, whole without the others.</summary>
    public void Line(OpTiming timing, Stream output) => JsonLine.Write(output, json =>
    {
        json.WriteString("device", Device);
        json.WriteString("precision", Precision);
        Write(json, timing);
    });

    private void Write(Utf8JsonWriter json, OpTiming timing)
    {
        json.WriteString("op", timing.Case.Name);
        json.WriteString("family", timing.Case.Family);
        json.WriteNumber("microseconds", Round(timing.Seconds * 1e6));
        json.WriteNumber("flops", timing.Case.Flops);
        json.WriteNumber("bytes", timing.Bytes);
        json.WriteNumber("flopsPerByte", Round(timing.Intensity));
        json.WriteNumber("gflops", Round(timing.FlopsPerSecond / 1e9));
        json.WriteNumber("gbytes", Round(timing.BytesPerSecond / 1e9));
        json.WriteNumber("shareOfPeak", Math.Round(timing.ShareOf(Peaks), 4));
        json.WriteNumber("nmse", timing.Nmse);
        if (Predicted is not null) json.WriteNumber("predictedMicroseconds", Round(Predicted[timing.Case]));
    }

    private static double Round(double value) => Math.Round(value, 3);
}
