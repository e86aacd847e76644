using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Noise;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.ResShift;
using SRKernels.Models.Sampling;
using SRKernels.Models.Tiling;
using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models.Sampling;

/// <summary>Chains whose noise the device draws itself, on every device: the processor's numbers, and the generator left where the processor leaves it.</summary>
public sealed class DeviceNoiseTests
{
    private const int Steps = 4;

    // Fewer threads than values, so that a thread is called more than once a draw.
    private static readonly CudaNoiseMapping s_mapping = new(1, 64, 32);

    [Theory]
    [InlineData(false, SamplingRule.Ancestral)]
    [InlineData(true, SamplingRule.Ancestral)]
    [InlineData(false, SamplingRule.OneStep)]
    [InlineData(false, SamplingRule.Ddim)]
    public void BatchAfterBatchGoesOnAsOnTheProcessor(bool repeatFirst, object rule) => TestDevices.Run(Devices.All, Precision.Fp32, (device, cx) =>
    {
        var chain = ChainOf((SamplingRule)rule);
        using var host = new KernelContext(ExecutionKind.Cpu, 1);
        var (there, here) = (Source(), Source());
        foreach (var shape in new[] { new Shape(2, 6, 5, 3), new Shape(1, 3, 4, 3), new Shape(3, 6, 5, 3) })
        {
            using var actual = Run(cx, chain, shape, new DrawnNoise(there, repeatFirst));
            using var expected = Run(host, chain, shape, new DrawnNoise(here, repeatFirst));
            TensorAssert.Close($"chain {rule} of {shape} on {device}", host.Read(expected), cx.Read(actual));
        }

        // Of all that was uploaded the latents are the largest: the noise of one draw would be as large.
        Assert.Equal(3, cx.Gpu.Places.Count(p => p is { IsState: false, Content.Length: > 64 }));
        AssertSamePosition(here, there);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TilesOfOneRecordingGetTheirOwnNoise(bool ofOneField)
    {
        foreach (var device in TestDevices.Present(Devices.All)) TestDevices.Use(device, engine =>
        {
            var tile = new Shape(1, 6, 5, 3);
            var field = ofOneField ? new Shape(1, 9, 11, 3) : tile;
            var chain = ChainOf(SamplingRule.Ancestral);
            var recorder = new GpuRecorder(engine.Device.Info, Precision.Fp32);
            using var cx = new KernelContext(recorder, engine);
            using var host = new KernelContext(ExecutionKind.Cpu, 1);
            INoiseSource there = new ContinuedNoise(Source()), here = Source();
            var noise = RecordedNoise.Of(recorder, new NoiseDraws(field, chain.Draws, ICountedSource.In(there)!.ThreadsFor(field.Count)));
            float[] got = [];
            using (var y = Run(cx, chain, tile, noise)) recorder.Fetch<float>(GpuView.Of(y), values => got = values.ToArray());
            noise.Release();
            using var program = new GpuProgram(engine, recorder);
            for (var picture = 0; picture < 2; picture++)
            {
                using var fieldThere = new NoiseField(host, there, field, chain.Draws);
                using var fieldHere = new NoiseField(host, here, field, chain.Draws);
                foreach (var (top, left) in new[] { (0, 0), (3, 6), (2, 1) })
                {
                    noise.Fill(program, host, ofOneField ? fieldThere.At(top, left) : new DrawnNoise(there));
                    program.Start(0);
                    program.Fetch();
                    using var expected = Run(host, chain, tile, ofOneField ? fieldHere.At(top, left) : new DrawnNoise(here));
                    TensorAssert.Close($"tile at ({top},{left}) of picture {picture} on {device}", host.Read(expected), got);
                }
            }

            AssertSamePosition(here, there);
        });
    }

    [Fact]
    public void OtherGeneratorsAreDrawnByTheProcessor()
    {
        Assert.Null(ICountedSource.In(null));
        Assert.Null(ICountedSource.In(new TorchCpuNoise(1)));
        Assert.Null(ICountedSource.In(new ContinuedNoise(new TorchCpuNoise(1))));
        Assert.NotNull(ICountedSource.In(new ContinuedNoise(new ContinuedNoise(Source()))));
        var error = Assert.Throws<InvalidOperationException>(() => new DrawnNoise(new TorchCpuNoise(1)).State(new NoiseDraws(new Shape(1, 2, 2, 3), 1, 4)));
        Assert.Contains("counted source", error.Message, StringComparison.Ordinal);
    }

    private static TorchCudaNoise Source() => new(0x1234567800000003, s_mapping);

    private static IChain ChainOf(SamplingRule rule) =>
        Chain.Create(new DiffusionConfiguration { Steps = Steps, MinNoiseLevel = 0.2, Sampling = rule });

    private static Tensor Run(KernelContext cx, IChain chain, Shape shape, ILatentNoise noise)
    {
        using var zy = OpTest.Random(cx, shape, seed: 5);
        return chain.Run(cx, zy, new SiluDenoiser(), noise);
    }

    private static void AssertSamePosition(INoiseSource expected, INoiseSource actual)
    {
        var (a, b) = (new float[70], new float[70]);
        expected.Fill(a);
        actual.Fill(b);
        Assert.Equal(a, b);
    }

    /// <summary>In place of a network: what matters here is the noise.</summary>
    private sealed class SiluDenoiser : IDenoiser
    {
        public Tensor Predict(KernelContext cx, Tensor scaled, int timestep) => Silu.Apply(cx, scaled);
    }
}
