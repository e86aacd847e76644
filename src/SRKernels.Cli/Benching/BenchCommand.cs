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
    private readonly Option<string?> _precision = new("--precision") { Description = "What products are computed in on a device: fp32, tf32, bf16, fp16; default: fp32.", HelpName = "P" };
    private readonly Option<string?> _threads = new("--threads") { Description = "Threads of the processor; default: one each.", HelpName = "N" };
    private readonly Option<bool> _quick = new("--quick") { Description = "A small set, for slow devices." };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };
    private readonly Option<string?> _svg = new("--svg") { Description = "Write a roofline picture.", HelpName = "FILE" };

    private readonly Option<bool> _predict = new("--predict") { Description = "Set beside each time what the model predicts, on an A100, RTX 4090 or H100 (needs ptxas: tools/get_ptxas.sh)." };

    public BenchCommand()
    {
        Command = new Command("bench", "Times the full-size model's ops on a device, each verified against the plain loops first.") { _name, _device, _precision, _threads, _quick, _json, _svg, _predict };
    }

    public Command Command { get; }

    public int Run(ParseResult parsed)
    {
        var precision = OptionValue.Choice(
            parsed, _precision, Precision.Fp32, ("fp32", Precision.Fp32), ("tf32", Precision.Tf32), ("bf16", Precision.Bf16), ("fp16", Precision.Fp16));
        var threads = OptionValue.Integer(parsed, _threads, 1, 1024) ?? 0;
        var svg = parsed.GetValue(_svg) is { } file ? FilePath.Plain(file) : null;
        if (svg is not null && Path.GetDirectoryName(FilePath.Full(svg)) is { } folder && !Directory.Exists(folder))
            throw new SrkException("--svg", "a file in a folder that exists", $"'{svg}'", "make the folder, or name another");
        using var engine = Open(parsed.GetValue(_device), precision);
        var cases = Cases(parsed, OpCases.On(engine?.Device.Info, precision));
        var peaks = engine is null ? ProcessorPeaks.Measure(threads) : Peaks.Of(engine);
        var predicted = parsed.GetValue(_predict) ? BenchPrediction.Of(engine, cases, precision) : null;
        var timer = new OpTimer(engine, precision, threads);
        var name = engine is null ? $"cpu, {RuntimeInformation.ProcessArchitecture}, {(threads == 0 ? Environment.ProcessorCount : threads)} threads" : $"{engine.Device.Info.Name} ({engine.Device.Info.Detail})";
        List<OpTiming> timings = [];
        var report = new BenchReport(name, precision.ToString().ToLowerInvariant(), peaks, timings, predicted);
        var asJson = parsed.GetValue(_json);
        if (!asJson) report.PrintPeaks(Console.Out);
        foreach (var op in cases)
        {
            timings.Add(timer.Time(op, peaks));
            if (!asJson) report.PrintRow(timings[^1], Console.Out);
        }

        if (svg is not null) File.WriteAllText(svg, Roofline.Draw($"{report.Device}, {report.Precision}", peaks, timings));
        if (asJson) WriteJson(report);
        else report.PrintEnd(Console.Out);
        return ExitCode.Done;
    }

    private OpCase[] Cases(ParseResult parsed, IReadOnlyList<OpCase> all)
    {
        var name = parsed.GetValue(_name);
        OpCase[] cases = [.. all.Where(c => (name is null || c.Name.Contains(name, StringComparison.OrdinalIgnoreCase)) && (!parsed.GetValue(_quick) || c.IsQuick))];
        return cases.Length > 0 ? cases : throw new SrkException("bench", "a part of the name of an op", $"'{name}'", "'srk bench' without a name runs all and lists them");
    }

    private static GpuEngine? Open(string? device, Precision precision)
    {
        if (device is null or "cpu")
        {
            return precision == Precision.Fp32 ? null : throw new UsageException("--precision", "fp32 on the processor", $"'{precision.ToString().ToLowerInvariant()}'", "name a device with --device");
        }

        return DeviceName.Open(device, precision) is { } opened
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
