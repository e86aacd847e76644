using System.Text.Json;
using SRKernels.Emulation;
using Xunit;

namespace SRKernels.Compiler.Tests.Emulation;

/// <summary>
/// mma.sync, ldmatrix and cp.async. The published layouts spread the matrices over the lanes here as well, read by the
/// tests themselves from kernels-tests/Goldens, and every product is compared with three plain loops.
/// </summary>
public class MatrixTests
{
    private static readonly JsonElement Published = ReadPublished();

    private static JsonElement ReadPublished()
    {
        using var stream = typeof(EmulatedMemory).Assembly.GetManifestResourceStream("mma_fragments.json")!;
        return JsonDocument.Parse(stream).RootElement.Clone();
    }

    private static (int Row, int Column)[][] Places(string shape, string operand) =>
        [.. Published.GetProperty("fragments").GetProperty(shape).GetProperty(operand).EnumerateArray()
            .Select(lane => lane.EnumerateArray().Select(p => (p[0].GetInt32(), p[1].GetInt32())).ToArray())];

    // Small integers: exact in every format and in every order of summation.
    private static float[,] Matrix(int rows, int columns, int seed)
    {
        var matrix = new float[rows, columns];
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++)
                matrix[r, c] = ((r * 7) + (c * 3) + (r * c) + seed) % 9 - 4;
        return matrix;
    }

    private static uint Encode(float value, string type) => type switch
    {
        "f16" => BitConverter.HalfToUInt16Bits((Half)value),
        "bf16" => BitConverter.SingleToUInt32Bits(value) >> 16,
        _ => BitConverter.SingleToUInt32Bits(value),
    };

    private static uint[] Spread(float[,] matrix, (int Row, int Column)[][] places, string type)
    {
        var perRegister = type is "f16" or "bf16" ? 2 : 1;
        var registers = places[0].Length / perRegister;
        var words = new uint[32 * registers];
        for (var lane = 0; lane < 32; lane++)
            for (var i = 0; i < places[lane].Length; i++)
                words[(lane * registers) + (i / perRegister)] |= Encode(matrix[places[lane][i].Row, places[lane][i].Column], type) << (16 * (i % perRegister));
        return words;
    }

    [Theory]
    [InlineData("m16n8k16", "f16", "f32", "m16n8k16 f16|bf16 -> f32", 16)]
    [InlineData("m16n8k16", "bf16", "f32", "m16n8k16 f16|bf16 -> f32", 16)]
    [InlineData("m16n8k16", "f16", "f16", "m16n8k16 f16|bf16 -> f32", 16)]
    [InlineData("m16n8k8", "f16", "f32", "m16n8k8 f16|bf16 -> f32", 8)]
    [InlineData("m16n8k8", "bf16", "f32", "m16n8k8 f16|bf16 -> f32", 8)]
    [InlineData("m16n8k8", "f16", "f16", "m16n8k8 f16|bf16 -> f32", 8)]
    [InlineData("m16n8k8", "tf32", "f32", "m16n8k8 tf32 -> f32", 8)]
    [InlineData("m16n8k4", "tf32", "f32", "m16n8k4 tf32 -> f32", 4)]
    public void ProductIsThatOfPlainLoops(string shape, string input, string output, string layout, int k)
    {
        var (a, b, c) = (Matrix(16, k, 1), Matrix(8, k, 2), Matrix(16, 8, 3));
        uint[][] operands = [Spread(a, Places(layout, "A"), input), Spread(b, Places(layout, "B"), input), Spread(c, Places(layout, "C"), output)];
        int[] registers = [.. operands.Select(o => o.Length / 32)];
        var body = "mov.u32 %r1, %laneid;\n";
        var offset = 0;
        string[] names = new string[3];
        for (var operand = 0; operand < 3; operand++)
        {
            body += $"mul.wide.u32 %rd2, %r1, {4 * registers[operand]}; add.s64 %rd2, %rd0, %rd2;\n";
            names[operand] = "{" + string.Join(",", Enumerable.Range(0, registers[operand]).Select(i => $"%r{10 + (10 * operand) + i}")) + "}";
            for (var i = 0; i < registers[operand]; i++) body += $"ld.global.b32 %r{10 + (10 * operand) + i}, [%rd2+{offset + (4 * i)}];\n";
            offset += 128 * registers[operand];
        }

        // The accumulator is its own result, as in a loop over k.
        body += $"mma.sync.aligned.{shape}.row.col.{output}.{input}.{input}.{output} {names[2]}, {names[0]}, {names[1]}, {names[2]};\n"
            + $"mul.wide.u32 %rd2, %r1, {4 * registers[2]}; add.s64 %rd2, %rd1, %rd2;\n";
        for (var i = 0; i < registers[2]; i++) body += $"st.global.b32 [%rd2+{4 * i}], %r{30 + i};\n";
        var actual = PtxText.RunClean(PtxText.Kernel(body), 32, [.. operands[0], .. operands[1], .. operands[2]], 32 * registers[2]);
        var d = new float[16, 8];
        for (var row = 0; row < 16; row++)
        {
            for (var column = 0; column < 8; column++)
            {
                d[row, column] = c[row, column];
                for (var i = 0; i < k; i++) d[row, column] += a[row, i] * b[column, i];
            }
        }

        Assert.Equal(Spread(d, Places(layout, "C"), output), actual);
    }

    [Fact]
    public void Tf32OperandsLoseTheirLowBits()
    {
        var actual = PtxText.RunClean(PtxText.Kernel("""
            mov.b32 %r1, 0x3F801FFF; mov.b32 %r2, 0; mov.f32 %f1, 0f00000000;
            mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32 {%f1,%f2,%f3,%f4}, {%r1,%r1}, {%r1}, {%f1,%f1,%f1,%f1};
            st.global.f32 [%rd1], %f1;
            """), 32);
        Assert.Equal(4f, BitConverter.UInt32BitsToSingle(actual[0]));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(1, true)]
    [InlineData(4, true)]
    public void LoadMatrixGivesEachLaneItsElements(int count, bool transposed)
    {
        // Element (row, column) of matrix j is 64 j + 8 row + column; rows lie 16 bytes apart, shuffled by a factor of 3.
        var words = new uint[32 * 4];
        for (var row = 0; row < 32; row++)
            for (var column = 0; column < 8; column++)
                words[(row * 4) + (column / 2)] |= (uint)((row * 8) + column) << (16 * (column % 2));
        var destination = string.Join(",", Enumerable.Range(20, count).Select(i => $"%r{i}"));
        var actual = PtxText.RunClean(PtxText.Kernel($$"""
            .shared .align 16 .b8 s[512];
            mul.wide.u32 %rd2, %r0, 16; add.s64 %rd2, %rd0, %rd2; ld.global.v4.u32 {%r2,%r3,%r4,%r5}, [%rd2];
            mul.lo.u32 %r6, %r0, 3; and.b32 %r6, %r6, 31; shl.b32 %r6, %r6, 4; mov.u32 %r7, s; add.u32 %r7, %r7, %r6;
            st.shared.v4.u32 [%r7], {%r2,%r3,%r4,%r5};
            bar.sync 0;
            ldmatrix.sync.aligned.m8n8.x{{count}}{{(transposed ? ".trans" : "")}}.shared.b16 {{{destination}}}, [%r7];
            mul.wide.u32 %rd2, %r0, 16; add.s64 %rd2, %rd1, %rd2;
            {{string.Concat(Enumerable.Range(0, count).Select(i => $"st.global.b32 [%rd2+{4 * i}], %r{20 + i};\n"))}}
            """), 32, words, 128);
        var places = Published.GetProperty("ldmatrix").GetProperty(transposed ? "trans" : "plain");
        for (var lane = 0; lane < 32; lane++)
        {
            for (var j = 0; j < count; j++)
            {
                uint expected = 0;
                for (var half = 0; half < 2; half++)
                {
                    var place = places[lane][half];
                    expected |= (uint)((64 * j) + (8 * place[0].GetInt32()) + place[1].GetInt32()) << (16 * half);
                }

                Assert.True(expected == actual[(4 * lane) + j], $"lane {lane}, matrix {j}: expected 0x{expected:x}, got 0x{actual[(4 * lane) + j]:x}");
            }
        }
    }

    [Fact]
    public void LoadMatrixCountsBankConflicts()
    {
        foreach (var (stride, passes) in ((int, int)[])[(16, 4), (128, 32), (144, 4)])
        {
            var (_, result) = PtxText.Run(PtxText.Kernel($$"""
                .shared .align 16 .b8 s[5120];
                mul.lo.u32 %r6, %r0, {{stride}}; mov.u32 %r7, s; add.u32 %r7, %r7, %r6;
                ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r1,%r2,%r3,%r4}, [%r7];
                """), 32, options: new EmulatorOptions { CheckUninitialised = false });
            Assert.Empty(result.Findings);
            Assert.Equal(passes, result.Instructions.Sum(i => i.SharedPasses));
        }
    }

    [Fact]
    public void AsyncCopyArrivesAndFillsTheRestWithZeros()
    {
        var actual = PtxText.RunClean(PtxText.Kernel("""
            .shared .align 16 .b8 s[64];
            mov.u32 %r2, s; shl.b32 %r3, %r0, 4; add.u32 %r2, %r2, %r3; mul.wide.u32 %rd2, %r0, 16; add.s64 %rd3, %rd0, %rd2;
            shl.b32 %r4, %r0, 2;
            cp.async.ca.shared.global [%r2], [%rd3], 16, %r4;
            cp.async.wait_all;
            ld.shared.v4.u32 {%r5,%r6,%r7,%r8}, [%r2]; add.s64 %rd3, %rd1, %rd2; st.global.v4.u32 [%rd3], {%r5,%r6,%r7,%r8};
            """), 4, [.. Enumerable.Range(1, 16).Select(i => (uint)i)], 16);
        Assert.Equal([0, 0, 0, 0, 5, 0, 0, 0, 9, 10, 0, 0, 13, 14, 15, 0], actual);
    }

    [Fact]
    public void PipelineOfThreeStages()
    {
        // Each thread streams 8 words through a ring of 3 slots, two copies in flight, and adds them up.
        var actual = PtxText.RunClean(PtxText.Kernel("""
            .shared .align 16 .b8 s[384];
            mov.u32 %r2, s; shl.b32 %r3, %r0, 2; add.u32 %r2, %r2, %r3; cvt.u64.u32 %rd3, %r3; add.s64 %rd3, %rd0, %rd3;
            mov.u32 %r1, 0; mov.u32 %r4, 0;
            cp.async.ca.shared.global [%r2], [%rd3], 4; cp.async.commit_group;
            cp.async.ca.shared.global [%r2+128], [%rd3+128], 4; cp.async.commit_group;
            mov.u32 %r5, 2;
            LOOP:
            cp.async.wait_group 1; bar.sync 0;
            rem.u32 %r6, %r4, 3; shl.b32 %r6, %r6, 7; add.u32 %r6, %r2, %r6; ld.shared.u32 %r7, [%r6]; add.u32 %r1, %r1, %r7;
            setp.ge.u32 %p1, %r5, 8; @%p1 bra SKIP;
            rem.u32 %r8, %r5, 3; shl.b32 %r8, %r8, 7; add.u32 %r8, %r2, %r8; mul.wide.u32 %rd4, %r5, 128; add.s64 %rd4, %rd3, %rd4;
            cp.async.ca.shared.global [%r8], [%rd4], 4;
            SKIP: cp.async.commit_group;
            add.u32 %r5, %r5, 1; add.u32 %r4, %r4, 1; setp.lt.u32 %p2, %r4, 8; @%p2 bra LOOP;
            mul.wide.u32 %rd9, %r0, 4; add.s64 %rd9, %rd1, %rd9; st.global.u32 [%rd9], %r1;
            """), 32, [.. Enumerable.Range(0, 256).Select(i => (uint)(i * i))], 32);
        for (var lane = 0; lane < 32; lane++)
            Assert.Equal((uint)Enumerable.Range(0, 8).Sum(i => ((i * 32) + lane) * ((i * 32) + lane)), actual[lane]);
    }
}
