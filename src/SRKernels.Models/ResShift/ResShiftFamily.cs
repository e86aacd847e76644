using SRKernels.Models.Configuration;
using SRKernels.Models.Families;
using SRKernels.Models.Published;
using SRKernels.Models.Recognition;
using SRKernels.Models.Vq;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.ResShift;

/// <summary>Diffusion that shifts residuals in the latents of a vector-quantised autoencoder: ResShift's models, and SinSR's of one step.</summary>
internal sealed class ResShiftFamily : ModelFamily
{
    /// <summary>ResShift's or SinSR's U-Net.</summary>
    public const string Denoiser = "denoiser";

    /// <summary>The vector-quantised autoencoder.</summary>
    public const string Autoencoder = "autoencoder";

    private static readonly string[] s_denoiserPrefixes = ["", Denoiser + ".", "model.", "diffusion_model.", "model.diffusion_model."];
    private static readonly string[] s_autoencoderPrefixes = ["", Autoencoder + ".", "model.", "first_stage_model."];

    public static ResShiftFamily Instance { get; } = new();

    public override string Id => "resshift";

    public override string Name => "residual shifting (ResShift, SinSR)";

    public override IReadOnlyList<ModelTask> Tasks => ResShiftTask.All;

    public override IReadOnlyList<PublishedModel> PublishedModels => PublishedWeights.All;

    public override IReadOnlyList<string> Roles { get; } = [Denoiser, Autoencoder];

    public override IReadOnlyList<string> Derived { get; } = ["attn_mask", "relative_position_index"];

    public override IReadOnlyList<NetworkPart> Find(WeightFile file)
    {
        var parts = new List<NetworkPart>(2);
        // The middle block's Swin layer; the code book.
        if (NetworkPart.PrefixOf(file, s_denoiserPrefixes, "middle_block.1.patch_embed.", "middle_block.1.patch_unembed.") is { } denoiser)
            parts.Add(new NetworkPart(file, this, Denoiser, denoiser));
        if (NetworkPart.PrefixOf(file, s_autoencoderPrefixes, "quantize.") is { } autoencoder)
            parts.Add(new NetworkPart(file, this, Autoencoder, autoencoder));
        return parts;
    }

    public override IReadOnlyList<ModelTask> TasksOf(NetworkPart main)
    {
        var network = ShapeInference.Denoiser(main, ResShiftTask.All[0]);
        return [.. ResShiftTask.All.Where(task => task.ConditionStages == network.FeatureExtractorStages && task.TakesMask == network.CondMask)];
    }

    public override ModelTask? TaskOfName(string path) => PublishedFiles.TaskOf(path);

    public override string PartnerOf(ModelTask task, string role) => PublishedFiles.AutoencoderOf(task);

    public override string? PartnerBeside(string path, ModelTask task, string role) => PublishedFiles.AutoencoderBeside(path, task);

    public override IEnumerable<string> PartnersBeside(string path) => PublishedFiles.AutoencodersBeside(path);

    public override ModelConfiguration FromMetadata(string who, IReadOnlyDictionary<string, string> metadata, ModelTask task)
    {
        var autoencoder = AutoencoderFields.Read(who, Fields("autoencoder"));
        var configuration = new ResShiftConfiguration
        {
            Task = metadata["task"],
            Scale = task.Scale,
            Autoencoder = autoencoder,
            Denoiser = ConfigurationReader.Denoiser(who, Fields("denoiser"), autoencoder.EmbedDim),
            Diffusion = ConfigurationReader.Diffusion(who, Fields("diffusion")),
        };
        configuration.Validate(who);
        return configuration;

        ConfigurationFields Fields(string name) => ConfigurationFields.Of(who, metadata, name);
    }

    public override ModelConfiguration FromParts(IReadOnlyList<NetworkPart> parts, ModelTask task)
    {
        var (denoiser, autoencoder, preset) = (parts[0], parts[1], (ResShiftTask)task);
        var (network, coder) = (ShapeInference.Denoiser(denoiser, preset), ShapeInference.Autoencoder(autoencoder));
        var downscale = task.Scale << network.FeatureExtractorStages;
        if (coder.Downscale != downscale || coder.EmbedDim != network.OutChannels)
        {
            throw new SrkException(
                autoencoder.Description, $"an autoencoder of 1/{downscale} with latents of {network.OutChannels} channels, as '{denoiser.Description}' takes",
                $"one of 1/{coder.Downscale} with {coder.EmbedDim}",
                $"take {PublishedFiles.AutoencoderOf(task)}");
        }

        var configuration = new ResShiftConfiguration { Task = task.Name, Scale = task.Scale, Denoiser = network, Autoencoder = coder, Diffusion = preset.Diffusion };
        configuration.Validate(denoiser.Description);
        return configuration;
    }

    // The tasks at x4 have the same networks; those of the others are told by their files alone.
    public override ModelConfiguration? Published(ModelTask task) => task is ResShiftTask { Scale: 4 } preset
        ? new ResShiftConfiguration { Task = task.Name, Denoiser = new UNetConfiguration { LqSize = preset.LqSize }, Diffusion = preset.Diffusion }
        : null;

    public override void BuildNetwork(NetworkPart part, ModelConfiguration? own, WeightScope weights)
    {
        if (part.Role == Denoiser) new SwinUNet(weights, DenoiserOf(part, own)).Dispose();
        else new VqAutoencoder(weights, AutoencoderOf(part, own)).Dispose();
    }

    public override string Describe(NetworkPart part, ModelConfiguration? own)
    {
        if (part.Role == Autoencoder) return AutoencoderOf(part, own).ToText();
        var u = DenoiserOf(part, own);
        return $"{u.ModelChannels} channels x ({string.Join(", ", u.ChannelMult)}), blocks ({string.Join(", ", u.NumResBlocks)}), "
            + $"Swin {u.SwinEmbedDim} wide, {u.NumHeads} heads, windows of {u.WindowSize}, depth {u.SwinDepth}, MLP x{u.MlpRatio:g3}, groups {u.Groups}"
            + $"{(u.CondMask ? ", reads a mask" : "")}";
    }

    /// <inheritdoc cref="ResShiftConfiguration.FromFile"/>
    public ModelConfiguration FromFile(WeightFile file, string? task)
    {
        if (OwnFormat.Is(file)) return OwnFormat.Read(file, task);
        if (task is null)
            throw new SrkException(Path.GetFileName(file.Path), "metadata that says what the model is", "none of ours", "say it with --task");
        return FromParts([.. Roles.Select(role => new NetworkPart(file, this, role, role + "."))], ModelTask.Find(task));
    }

    private static UNetConfiguration DenoiserOf(NetworkPart part, ModelConfiguration? own) =>
        (own as ResShiftConfiguration)?.Denoiser ?? ShapeInference.Denoiser(part, ResShiftTask.All[0]);

    private static AutoencoderConfiguration AutoencoderOf(NetworkPart part, ModelConfiguration? own) =>
        (own as ResShiftConfiguration)?.Autoencoder ?? ShapeInference.Autoencoder(part);
}
