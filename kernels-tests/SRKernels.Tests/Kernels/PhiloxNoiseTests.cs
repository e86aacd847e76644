using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Noise;
using SRKernels.Kernels.Tensors;
using Xunit;

namespace SRKernels.Tests.Kernels;

public class PhiloxNoiseTests : OpTest
{
    private const int MostUlps = 8;

    // The known-answer vectors published with Random123 for philox4x32, 10 rounds: counter, key, result.
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627E8D5u, 0xE169C58Du, 0xBC57AC4Cu, 0x9B00DBD8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408F276Du, 0x41C83B0Eu, 0xA20BC7C6u, 0x6D5451FDu)]
    [InlineData(0x243F6A88u, 0x85A308D3u, 0x13198A2Eu, 0x03707344u, 0xA4093822u, 0x299F31D0u,
        0xD16CFE09u, 0x94FDCCEBu, 0x5001E420u, 0x24126EA1u)]
    public void EqualsPublishedVectors(
        uint x, uint y, uint z, uint w, uint keyA, uint keyB, uint a, uint b, uint c, uint d) =>
        Assert.Equal((a, b, c, d), Philox.Block(x, y, z, w, keyA, keyB));

    // More threads than values, several calls a thread with a tail, several images; a counter about to carry into its upper half.
    [Theory]
    [InlineData(1, 5, 3, 1, 256, 0ul, 0ul)]
    [InlineData(2, 9, 7, 3, 32, 12345ul, 6ul)]
    [InlineData(1, 16, 16, 3, 512, 0xFEDCBA9876543210ul, 0xFFFFFFFFul)]
    [InlineData(1, 1, 1, 4, 1, ulong.MaxValue, ulong.MaxValue)]
    public void DevicesDrawTheSameNumbers(int n, int h, int w, int c, int threads, ulong seed, ulong counter)
    {
        var shape = new Shape(n, h, w, c);
        float[]? expected = null;
        OnEveryDevice((device, cx) =>
        {
            using var y = PhiloxNoise.Draw(cx, shape, seed, counter, threads);
            var actual = cx.Read(y);
            expected ??= actual;
            CheckUlps(device, shape, expected, actual);
        }, Devices.All);
    }

    [Fact]
    public void DrawsInPyTorchsOrder() => OnEveryDevice((device, cx) =>
    {
        var planes = new float[2 * 3 * 20];
        PhiloxNoise.Fill(planes, 7, 1, 16);
        using var y = PhiloxNoise.Draw(cx, new Shape(2, 4, 5, 3), 7, 1, 16);
        CheckUlps(device, y.Shape, planes, SRKernels.Tests.Models.GoldenTensors.ToNchw(y.Shape, cx.Read(y)));
    }, Devices.All);

    [Fact]
    public void OneRecordingServesEverySeed() => TestDevices.Use(Devices.Interpreter, engine =>
    {
        var recorder = new GpuRecorder(engine.Device.Info, Precision.Fp32);
        using var cx = new KernelContext(recorder, engine);
        var shape = new Shape(1, 3, 5, 3);
        var state = recorder.State<int>(default(PhiloxState).Words);
        using var y = PhiloxNoise.DrawAt(cx, new NoiseDraws(shape, 1, 8), state);
        float[] drawn = [];
        recorder.Fetch<float>(GpuView.Of(y), values => drawn = values.ToArray());
        using var program = new GpuProgram(engine, recorder);
        foreach (var seed in new[] { 0xFFFFFFFF00000000, 0x29000000FFul })
        {
            program.Upload<int>(state, new PhiloxState(seed, 0xFFFFFFFF).Words);
            program.Start(0);
            program.Fetch();
            using var host = new KernelContext(ExecutionKind.Cpu, 1);
            using var expected = PhiloxNoise.Draw(host, shape, seed, 0xFFFFFFFF, 8);
            CheckUlps($"seed {seed}", shape, host.Read(expected), drawn);
        }
    });

    // A tile makes the numbers that the picture's field has in its place, of every draw and image; a counter that carries between the draws.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WindowsHaveTheFieldsNumbers(bool repeatFirst) => TestDevices.Run(Devices.All, Precision.Fp32, (device, cx) =>
    {
        const int Threads = 64, H = 5, W = 3, Top = 3, Left = 2;
        const ulong Seed = 0x123456789ABCDEF0, Counter = 0xFFFFFFFD;
        var field = new Shape(2, 9, 7, 3);
        var draws = new NoiseDraws(field, 3, Threads, repeatFirst);
        using var y = PhiloxNoise.DrawAllAt(cx, draws, H, W, cx.Gpu.Constant<int>(new PhiloxState(Seed, Counter, Top, Left).Words));
        using var host = new KernelContext(ExecutionKind.Cpu, 1);
        for (var draw = 0; draw < draws.Count; draw++)
        {
            var counter = Counter + (ulong)(draw * draws.Calls);
            using var whole = PhiloxNoise.Draw(host, field, Seed, counter, Threads);
            using var there = PhiloxNoise.Draw(cx, field, Seed, counter, Threads);
            using var part = y[draw];
            var actual = cx.Read(part);
            CheckUlps($"{device}, draw {draw}", part.Shape, Window(host.Read(whole)), actual);
            TensorAssert.SameBytes($"PhiloxNoise on {device}, draw {draw}, window against the whole field", Window(cx.Read(there)), actual);
        }

        float[] Window(float[] whole)
        {
            var list = new List<float>();
            for (var n = 0; n < field.N; n++)
                for (var i = 0; i < H; i++)
                    for (var j = 0; j < W; j++)
                        for (var k = 0; k < field.C; k++)
                            list.Add(whole[(((((((repeatFirst ? 0 : n) * field.H) + Top + i) * field.W) + Left + j) * field.C) + k)]);
            return [.. list];
        }
    });

    [Fact]
    public void RefusesAWindowBeyondTheField() => TestDevices.Use(Devices.Interpreter, engine =>
    {
        var recorder = new GpuRecorder(engine.Device.Info, Precision.Fp32);
        using var cx = new KernelContext(recorder, engine);
        var error = Assert.Throws<SRKernels.Runtime.SrkException>(
            () => PhiloxNoise.DrawAllAt(cx, new NoiseDraws(new Shape(1, 4, 4, 3), 1, 8), 5, 4, recorder.State<int>(default(PhiloxState).Words)));
        Assert.Contains("field [1,4,4,3]", error.Message, StringComparison.Ordinal);
    });

    private static void CheckUlps(string device, Shape shape, float[] expected, float[] actual)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            var ulps = Math.Abs((double)actual[i] - expected[i]) / (MathF.BitIncrement(MathF.Abs(expected[i])) - MathF.Abs(expected[i]));
            Assert.True(ulps <= MostUlps, $"PhiloxNoise on {device}, {shape}: element {i} expected {expected[i]:g9}, got {actual[i]:g9}, {ulps} ulps");
        }
    }
}
