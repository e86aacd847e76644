using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models;
using SRKernels.Models.ResShift;
using SRKernels.Models.Sampling;
using SRKernels.Models.Weights;

namespace SRKernels.Benchmarks.Rivals;

/// <summary>This library on the processor.</summary>
internal sealed class OurContender : IContender
{
    private readonly RivalOptions _options;
    private readonly KernelContext _cx;
    private readonly ResidualShiftModel _model;
    private readonly IChain _chain;
    private readonly Tensor _picture;
    private readonly Tensor _enlarged;
    private readonly Tensor _latent;
    private Tensor? _result;

    public OurContender(RivalOptions options, RivalFiles files)
    {
        _options = options;
        _cx = new KernelContext(ExecutionKind.Cpu, options.Threads);
        using (var file = SafetensorsFile.Open(files.Weights))
        {
            var root = new WeightScope(file);
            _model = new ResidualShiftModel(
                options.Configuration(), root[ResShiftConfiguration.DenoiserPrefix.TrimEnd('.')], root[ResShiftConfiguration.AutoencoderPrefix.TrimEnd('.')]);
        }

        _chain = Chain.Create(_model.Configuration.Diffusion);
        _picture = files.Read(_cx, "picture.f32", options.Size);
        _enlarged = files.Read(_cx, "enlarged.f32", RivalOptions.Scale * options.Size);
        _latent = files.Read(_cx, "latent.f32", options.Size);
    }

    public string Version => typeof(ResidualShiftModel).Assembly.GetName().Version?.ToString(3) ?? "";

    public void Run(Part part)
    {
        _result?.Dispose();
        _result = part switch
        {
            Part.Encode => _model.Autoencoder.Encode(_cx, _enlarged),
            Part.Step => _model.Denoiser.Forward(_cx, _latent, [1f], _picture),
            Part.Decode => _model.Autoencoder.Decode(_cx, _latent),
            _ => Whole(),
        };
    }

    public float[] Result() => RivalFiles.Planes(_result!);

    public void Dispose()
    {
        _model.Dispose();
        _cx.Dispose();
    }

    private Tensor Whole()
    {
        using var zy = _model.Encode(_cx, _picture);
        using var x0 = _model.Sample(_cx, zy, _picture, _chain, new DrawnNoise(new TorchCpuNoise((ulong)_options.Seed)));
        return _model.Decode(_cx, x0);
    }
}
