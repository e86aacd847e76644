namespace SRKernels.Benchmarks.Rivals;

/// <summary>Who takes part.</summary>
internal static class Contenders
{
    public const string Ours = "ours";
    public const string OnnxRuntime = "onnxruntime";
    public const string PyTorch = "pytorch";
    public const string PyTorchChannelsLast = "pytorch-channels-last";

    public static IReadOnlyList<string> Rivals { get; } = [OnnxRuntime, PyTorch, PyTorchChannelsLast];
}
