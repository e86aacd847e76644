using System.CommandLine;
using SRKernels.Compilation.Analysis;
using SRKernels.Kernels.Gpu;
using SRKernels.Models.Measuring;
using SRKernels.Runtime;

namespace SRKernels.Cli.Predicting;

/// <summary><c>srk kernels --report --run NAME</c>.</summary>
internal static class PredictionReport
{
    public static int Run(ParseResult parsed, string run, string? name, Option<string?> gpu, Option<string?> precisionOption, bool asJson)
    {
        var precision = OptionValue.Choice(
            parsed, precisionOption, Precision.Bf16, ("fp32", Precision.Fp32), ("tf32", Precision.Tf32), ("bf16", Precision.Bf16), ("fp16", Precision.Fp16));
        LaunchPredictor[] gpus = [.. Gpus(parsed.GetValue(gpu)).Select(g => new LaunchPredictor(g))];
        switch (run)
        {
            case "ops":
                OpCase[] cases = [.. OpCases.On(gpus[0].Info, precision).Where(c => name is null || c.Name.Contains(name, StringComparison.OrdinalIgnoreCase))];
                if (cases.Length == 0) throw new SrkException("--run ops", "a part of the name of an op", $"'{name}'", "'srk kernels --report --run ops' lists them");
                var ops = OpPredictions.Of(gpus, cases, precision, Terminal.Line);
                if (asJson) Write(output => OpPredictions.Json(ops, precision, output));
                else OpPredictions.Print(ops, precision, Console.Out);
                return ExitCode.Done;
            case "realsr":
                if (name is not null) throw new UsageException("--run realsr", "no NAME", $"'{name}'", "see 'srk kernels --help'");
                var runs = RunPredictions.Of(gpus, precision, Terminal.Line);
                if (asJson) Write(output => RunPredictions.Json(runs, precision, output));
                else RunPredictions.Print(runs, precision, Console.Out);
                return ExitCode.Done;
            default:
                throw new UsageException("--run", "ops or realsr", $"'{run}'", "see 'srk kernels --help'");
        }
    }

    private static void Write(Action<Stream> write)
    {
        using var output = StandardStreams.Output();
        write(output);
        output.WriteByte((byte)'\n');
    }

    private static IEnumerable<PublishedGpu> Gpus(string? text)
    {
        if (text is null) return PublishedGpu.All;
        return text.Split(',', StringSplitOptions.TrimEntries).Select(name => PublishedGpu.All.FirstOrDefault(g => string.Equals(g.Key, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new UsageException("--gpu", $"of {string.Join(", ", PublishedGpu.All.Select(g => g.Key))}, with commas between", $"'{name}'"));
    }
}
