using System.CommandLine;
using SRKernels.Kernels.Gpu;
using SRKernels.Models.Measuring;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda.Analysis;

namespace SRKernels.Cli.Predicting;

/// <summary><c>srk kernels --report --run NAME</c>.</summary>
internal static class PredictionReport
{
    public static int Run(ParseResult parsed, string run, string? name, Option<string?> gpu, Option<string?> precisionOption, bool asJson)
    {
        var precision = OptionValue.Choice(
            parsed, precisionOption, Precision.Bf16, ("fp32", Precision.Fp32), ("tf32", Precision.Tf32), ("bf16", Precision.Bf16), ("fp16", Precision.Fp16));
        LaunchPredictor[] gpus = [.. Gpus(parsed.GetValue(gpu)).Select(g => new LaunchPredictor(g))];
        if (run != "ops") throw new UsageException("--run", "ops", $"'{run}'", "see 'srk kernels --help'");
        OpCase[] cases = [.. OpCases.All.Where(c => name is null || c.Name.Contains(name, StringComparison.OrdinalIgnoreCase))];
        if (cases.Length == 0) throw new SrkException("--run ops", "a part of the name of an op", $"'{name}'", "'srk kernels --report --run ops' lists them");
        var predictions = OpPredictions.Of(gpus, cases, precision, text => Terminal.Line(text));
        if (!asJson)
        {
            OpPredictions.Print(predictions, precision, Console.Out);
            return ExitCode.Done;
        }

        using var output = Console.OpenStandardOutput();
        OpPredictions.Json(predictions, precision, output);
        output.WriteByte((byte)'\n');
        return ExitCode.Done;
    }

    private static IEnumerable<PublishedGpu> Gpus(string? text)
    {
        if (text is null) return PublishedGpu.All;
        return text.Split(',', StringSplitOptions.TrimEntries).Select(name => PublishedGpu.All.FirstOrDefault(g => string.Equals(g.Key, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new UsageException("--gpu", $"of {string.Join(", ", PublishedGpu.All.Select(g => g.Key))}, with commas between", $"'{name}'"));
    }
}
