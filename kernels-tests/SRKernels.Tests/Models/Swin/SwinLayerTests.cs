using System.Text.Json;
using SRKernels.Kernels;
using SRKernels.Kernels.Attention;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.ResShift;
using SRKernels.Models.Weights;
using Xunit;

namespace SRKernels.Tests.Models.Swin;

public sealed class SwinLayerTests
{
    public static TheoryData<string, string, ExecutionKind> Parts()
    {
        var data = new TheoryData<string, string, ExecutionKind>();
        foreach (var golden in GoldenFolder.OfKind("swin_trace"))
            foreach (var part in golden.GetProperty("parts").EnumerateArray())
                foreach (var kind in new[] { ExecutionKind.Reference, ExecutionKind.Cpu })
                    data.Add(golden.GetProperty("file").GetString()!, part.GetProperty("name").GetString()!, kind);
        return data;
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void MatchesPyTorch_BlockByBlock(string file, string name, ExecutionKind kind)
    {
        var part = GoldenFolder.Case(file).GetProperty("parts").EnumerateArray().Single(p => p.GetProperty("name").GetString() == name);
        var tensors = new GoldenFile(file);
        var shape = Shape(GoldenConfiguration.Network(part, "layer"));
        using var cx = new KernelContext(kind, threads: 2);
        using var layer = new SwinLayer(new WeightScope(GoldenConfiguration.Weights(part, "layer")), shape);
        var golden = new GoldenTrace(tensors, GoldenConfiguration.Strings(part, "outputs"));
        cx.Trace = new WindowedTrace(golden, name, shape.Window, block => layer.Blocks[block].Shift);
        using var input = GoldenTensors.Rent(cx, tensors, GoldenConfiguration.Strings(part, "inputs").Single());
        using var result = layer.Forward(cx, input);
        foreach (var key in GoldenConfiguration.Strings(part, "outputs"))
        {
            var words = key.Split('.');
            if (words[^1] == "mask") golden.Compare(key, Mask(tensors.Shape(key), input.Shape, shape.Window, layer.Blocks[int.Parse(words[2])].Shift));
            if (words[^1] == "rel_bias") golden.Compare(key, Bias(layer.Blocks[int.Parse(words[2])].Bias));
        }

        golden.AssertWithin(TensorComparison.BlockNmse, TensorComparison.WorstElement, kind.ToString());
    }

    private static SwinShape Shape(JsonElement n)
    {
        var shifts = GoldenConfiguration.Ints(n.GetProperty("derived"), "shift_of_block");
        var embed = GoldenConfiguration.Int(n, "embed_dim");
        return new SwinShape(
            GoldenConfiguration.Int(n, "in_chans"), embed, GoldenConfiguration.Int(n, "num_heads"),
            GoldenConfiguration.Ints(n.GetProperty("derived"), "window_of_block")[0], GoldenConfiguration.Int(n, "depth"),
            Shifted: shifts.Any(s => s > 0), (int)(embed * n.GetProperty("mlp_ratio").GetDouble()), n.GetProperty("patch_norm").GetBoolean(),
            GoldenConfiguration.Int(n, "groups"), n.GetProperty("norm_eps").GetSingle());
    }

    // 1 where -100 is added
    private static float[] Mask(int[] stored, Shape map, int window, int shift)
    {
        var (rows, columns, tokens) = (map.H / window, map.W / window, window * window);
        var mask = new float[rows * columns * tokens * tokens];
        for (var k = 0; k < mask.Length; k++)
        {
            var (w, i, j) = (k / (tokens * tokens), k / tokens % tokens, k % tokens);
            mask[k] = WindowAttention.MaskAt(w / columns, rows, i, j, window, shift) == 0 ? 0 : 1;
        }

        Assert.Equal(stored.Aggregate(1, (a, b) => a * b), mask.Length);
        return mask;
    }

    private static float[] Bias(RelativePositionBias bias)
    {
        var n = bias.Tokens;
        var values = new float[bias.Heads * n * n];
        for (var k = 0; k < values.Length; k++) values[k] = bias.At(k / (n * n), k / n % n, k % n);
        return values;
    }

    /// <summary>
    /// Shows the golden what it stores in windows ([batch windows, tokens, channels], after the shift) from our unrolled maps: attn.in is norm1,
    /// attn is proj's result.
    /// </summary>
    private sealed class WindowedTrace(GoldenTrace golden, string part, int window, Func<int, int> shiftOf) : ITensorTrace
    {
        public bool Wants(string name) => golden.Wants(Key(name)) || WindowedKey(name) is { } key && golden.Wants(key);

        public void Record(string name, Shape shape, ReadOnlySpan<float> values)
        {
            if (golden.Wants(Key(name))) golden.Record(Key(name), shape, values);
            if (WindowedKey(name) is { } key && golden.Wants(key)) golden.Compare(key, Windows(shape, values, shiftOf(int.Parse(name.Split('.')[1]))));
        }

        // The layer itself is traced under its own (empty) path.
        private string Key(string name) => name.Length == 0 ? $"{part}.out" : $"{part}.{name.TrimStart('.')}";

        private string? WindowedKey(string name) =>
            name.EndsWith(".norm1", StringComparison.Ordinal) ? Key(name.Replace(".norm1", ".attn.in", StringComparison.Ordinal))
            : name.EndsWith(".attn.proj", StringComparison.Ordinal) ? Key(name.Replace(".attn.proj", ".attn", StringComparison.Ordinal))
            : null;

        private float[] Windows(Shape s, ReadOnlySpan<float> pixels, int shift)
        {
            var result = new float[s.Count];
            var next = 0;
            for (var n = 0; n < s.N; n++)
                for (var wy = 0; wy < s.H; wy += window)
                    for (var wx = 0; wx < s.W; wx += window)
                        for (var token = 0; token < window * window; token++)
                        {
                            var y = (wy + (token / window) + shift) % s.H;
                            var x = (wx + (token % window) + shift) % s.W;
                            pixels.Slice((((n * s.H) + y) * s.W + x) * s.C, s.C).CopyTo(result.AsSpan(next));
                            next += s.C;
                        }

            return result;
        }
    }
}
