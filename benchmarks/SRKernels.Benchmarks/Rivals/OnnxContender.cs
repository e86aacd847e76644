using Microsoft.ML.OnnxRuntime;
using SRKernels.Kernels;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.ResShift;
using SRKernels.Models.Sampling;

namespace SRKernels.Benchmarks.Rivals;

/// <summary>ONNX Runtime on the exported graphs. Bicubic and the chain's arithmetic, less than a hundredth of a run, are ours.</summary>
internal sealed class OnnxContender : IContender, IDenoiser
{
    private readonly RivalOptions _options;
    private readonly KernelContext _cx = new(ExecutionKind.Cpu, threads: 1);
    private readonly RunOptions _run = new();
    private readonly Dictionary<Part, InferenceSession> _sessions = [];
    private readonly IChain _chain;
    private readonly float[] _picture;
    private readonly float[] _enlarged;
    private readonly float[] _latent;
    private float[] _result = [];

    public OnnxContender(RivalOptions options, RivalFiles files)
    {
        _options = options;
        foreach (var part in new[] { Part.Encode, Part.Step, Part.Decode })
        {
            using var session = new SessionOptions
            {
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
                IntraOpNumThreads = options.Threads,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            };
            _sessions[part] = new InferenceSession(files.Graph(part), session);
        }

        _chain = Chain.Create(options.Configuration().Diffusion);
        (_picture, _enlarged, _latent) = (files.Read("picture.f32"), files.Read("enlarged.f32"), files.Read("latent.f32"));
    }

    public string Version => OrtEnv.Instance().GetVersionString();

    public void Run(Part part) => _result = part switch
    {
        Part.Encode => Encode(_enlarged),
        Part.Step => Step(_latent, 1),
        Part.Decode => Decode(_latent),
        _ => Whole(),
    };

    public float[] Result() => _result;

    public Tensor Predict(KernelContext cx, Tensor scaled, int timestep) =>
        RivalFiles.FromPlanes(cx, Step(RivalFiles.Planes(scaled), timestep), scaled.Shape.H);

    public void Dispose()
    {
        foreach (var session in _sessions.Values) session.Dispose();
        _run.Dispose();
        _cx.Dispose();
    }

    private float[] Encode(float[] image)
    {
        using var x = Image(image, RivalOptions.Scale * _options.Size);
        return Network(Part.Encode, ["image"], [x]);
    }

    private float[] Step(float[] latent, int timestep)
    {
        using var x = Image(latent, _options.Size);
        using var t = OrtValue.CreateTensorValueFromMemory([(long)timestep], [1]);
        using var lq = Image(_picture, _options.Size);
        return Network(Part.Step, ["x", "t", "lq"], [x, t, lq]);
    }

    private float[] Decode(float[] latent)
    {
        using var x = Image(latent, _options.Size);
        return Network(Part.Decode, ["latent"], [x]);
    }

    private float[] Whole()
    {
        using var picture = RivalFiles.FromPlanes(_cx, _picture, _options.Size);
        using var enlarged = BicubicResize.Apply(_cx, picture, RivalOptions.Scale);
        using var zy = RivalFiles.FromPlanes(_cx, Encode(RivalFiles.Planes(enlarged)), _options.Size);
        using var x0 = _chain.Run(_cx, zy, this, new DrawnNoise(new TorchCpuNoise((ulong)_options.Seed)));
        return Decode(RivalFiles.Planes(x0));
    }

    private float[] Network(Part part, string[] names, OrtValue[] inputs)
    {
        using var outputs = _sessions[part].Run(_run, names, inputs, ["y"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static OrtValue Image(float[] planes, int side) => OrtValue.CreateTensorValueFromMemory(planes, [1, 3, side, side]);
}
