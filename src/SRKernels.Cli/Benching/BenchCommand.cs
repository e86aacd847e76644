using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using SRKernels.Kernels.Gpu;
using SRKernels.Models.Measuring;
using SRKernels.Models.Storage;
using SRKernels.Runtime;
using SRKernels.Runtime.OpenCl;

namespace SRKernels.Cli.Benching;

/// <summary><c>srk bench</c>: the ops of the full-size model on one device, verified, timed and set against what the device can do.</summary>
internal sealed class BenchCommand
{
    private readonly Argument<string?> _name = new("NAME") { Description = "A part of the names of the ops; without it: all.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _device = new("--device") { Description = "cpu, opencl:N, cuda:N, ilgpu:cuda:N or ilgpu:cpu; default: cpu. See 'srk devices'.", HelpName = "D" };
    private readonly Option<string?> _precision = new("--precision") { Description = "What products are computed in on a device: fp32, tf32, bf16, fp16, or several, by commas; default: fp32.", HelpName = "P" };
    private readonly Option<string?> _threads = new("--threads") { Description = "Threads of the processor; default: one each.", HelpName = "N" };
    private readonly Option<bool> _quick = new("--quick") { Description = "A small set, for slow devices." };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };
    private readonly Option<string?> _svg = new("--svg") { Description = "Write a roofline picture.", HelpName = "FILE" };
    private readonly Option<string?> _lines = new("--lines") { Description = "Append each row to a file as a line of JSON, as soon as it is measured.", HelpName = "FILE" };
    private readonly Option<string?> _run = new("--run") { Description = "Whole runs of a model in place of ops: realsr (the full size, drawn weights) or tiny (the shipped one). Needs a device.", HelpName = "M" };
    private readonly Option<string?> _steps = new("--steps") { Description = "Steps of those runs, by commas; default: 4,15.", HelpName = "N" };
    private readonly Option<string?> _size = new("--size") { Description = "Side of their picture; default: 64.", HelpName = "N" };
    private readonly Option<bool> _predict = new("--predict") { Description = "Set beside each time what the model predicts, on an A100, RTX 4090 or H100 (needs ptxas: tools/get_ptxas.sh)." };

    public BenchCommand()
    {
        Command = new Command("bench", "Times the full-size model's ops on a device, each verified against the plain loops first.")
        {
            _name, _device, _precision, _threads, _quick, _json, _svg, _lines, _run, _steps, _size, _predict,
        };
    }

    public Command Command { get; }

    public int Run(ParseResult parsed)
    {
        var precisions = Precisions(parsed);
        var threads = OptionValue.Integer(parsed, _threads, 1, 1024) ?? 0;
        var (svg, rows) = (FileOf(parsed, _svg), FileOf(parsed, _lines));
        if (precisions.Length > 1 && (parsed.GetValue(_json) || svg is not null))
            throw new UsageException("--precision", "one precision with --json or --svg", $"{precisions.Length}", "name one, or take --lines");
        using var lines = rows is not null ? new FileStream(rows, FileMode.Append, FileAccess.Write, FileShare.ReadWrite) : null;
        using var engine = Open(parsed.GetValue(_device), precisions);
        return parsed.GetValue(_run) is null ? Ops(parsed, engine, precisions, threads, lines) : Runs(parsed, engine, precisions, lines);
    }

    private int Ops(ParseResult parsed, GpuEngine? engine, Precision[] precisions, int threads, Stream? lines)
    {
        var cases = precisions.ToDictionary(p => p, p => Cases(parsed, OpCases.On(engine?.Device.Info, p)));
        var peaks = engine is null ? ProcessorPeaks.Measure(threads) : Peaks.Of(engine);
        var references = new OpReferences();
        // Of one precision each is computed before its op is timed, so that the first row comes soon.
        if (precisions.Length > 1) references.Prepare(cases.Values.SelectMany(c => c).DistinctBy(c => c.Name));
        foreach (var precision in precisions) Ops(parsed, engine, precision, threads, cases[precision], peaks, references, lines);
        return ExitCode.Done;
    }

    private void Ops(ParseResult parsed, GpuEngine? engine, Precision precision, int threads, OpCase[] cases, Peaks peaks, OpReferences references, Stream? lines)
    {
        var predicted = parsed.GetValue(_predict) ? BenchPrediction.Of(engine, cases, precision) : null;
        var timer = new OpTimer(engine, precision, threads, references);
        var name = engine is null ? $"cpu, {RuntimeInformation.ProcessArchitecture}, {(threads == 0 ? Environment.ProcessorCount : threads)} threads" : NameOf(engine);
        List<OpTiming> timings = [];
        var report = new BenchReport(name, NameOf(precision), peaks, timings, predicted);
        var asJson = parsed.GetValue(_json);
        if (!asJson) report.PrintPeaks(Console.Out);
        foreach (var op in cases)
        {
            timings.Add(timer.Time(op, peaks));
            if (!asJson) report.PrintRow(timings[^1], Console.Out);
            if (lines is not null) report.Line(timings[^1], lines);
        }

        if (FileOf(parsed, _svg) is { } svg) File.WriteAllText(svg, Roofline.Draw($"{report.Device}, {report.Precision}", peaks, timings));
        if (asJson) WriteJson(report);
        else report.PrintEnd(Console.Out);
    }

    private int Runs(ParseResult parsed, GpuEngine? engine, Precision[] precisions, Stream? lines)
    {
        var name = OptionValue.Choice(parsed, _run, "", (RunTimer.FullSize, RunTimer.FullSize), (RunTimer.Shipped, RunTimer.Shipped));
        if (engine is null) throw new UsageException("--run", "a device", "the processor", "name one with --device; the processor's time is what 'srk upscale' says");
        int[] steps = [.. (parsed.GetValue(_steps) ?? "4,15").Split(',').Select(text =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is > 1 and <= 1000 ? n : throw new UsageException("--steps", "whole numbers from 2 to 1000, by commas", $"'{text}'"))];
        using var model = RunTimer.Load(name);
        var multiple = model.Configuration.Geometry.Multiple;
        var side = OptionValue.Integer(parsed, _size, 1, 4096) ?? 64;
        if (side % multiple != 0) throw new UsageException("--size", $"a multiple of {multiple}, as this model wants it", $"{side}");
        foreach (var precision in precisions)
        {
            var report = new RunReport(NameOf(engine), NameOf(precision));
            report.PrintHead(Console.Out);
            foreach (var n in steps)
            {
                var timing = new RunTimer(engine, precision).Time(name, model, side, n);
                RunReport.PrintRow(timing, Console.Out);
                if (lines is not null) report.Line(timing, lines);
            }
        }

        RunReport.PrintEnd(Console.Out);
        return ExitCode.Done;
    }

    /// <summary>A file to write, in a folder that is there; null: not asked for.</summary>
    private static string? FileOf(ParseResult parsed, Option<string?> option)
    {
        var file = parsed.GetValue(option) is { } named ? FilePath.Plain(named) : null;
        if (file is not null && Path.GetDirectoryName(FilePath.Full(file)) is { } folder && !Directory.Exists(folder))
            throw new SrkException(option.Name, "a file in a folder that exists", $"'{file}'", "make the folder, or name another");
        return file;
    }

    private Precision[] Precisions(ParseResult parsed) => [.. (parsed.GetValue(_precision) ?? "fp32").Split(',').Select(name => name.ToUpperInvariant() switch
    {
        "FP32" => Precision.Fp32, "TF32" => Precision.Tf32, "BF16" => Precision.Bf16, "FP16" => Precision.Fp16,
        _ => throw new UsageException("--precision", "one of fp32, tf32, bf16, fp16, or several, by commas", $"'{name}'"),
    })];

    private static string NameOf(Precision precision) => precision.ToString().ToLowerInvariant();

    private static string NameOf(GpuEngine engine) => $"{engine.Device.Info.Name} ({engine.Device.Info.Detail})";

    private OpCase[] Cases(ParseResult parsed, IReadOnlyList<OpCase> all)
    {
        var name = parsed.GetValue(_name);
        OpCase[] cases = [.. all.Where(c => (name is null || c.Name.Contains(name, StringComparison.OrdinalIgnoreCase)) && (!parsed.GetValue(_quick) || c.IsQuick))];
        return cases.Length > 0 ? cases : throw new SrkException("bench", "a part of the name of an op", $"'{name}'", "'srk bench' without a name runs all and lists them");
    }

    private static GpuEngine? Open(string? device, Precision[] precisions)
    {
        if (device is null or "cpu")
        {
            return precisions is [Precision.Fp32] ? null : throw new UsageException("--precision", "fp32 on the processor", $"'{NameOf(precisions[^1])}'", "name a device with --device");
        }

        return DeviceName.Open(device, precisions[0]) is { } opened
            ? new GpuEngine(opened)
            : throw new UsageException("--device", "cpu, opencl:N, cuda:N, ilgpu:cpu or ilgpu:cuda:N", $"'{device}'", "see 'srk devices'");
    }

    private static void WriteJson(BenchReport report)
    {
        using var output = StandardStreams.Output();
        report.Json(output);
        output.WriteByte((byte)'\n');
    }
}
