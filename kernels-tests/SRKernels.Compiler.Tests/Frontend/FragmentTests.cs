using System.Runtime.CompilerServices;
using System.Text.Json;
using SRKernels.Conformance;
using SRKernels.Intrinsics;
using Xunit;

namespace SRKernels.Compiler.Tests.Frontend;

/// <summary>
/// The plain C# of the tensor-core members against the fragment layouts that the maker of the hardware publishes
/// (Goldens/mma_fragments.json): neither the kernels nor the emulator define them.
/// </summary>
public class FragmentTests
{
    [Theory]
    [InlineData("m16n8k16 f16|bf16 -> f32", 16, "half")]
    [InlineData("m16n8k16 f16|bf16 -> f32", 16, "bfloat16")]
    [InlineData("m16n8k8 f16|bf16 -> f32", 8, "half")]
    [InlineData("m16n8k8 f16|bf16 -> f32", 8, "bfloat16")]
    [InlineData("m16n8k8 tf32 -> f32", 8, "tf32")]
    public void ProductUsesThePublishedFragments(string shape, int depth, string format)
    {
        JsonElement fragments = Golden().RootElement.GetProperty("fragments").GetProperty(shape);
        float[] a = Numbers(16 * depth, 3);
        float[] b = Numbers(depth * 8, 5);
        float[] c = Numbers(16 * 8, 7);
        var d = new float[16 * 8];
        IlgpuCpuBackend.RunOnThreads((1, 1, 1), (32, 1, 1), () =>
        {
            int lane = ILGPU.Warp.LaneIdx;
            uint[] ra = Registers(fragments.GetProperty("A")[lane], (row, column) => a[(row * depth) + column], format);
            uint[] rb = Registers(fragments.GetProperty("B")[lane], (n, k) => b[(k * 8) + n], format);
            float[] rc = [.. Places(fragments.GetProperty("C")[lane]).Select(p => c[(p.Row * 8) + p.Column])];
            var sum = new Accumulator4 { C0 = rc[0], C1 = rc[1], C2 = rc[2], C3 = rc[3] };
            sum = (depth, format) switch
            {
                (16, "half") => TensorCore.MultiplyAddHalf(Four(ra), Two(rb), sum),
                (16, _) => TensorCore.MultiplyAddBFloat16(Four(ra), Two(rb), sum),
                (_, "half") => TensorCore.MultiplyAddHalf(Two(ra), rb[0], sum),
                (_, "bfloat16") => TensorCore.MultiplyAddBFloat16(Two(ra), rb[0], sum),
                _ => TensorCore.MultiplyAddTf32(Four(ra), Two(rb), sum),
            };
            float[] rd = [sum.C0, sum.C1, sum.C2, sum.C3];
            int i = 0;
            foreach ((int row, int column) in Places(fragments.GetProperty("C")[lane])) d[(row * 8) + column] = rd[i++];
        });
        for (int row = 0; row < 16; row++)
            for (int column = 0; column < 8; column++)
            {
                float expected = c[(row * 8) + column];
                for (int k = 0; k < depth; k++) expected += a[(row * depth) + k] * b[(k * 8) + column];
                Assert.True(expected == d[(row * 8) + column],
                    $"{shape} {format}: D[{row}, {column}] expected {expected}, got {d[(row * 8) + column]}");
            }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("trans")]
    public unsafe void LoadMatrixUsesThePublishedLayout(string kind)
    {
        JsonElement layout = Golden().RootElement.GetProperty("ldmatrix").GetProperty(kind);
        void* memory = System.Runtime.InteropServices.NativeMemory.AlignedAlloc(128, 16);
        var matrix = (ushort*)memory;
        for (int i = 0; i < 64; i++) matrix[i] = (ushort)((i / 8 * 16) + (i % 8));
        var got = new uint[32];
        IlgpuCpuBackend.RunOnThreads((1, 1, 1), (32, 1, 1), () =>
        {
            int lane = ILGPU.Warp.LaneIdx;
            ref ushort row = ref Unsafe.AsRef<ushort>(matrix + (lane % 8 * 8));
            got[lane] = kind == "plain" ? TensorCore.LoadMatrix1(ref row) : TensorCore.LoadMatrix1Transposed(ref row);
        });
        System.Runtime.InteropServices.NativeMemory.AlignedFree(memory);
        for (int lane = 0; lane < 32; lane++)
        {
            (int Row, int Column)[] places = [.. Places(layout[lane])];
            uint expected = (uint)((places[0].Row * 16) + places[0].Column) | (
                (uint)((places[1].Row * 16) + places[1].Column) << 16);
            Assert.True(expected == got[lane],
                $"ldmatrix {kind}, lane {lane}: expected 0x{expected:x8}, got 0x{got[lane]:x8}");
        }
    }

    private static uint[] Registers(JsonElement lane, Func<int, int, float> element, string format)
    {
        float[] values = [.. Places(lane).Select(p => element(p.Row, p.Column))];
        if (format == "tf32") return Array.ConvertAll(values, BitConverter.SingleToUInt32Bits);
        var registers = new uint[values.Length / 2];
        for (int i = 0; i < registers.Length; i++)
            registers[i] = format == "half"
                ? BitConverter.HalfToUInt16Bits((Half)values[2 * i]) | (
                    (uint)BitConverter.HalfToUInt16Bits((Half)values[(2 * i) + 1]) << 16)
                : BFloat16.Pack((BFloat16)values[2 * i], (BFloat16)values[(2 * i) + 1]);
        return registers;
    }

    private static IEnumerable<(int Row, int Column)> Places(JsonElement lane)
    {
        foreach (JsonElement place in lane.EnumerateArray()) yield return (place[0].GetInt32(), place[1].GetInt32());
    }

    private static Registers2 Two(uint[] r) => new() { R0 = r[0], R1 = r[1] };

    private static Registers4 Four(uint[] r) => new() { R0 = r[0], R1 = r[1], R2 = r[2], R3 = r[3] };

    /// <summary>Whole numbers, so that sums are exact in any order.</summary>
    private static float[] Numbers(int count, int seed) =>
        [.. Enumerable.Range(0, count).Select(i => (float)(((i * seed * 37) % 15) - 7))];

    private static JsonDocument Golden([CallerFilePath] string path = "") =>
        JsonDocument.Parse(File.ReadAllText(
            Path.Combine(Path.GetDirectoryName(path)!, "../../Goldens/mma_fragments.json")));
}
