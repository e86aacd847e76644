using System.Globalization;
using SRKernels.Models;
using SRKernels.Models.ResShift;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Benchmarks.Rivals;

/// <summary>What is run: the same words for the command and, handed on, for each contender's process.</summary>
internal sealed record RivalOptions
{
    public const int Scale = 4;

    /// <summary><c>full</c>: the published size with weights by formula. <c>tiny</c>: the shipped model.</summary>
    public string Config { get; private init; } = "full";

    /// <summary>Side of the low-quality picture.</summary>
    public int Size { get; private init; } = 64;

    public int Steps { get; private init; } = 4;

    public int Threads { get; private init; } = Environment.ProcessorCount;

    /// <summary>How often each contender runs each part, in turn with the others.</summary>
    public int Rounds { get; private init; } = 3;

    /// <summary>Who runs beside ours.</summary>
    public IReadOnlyList<string> Rivals { get; private init; } = Contenders.Rivals;

    /// <summary>A Python with PyTorch; null: one is looked for.</summary>
    public string? Python { get; private init; }

    /// <summary>Where weights and graphs stay for the next run.</summary>
    public string Cache { get; private init; } = Path.Combine(Path.GetTempPath(), "srkernels-rivals");

    /// <summary>Seed of the chain's noise, which all draw alike.</summary>
    public int Seed { get; private init; } = 12345;

    /// <exception cref="SrkException">An option is unknown, or its value impossible.</exception>
    public static RivalOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new RivalOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length) throw new SrkException($"rivals: {args[i]}", "a value behind it", "none", "give one");
            var (name, value) = (args[i], args[i + 1]);
            options = name switch
            {
                "--config" => options with { Config = value },
                "--size" => options with { Size = Int(name, value) },
                "--steps" => options with { Steps = Int(name, value) },
                "--threads" => options with { Threads = Int(name, value) },
                "--rounds" => options with { Rounds = Int(name, value) },
                "--seed" => options with { Seed = Int(name, value) },
                "--rivals" => options with { Rivals = value.Split(',', StringSplitOptions.RemoveEmptyEntries) },
                "--python" => options with { Python = value },
                "--cache" => options with { Cache = Path.GetFullPath(value) },
                _ => throw new SrkException(
                    "rivals", "one of --config --size --steps --threads --rounds --seed --rivals --python --cache", $"'{name}'", "leave it out"),
            };
        }

        return options.Checked();
    }

    /// <summary>The options as a contender's process takes them.</summary>
    public string[] Arguments() =>
    [
        "--config", Config, "--size", Text(Size), "--steps", Text(Steps), "--threads", Text(Threads), "--seed", Text(Seed), "--cache", Cache,
    ];

    /// <summary>The model that all run, whatever the weights' file says of its chain.</summary>
    public ResShiftConfiguration Configuration()
    {
        var diffusion = new DiffusionConfiguration { Steps = Steps, MinNoiseLevel = Steps == 4 ? 0.2 : 0.04 };
        if (Config == "full") return new ResShiftConfiguration { Diffusion = diffusion };
        using var shipped = SafetensorsFile.Open(SuperResolver.ShippedWeightsPath);
        return ResShiftConfiguration.FromFile(shipped) with { Diffusion = diffusion };
    }

    private RivalOptions Checked()
    {
        if (Config is not ("full" or "tiny")) throw new SrkException("rivals: --config", "full or tiny", $"'{Config}'", "choose one");
        foreach (var rival in Rivals)
            if (!Contenders.Rivals.Contains(rival, StringComparer.Ordinal))
                throw new SrkException("rivals: --rivals", string.Join(", ", Contenders.Rivals), $"'{rival}'", "choose among them");
        foreach (var (name, value, least) in new[] { ("--steps", Steps, 2), ("--threads", Threads, 1), ("--rounds", Rounds, 1), ("--seed", Seed, 0) })
            if (value < least)
                throw new SrkException($"rivals: {name}", $"at least {least}", $"{value}", "give more");

        // PyTorch's definition pads nothing: the smallest map must be whole windows.
        var denoiser = Configuration().Denoiser;
        var multiple = denoiser.WindowSize << (denoiser.Levels - 1);
        return Size > 0 && Size % multiple == 0
            ? this
            : throw new SrkException("rivals: --size", $"a multiple of {multiple}", $"{Size}", "choose one");
    }

    private static int Int(string name, string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new SrkException($"rivals: {name}", "a number", $"'{value}'", "give one");

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
