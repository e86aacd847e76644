using System.CommandLine;
using SRKernels.Cli.Downloading;
using SRKernels.Models.Recognition;
using SRKernels.Models.Storage;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Cli;

/// <summary><c>srk convert</c>: a model's files, as the authors give them, into one safetensors file that says what it is.</summary>
internal sealed class ConvertCommand
{
    private readonly Argument<string[]> _inputs = new("IN")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "The denoiser and its autoencoder (.pth, .ckpt, .safetensors, ...); the second is looked for beside the first. Or a name that 'srk weights' lists.",
    };

    private readonly Option<string?> _output = new("-o", "--output") { HelpName = "OUT", Description = "The .safetensors to write." };
    private readonly Option<string?> _task = new("--task")
    {
        HelpName = "NAME",
        Description = $"What the weights are for, where the file's name does not tell: {OptionValue.TaskNames}.",
    };

    private readonly Option<string?> _type = new("--dtype")
    {
        HelpName = "TYPE",
        Description = "f16 or bf16: half the size, values rounded; f32. Without it tensors keep their types.",
    };

    private readonly Option<bool> _raw = new("--raw") { Description = "Where a file holds both, take the raw weights, not the averaged (EMA) ones." };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace what exists." };

    public ConvertCommand()
    {
        Command = new Command("convert", "Makes one .safetensors of a model's files.") { _inputs, _output, _task, _type, _raw, _overwrite };
    }

    public Command Command { get; }

    public int Run(ParseResult parsed)
    {
        var typed = parsed.GetRequiredValue(_inputs);
        if (typed.Length > 2) throw new UsageException("IN", "a denoiser and an autoencoder", $"{typed.Length} files", "see 'srk convert --help'");
        var output = parsed.GetValue(_output) ?? throw new UsageException("-o", "where the result goes", "nothing", "add -o OUT.safetensors");
        var type = OptionValue.Choice<TensorType?>(parsed, _type, null, ("f32", TensorType.F32), ("f16", TensorType.F16), ("bf16", TensorType.BF16));
        var task = OptionValue.Task(parsed, _task);
        var named = typed.Select(input => NamedModel.Of(_inputs.Name, input)).ToArray();
        string[] inputs = named is [{ Autoencoder: { } own } model] ? [model.File, own] : [.. named.Select(input => input.File)];
        task ??= named.Select(input => input.Task).FirstOrDefault(known => known is not null);
        CheckOutput(output, inputs);
        using var stop = new CancellationTokenSource();
        using var interrupt = new StopSignals(stop);
        var (denoiser, autoencoder) = InOrder(inputs);
        using (var files = ModelFiles.Open(denoiser, autoencoder, task, parsed.GetValue(_raw)))
        {
            CheckFree(output, files, parsed.GetValue(_overwrite));
            ModelConversion.Write(files, output, type, parsed.GetValue(_overwrite), stop.Token);
            Terminal.Line($"{output}: {files.Description}, task {files.Configuration.Task}, {new FileInfo(output).Length:n0} bytes");
        }

        return ExitCode.Done;
    }

    /// <summary>The denoiser first, whichever way they were named.</summary>
    private static (string Denoiser, string? Autoencoder) InOrder(string[] inputs)
    {
        if (inputs.Length == 1) return (inputs[0], null);
        using var first = WeightFile.Open(inputs[0]);
        return NetworkPart.FindAll(first) is [var part] && part.Role != part.Family.Roles[0] ? (inputs[1], inputs[0]) : (inputs[0], inputs[1]);
    }

    private static void CheckOutput(string output, IEnumerable<string> inputs)
    {
        if (!string.Equals(Path.GetExtension(output), ".safetensors", StringComparison.OrdinalIgnoreCase))
            throw new UsageException("-o", "a name that ends in .safetensors", $"'{output}'", "call it so");
        CheckIsNone(output, inputs);
        if (Path.GetDirectoryName(FilePath.Full(output)) is { } folder && !Directory.Exists(folder))
            throw new SrkException("-o", "a folder that exists", $"'{folder}'", "make it first");
    }

    // When the model is open: only then is it known which autoencoder was found beside the denoiser.
    private static void CheckFree(string output, ModelFiles files, bool overwrite)
    {
        CheckIsNone(output, files.Parts.Select(part => part.File.Path));
        if (FileFacts.Of(output) is null) return;
        Replacing.Check(output);
        if (!overwrite) throw new SrkException("-o", "a name that is free", $"'{output}', which exists", "add --overwrite to replace it, or name another");
    }

    private static void CheckIsNone(string output, IEnumerable<string> inputs)
    {
        if (FileFacts.Of(AtomicFile.TargetOf(output)) is { } there && inputs.Any(input => FileFacts.Of(input)?.Identity == there.Identity))
            throw new SrkException("-o", "another file than the inputs", $"'{output}', which is one", "name another file");
    }
}
