using System.CommandLine;
using SRKernels.Cli.Downloading;
using SRKernels.Cli.Upscaling;
using SRKernels.Kernels.Gpu;
using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Cli;

/// <summary><c>srk upscale</c>: its options, and what they mean together.</summary>
internal sealed class UpscaleCommand
{
    private readonly Argument<string> _input = new("IN") { Description = "A picture, a folder (taken with all below it), or - for stdin." };
    private readonly Option<string?> _output = Text("-o", "OUT", "Where the result goes: a .png or .jpg, a folder, or - for stdout (PNG).", "--output");
    private readonly Option<string?> _model = Text("--model", "FILE", "The weights (.safetensors, the authors' .pth, .ckpt, ..., or a name that 'srk weights' lists); without it those that come with the program.");
    private readonly Option<string?> _autoencoder = Text("--autoencoder", "FILE", "The autoencoder of a model that is a denoiser alone; looked for beside it under its published name.");
    private readonly Option<string?> _task = Text("--task", "NAME", $"What the weights are for, where they do not say: {OptionValue.TaskNames}.");
    private readonly Option<string?> _scale = Text("--scale", "N", "The scale you expect; an error where the model's is another.");
    private readonly Option<string?> _steps = Text("--steps", "N", "Steps of the chain; fewer are faster.");
    private readonly Option<string?> _eta = Text("--eta", "E", "For SR3: how much noise each step adds, from 0 to 1, the model's own.");
    private readonly Option<string?> _seed = Text("--seed", "N", "Seed of the noise (12345). In a folder each picture's own comes from it and its path.");
    private readonly Option<string?> _device = Text("--device", "D", "Where it runs: cuda:N, opencl:N, cpu, reference (slow, the yardstick), or ILGPU's own ilgpu:cuda:N and ilgpu:cpu (slow, to check with); cuda:0 or else cpu without it. See 'srk devices'.");
    private readonly Option<string?> _precision = Text("--precision", "P", "What a device's products are computed in: fp32, or tf32, bf16, fp16 on tensor cores.");
    private readonly Option<string?> _tile = Text("--tile", "N", "Longest side of a tile in pixels of the input.");
    private readonly Option<string?> _overlap = Text("--overlap", "N", "Least overlap of neighbouring tiles in pixels of the input.");
    private readonly Option<string?> _maxMemory = Text("--max-memory", "SIZE", "The most memory to take, for example 1500M; smaller tiles keep it.");
    private readonly Option<string?> _threads = Text("--threads", "N", "Threads; changes the time, never a byte of the result.");
    private readonly Option<string?> _compat = Text("--compat", "WHOSE", "upstream: the tiles, blending and rounding of the authors' own command.");
    private readonly Option<string?> _mask = Text("--mask", "FILE", "For inpainting models: white where the picture is to be made up. A folder for a folder.");
    private readonly Option<string?> _compare = Text("--compare", "REFERENCE", "A file or folder of true pictures: prints PSNR and SSIM of bicubic and of the result.");
    private readonly Option<string?> _names = Text("--names", "HOW", "Results in a folder: stem (a.jpg gives a.png) or full (a.jpg gives a.jpg.png).");
    private readonly Option<string?> _suffix = Text("--suffix", "TEXT", "Results in a folder: put before the .png, so _x4 gives a_x4.png; they may then lie beside their sources.");
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Make results anew that are there already." };
    private readonly Option<bool> _keep = new("--keep") { Description = "Keep results that are older than their sources; without it they are made again." };
    private readonly Option<bool> _salvage = new("--salvage") { Description = "Take of a truncated or damaged JPEG what it still holds, and say so; --compat upstream always does." };
    private readonly Option<bool> _strip = new("--strip") { Description = "Leave out all metadata but the colour profile." };
    private readonly Option<bool> _keepSize = new("--keep-size") { Description = "Print results as large as their sources, at a higher density; without it they keep the density." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only check everything, and print tiles, memory and the estimated time." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print errors only." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object a picture on stdout, for those that were skipped or failed, too." };

    public UpscaleCommand()
    {
        Command = new Command("upscale", "Enlarges or restores pictures.")
        {
            _input, _output, _model, _autoencoder, _task, _scale, _steps, _eta, _seed, _device, _precision, _tile, _overlap, _maxMemory, _threads, _compat, _mask, _compare,
            _names, _suffix, _overwrite, _keep, _salvage, _strip, _keepSize, _dryRun, _quiet, _json,
        };
    }

    public Command Command { get; }

    public async Task<int> RunAsync(ParseResult parsed)
    {
        UpscaleRequest request;
        try
        {
            request = Read(parsed);
        }
        catch (SrkException e)
        {
            Refused(parsed, e);
            throw;
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = new StopSignals(stop);
        return await new UpscaleRun(request, stop.Token).RunAsync();
    }

    /// <summary>What was typed cannot be carried out: who reads objects gets one.</summary>
    public void Refused(ParseResult parsed, SrkException error)
    {
        if (parsed.GetResult(_json) is not { Implicit: false }) return;
        // There a picture is awaited.
        if (parsed.GetResult(_output)?.Tokens is [{ Value: "-" }]) return;
        try
        {
            Console.Out.WriteLine(ReportObject.Of(parsed.GetResult(_input)?.Tokens.FirstOrDefault()?.Value, null, "refused", error));
        }
        catch (SrkException)
        {
            // The error itself goes to stderr, and is what counts.
        }
    }

    private UpscaleRequest Read(ParseResult parsed)
    {
        var steps = OptionValue.Integer(parsed, _steps, 1, 10_000);
        var compatibility = OptionValue.Choice(parsed, _compat, Compatibility.None, ("none", Compatibility.None), ("upstream", Compatibility.Upstream));
        var precision = OptionValue.Choice(
            parsed, _precision, Precision.Fp32, ("fp32", Precision.Fp32), ("tf32", Precision.Tf32), ("bf16", Precision.Bf16), ("fp16", Precision.Fp16));
        var task = OptionValue.Task(parsed, _task);
        var request = new UpscaleRequest
        {
            Input = Place(parsed.GetRequiredValue(_input)),
            Output = parsed.GetValue(_output) is { } output ? Place(output) : null,
            Model = parsed.GetValue(_model) is { } model ? Place(model) : null,
            Autoencoder = parsed.GetValue(_autoencoder) is { } autoencoder ? Place(autoencoder) : null,
            Task = task,
            Scale = OptionValue.Integer(parsed, _scale, 1, 8),
            Device = parsed.GetValue(_device),
            Precision = precision,
            Threads = OptionValue.Integer(parsed, _threads, 1, 1024) ?? 0,
            Mask = parsed.GetValue(_mask) is { } mask ? Place(mask) : null,
            Compare = parsed.GetValue(_compare) is { } compare ? Place(compare) : null,
            Naming = new ResultNaming
            {
                Full = OptionValue.Choice(parsed, _names, false, ("stem", false), ("full", true)),
                Suffix = OptionValue.NamePart(parsed, _suffix) ?? "",
            },
            Overwrite = parsed.GetValue(_overwrite),
            Keep = parsed.GetValue(_keep),
            Salvage = parsed.GetValue(_salvage) || compatibility == Compatibility.Upstream,
            Strip = parsed.GetValue(_strip),
            KeepSize = parsed.GetValue(_keepSize),
            DryRun = parsed.GetValue(_dryRun),
            Quiet = parsed.GetValue(_quiet),
            Json = parsed.GetValue(_json),
            Options = new UpscaleOptions
            {
                Seed = OptionValue.Seed(parsed, _seed) ?? 12345,
                Steps = steps,
                Eta = OptionValue.Share(parsed, _eta),
                Tile = OptionValue.Integer(parsed, _tile, 8, 1 << 16),
                Overlap = OptionValue.Integer(parsed, _overlap, 0, 1 << 16),
                MaxMemoryBytes = OptionValue.Bytes(parsed, _maxMemory),
                Compatibility = compatibility,
            },
        };
        Check(request);
        return request.Model is { } file ? Named(request, NamedModel.Of(_model.Name, file)) : request;
    }

    private static UpscaleRequest Named(UpscaleRequest request, NamedModel named) =>
        request with { Model = named.File, Autoencoder = request.Autoencoder ?? named.Autoencoder, Task = request.Task ?? named.Task };

    private static string Place(string path) => path is "-" or "" ? path : FilePath.Plain(path);

    private static void Check(UpscaleRequest request)
    {
        DeviceName.Check(request.Device);
        if (request.Input.Length == 0) throw new UsageException("IN", "a picture, a folder or -", "nothing", "see 'srk upscale --help'");
        if (request is { Output: null, DryRun: false, Compare: null })
            throw new UsageException("-o", "where the result goes", "nothing", "add -o OUT.png");
        if (request.Output is "") throw new UsageException("-o", "a file, a folder or -", "nothing", "add -o OUT.png");
        if (request is { Autoencoder: not null, Model: null }) throw new UsageException("--autoencoder", "a --model that it belongs to", "none", "name the denoiser with --model");
        if (request is { Overwrite: true, Keep: true }) throw new UsageException("--keep", "no --overwrite beside it", "both", "leave out one of them");
        if (request.Output == "-" && request.Json) throw new UsageException("--json", "stdout for itself", "-o -", "leave out one of them");
        if (request.Output == "-" && !Console.IsOutputRedirected && !request.DryRun)
            throw new UsageException("-o -", "stdout to be a file or pipe", "a terminal", "redirect it, or name a file");
        if (request.Input == "-" && request.Compare is not null && Directory.Exists(request.Compare))
            throw new UsageException("--compare", "a file for a picture from stdin", "a folder", "name the file");
    }

    private static Option<string?> Text(string name, string value, string description, params string[] aliases) =>
        new(name, aliases) { HelpName = value, Description = description };
}
