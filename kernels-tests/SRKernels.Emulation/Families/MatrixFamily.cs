using System.Numerics;
using SRKernels.Emulation.Execution;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Families;

/// <summary>
/// mma.sync and ldmatrix. Which lane holds which element comes from <see cref="FragmentTables"/> alone. Each element of
/// D is the sum of the k products in ascending order plus C last, in double (the products are exact there), rounded once
/// to the accumulator's format; hardware keeps fewer bits and its order is not published, so results differ in last bits.
/// </summary>
internal static class MatrixFamily
{
    internal static OpRow[] Rows { get; } =
    [
        new("mma .sync .aligned .m16n8k16 >.row >.col .f32 .f16 .f16 .f32", "=4xf32 4xf16x2 2xf16x2 4xf32", m => Multiply("m16n8k16 f16|bf16 -> f32", m), sm: 80),
        new("mma .sync .aligned .m16n8k16 >.row >.col .f32 .bf16 .bf16 .f32", "=4xf32 4xbf16x2 2xbf16x2 4xf32", m => Multiply("m16n8k16 f16|bf16 -> f32", m), sm: 80),
        new("mma .sync .aligned .m16n8k16 >.row >.col .f16 .f16 .f16 .f16", "=2xf16x2 4xf16x2 2xf16x2 2xf16x2", m => Multiply("m16n8k16 f16|bf16 -> f32", m), sm: 80),
        new("mma .sync .aligned .m16n8k8 >.row >.col .f32 .f16 .f16 .f32", "=4xf32 2xf16x2 1xf16x2 4xf32", m => Multiply("m16n8k8 f16|bf16 -> f32", m), sm: 75),
        new("mma .sync .aligned .m16n8k8 >.row >.col .f32 .bf16 .bf16 .f32", "=4xf32 2xbf16x2 1xbf16x2 4xf32", m => Multiply("m16n8k8 f16|bf16 -> f32", m), sm: 80),
        new("mma .sync .aligned .m16n8k8 >.row >.col .f16 .f16 .f16 .f16", "=2xf16x2 2xf16x2 1xf16x2 2xf16x2", m => Multiply("m16n8k8 f16|bf16 -> f32", m), sm: 75),
        new("mma .sync .aligned .m16n8k8 >.row >.col .f32 .tf32 .tf32 .f32", "=4xf32 4xtf32 2xtf32 4xf32", m => Multiply("m16n8k8 tf32 -> f32", m), sm: 80),
        new("mma .sync .aligned .m16n8k4 >.row >.col .f32 .tf32 .tf32 .f32", "=4xf32 2xtf32 1xtf32 4xf32", m => Multiply("m16n8k4 tf32 -> f32", m), sm: 80),
        new("ldmatrix .sync .aligned .m8n8 .x1 [.trans] [.shared] .b16", "=1xb32 addr", m => LoadMatrix(1, m), sm: 75),
        new("ldmatrix .sync .aligned .m8n8 .x2 [.trans] [.shared] .b16", "=2xb32 addr", m => LoadMatrix(2, m), sm: 75),
        new("ldmatrix .sync .aligned .m8n8 .x4 [.trans] [.shared] .b16", "=4xb32 addr", m => LoadMatrix(4, m), sm: 75),
    ];

    private static bool WholeWarp(Warp warp, Ins ins, uint mask)
    {
        if (mask == Warp.Full) return true;
        warp.Report(FindingKind.DivergentInstruction, ins, $"warp {warp.Index} of block {warp.Block.Name}: only lanes {mask:x8} execute it");
        return false;
    }

    private static Exec Multiply(string shape, OpMatch m)
    {
        var fragments = FragmentTables.Shape(shape);
        var (input, output) = (m.Types[1], m.Types[0]);
        var k = fragments.K;
        var half = output == PtxType.F16;
        var perRegister = input == PtxType.TF32 ? 1 : 2;
        var (aRegisters, bRegisters) = (fragments.A.Length / 32 / perRegister, fragments.B.Length / 32 / perRegister);
        var dRegisters = half ? 2 : 4;
        return (warp, ins, mask) =>
        {
            if (!WholeWarp(warp, ins, mask)) return;
            Span<float> a = stackalloc float[16 * 16];
            Span<float> b = stackalloc float[8 * 16];
            Gather(warp, ins, dRegisters, aRegisters, fragments.A, k, input, a);
            Gather(warp, ins, dRegisters + aRegisters, bRegisters, fragments.B, k, input, b);
            var c = dRegisters + aRegisters + bRegisters;
            Span<double> sums = stackalloc double[4];
            for (var lane = 0; lane < 32; lane++)
            {
                for (var i = 0; i < 4; i++)
                {
                    var (row, column) = fragments.C[(lane * 4) + i];
                    sums[i] = Dot(a.Slice(row * k, k), b.Slice(column * k, k));
                }

                if (half) AddPairs(warp, ins, lane, c, sums);
                else AddSingles(warp, ins, lane, c, sums);
            }
        };
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (var k = 0; k < a.Length; k++) sum += (double)a[k] * b[k];
        return sum;
    }

    // C and D may be the same registers, in any order: all of C is read before D is written.
    private static void AddSingles(Warp warp, Ins ins, int lane, int c, Span<double> sums)
    {
        for (var i = 0; i < 4; i++) sums[i] += FloatFamily.Single(warp.Row(ins.Slots[c + i].Index)[lane]);
        for (var i = 0; i < 4; i++) warp.Row(ins.Slots[i].Index)[lane] = FloatFamily.Bits((float)sums[i]);
    }

    private static void AddPairs(Warp warp, Ins ins, int lane, int c, Span<double> sums)
    {
        for (var i = 0; i < 4; i++)
            sums[i] += HalfFamily.ToDouble(warp.Row(ins.Slots[c + (i / 2)].Index)[lane] >> (16 * (i & 1)) & 0xFFFF, brain: false);
        for (var i = 0; i < 2; i++)
            warp.Row(ins.Slots[i].Index)[lane] = HalfFamily.FromDouble(sums[2 * i], brain: false)
                | (HalfFamily.FromDouble(sums[(2 * i) + 1], brain: false) << 16);
    }

    // One operand's elements from the lanes' registers into a matrix of rows of k.
    private static void Gather(Warp warp, Ins ins, int first, int registers, (int Row, int Column)[] places, int k, PtxType type, Span<float> matrix)
    {
        var perLane = places.Length / 32;
        var perRegister = perLane / registers;
        for (var register = 0; register < registers; register++)
        {
            var row = warp.Row(ins.Slots[first + register].Index);
            for (var lane = 0; lane < 32; lane++)
            {
                for (var part = 0; part < perRegister; part++)
                {
                    var (r, c) = places[(lane * perLane) + (register * perRegister) + part];
                    var bits = row[lane] >> (16 * part);
                    matrix[(r * k) + c] = type switch
                    {
                        // The low 13 bits of a tf32 operand are ignored.
                        PtxType.TF32 => BitConverter.UInt32BitsToSingle((uint)bits & 0xFFFFE000),
                        PtxType.BF16 => Rounding.FromBFloat(bits & 0xFFFF),
                        _ => (float)BitConverter.UInt16BitsToHalf((ushort)bits),
                    };
                }
            }
        }
    }

    private static Exec LoadMatrix(int count, OpMatch m)
    {
        var places = FragmentTables.LoadMatrix(m.Has(".trans"));
        var space = m.Space;
        return (warp, ins, mask) =>
        {
            if (!WholeWarp(warp, ins, mask)) return;
            Span<ulong> addresses = stackalloc ulong[32];
            Span<byte> matrix = stackalloc byte[128];
            MemoryFamily.Addresses(warp, ins.Slots[count], addresses);
            var used = count == 4 ? Warp.Full : (1u << (8 * count)) - 1;
            warp.CountBanks(ins, addresses, used, 16);
            for (var j = 0; j < count; j++)
            {
                matrix.Clear();
                for (var row = 0; row < 8; row++)
                {
                    var lane = (8 * j) + row;
                    warp.Access(ins, lane, space, addresses[lane], 16, AccessKind.Read).CopyTo(matrix[(16 * row)..]);
                }

                var d = warp.Row(ins.Slots[j].Index);
                for (var lane = 0; lane < 32; lane++)
                {
                    var (low, high) = (places[2 * lane], places[(2 * lane) + 1]);
                    d[lane] = MemoryFamily.Get(matrix, (16 * low.Row) + (2 * low.Column), 2)
                        | (MemoryFamily.Get(matrix, (16 * high.Row) + (2 * high.Column), 2) << 16);
                }
            }
        };
    }
}
