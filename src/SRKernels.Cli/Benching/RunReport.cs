using System.Globalization;
using SRKernels.Models.Measuring;

namespace SRKernels.Cli.Benching;

/// <summary>Whole runs for people and for programs.</summary>
/// <param name="Device">Its name and what drives it.</param>
/// <param name="Precision">What products were computed in.</param>
internal sealed record RunReport(string Device, string Precision)
{
    public void PrintHead(TextWriter output)
    {
        output.WriteLine($"{Device}, {Precision}, whole runs");
        output.WriteLine($"{"model",-8}  {"picture",9}  {"steps",5}  {"launches",8}  {"encode ms",9}  {"step ms",9}  {"decode ms",9}  {"run ms",9}  {"wall ms",9}  {"gaps ms",8}  {"memory",9}");
    }

    public static void PrintRow(RunTiming run, TextWriter output) => output.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{run.Model,-8}  {$"{run.Side}x{run.Side}",9}  {run.Steps,5}  {run.Launches,8}  {run.EncodeSeconds * 1e3,9:F3}  {run.StepSeconds * 1e3,9:F3}  ")
        + string.Create(CultureInfo.InvariantCulture, $"{run.DecodeSeconds * 1e3,9:F3}  {run.Seconds * 1e3,9:F3}  {run.WallSeconds * 1e3,9:F3}  {run.GapSeconds * 1e3,8:F3}  {(run.ArenaBytes + run.WeightBytes) >> 20,5} MiB"));

    public static void PrintEnd(TextWriter output) => output.WriteLine(
        "ms: best of several runs by the device's clock (wall: by the host's). gaps: as many launches of a kernel that copies four numbers. memory: activations and weights.");

    public void Line(RunTiming run, Stream output) => JsonLine.Write(output, json =>
    {
        json.WriteString("device", Device);
        json.WriteString("precision", Precision);
        json.WriteString("run", run.Model);
        json.WriteNumber("side", run.Side);
        json.WriteNumber("steps", run.Steps);
        json.WriteNumber("launches", run.Launches);
        json.WriteNumber("encodeMilliseconds", Milliseconds(run.EncodeSeconds));
        json.WriteNumber("stepMilliseconds", Milliseconds(run.StepSeconds));
        json.WriteNumber("decodeMilliseconds", Milliseconds(run.DecodeSeconds));
        json.WriteNumber("runMilliseconds", Milliseconds(run.Seconds));
        json.WriteNumber("wallMilliseconds", Milliseconds(run.WallSeconds));
        json.WriteNumber("gapMilliseconds", Milliseconds(run.GapSeconds));
        json.WriteNumber("arenaBytes", run.ArenaBytes);
        json.WriteNumber("weightBytes", run.WeightBytes);
    });

    private static double Milliseconds(double seconds) => Math.Round(seconds * 1e3, 4);
}
