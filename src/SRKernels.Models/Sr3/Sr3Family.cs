using SRKernels.Models.Configuration;
using SRKernels.Models.Families;
using SRKernels.Models.Recognition;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Sr3;

/// <summary>Diffusion in pixels, conditioned on the enlarged picture: SR3.</summary>
internal sealed class Sr3Family : ModelFamily
{
    /// <summary>The U-Net.</summary>
    public const string Denoiser = "denoiser";

    private static readonly string[] s_prefixes = ["denoise_fn.", "", Denoiser + ".", "netG.denoise_fn.", "model.denoise_fn."];

    public static Sr3Family Instance { get; } = new();

    public override string Id => "sr3";

    public override string Name => "diffusion in pixels (SR3)";

    public override IReadOnlyList<ModelTask> Tasks => Sr3Task.All;

    public override IReadOnlyList<string> Roles { get; } = [Denoiser];

    /// <summary>The schedule of training, which checkpoints carry beside the network. Inference takes that of its task, as upstream does ("val").</summary>
    public override IReadOnlyList<string> Derived { get; } =
    [
        "betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod", "log_one_minus_alphas_cumprod",
        "sqrt_recip_alphas_cumprod", "sqrt_recipm1_alphas_cumprod", "posterior_variance", "posterior_log_variance_clipped", "posterior_mean_coef1",
        "posterior_mean_coef2",
    ];

    // A layer that no other network has.
    public override IReadOnlyList<NetworkPart> Find(WeightFile file) => NetworkPart.PrefixOf(file, s_prefixes, "noise_level_mlp.1.") is { } prefix
        ? [new NetworkPart(file, this, Denoiser, prefix)]
        : [];

    public override IReadOnlyList<ModelTask> TasksOf(NetworkPart main) => Sr3Recognition.Fitting(main);

    public override ModelConfiguration FromMetadata(string who, IReadOnlyDictionary<string, string> metadata, ModelTask task) =>
        Sr3ConfigurationText.Read(who, ConfigurationFields.Of(who, metadata, "denoiser"), ConfigurationFields.Of(who, metadata, "diffusion")) with
        {
            Task = task.Name,
        };

    public override ModelConfiguration FromParts(IReadOnlyList<NetworkPart> parts, ModelTask task) =>
        Sr3Recognition.Infer(parts[0], ((Sr3Task)task).Configuration);

    public override ModelConfiguration? Published(ModelTask task) => ((Sr3Task)task).Configuration;

    public override void BuildNetwork(NetworkPart part, ModelConfiguration? own, WeightScope weights) => new Sr3UNet(weights, Of(part, own)).Dispose();

    public override string Describe(NetworkPart part, ModelConfiguration? own)
    {
        var c = Of(part, own);
        return $"{c.InnerChannels} channels x ({string.Join(", ", c.ChannelMults)}), {c.ResBlocks} blocks a level, "
            + $"attention at ({string.Join(", ", c.AttentionResolutions)}) of {c.ImageSize} and in the middle";
    }

    // Without a task only what the shapes tell is right, which is what both of the two uses need.
    private static Sr3Configuration Of(NetworkPart part, ModelConfiguration? own) => own as Sr3Configuration
        ?? Sr3Recognition.Infer(part, (Sr3Recognition.Fitting(part) is [var task, ..] ? task : Sr3Task.All[0]).Configuration);
}
