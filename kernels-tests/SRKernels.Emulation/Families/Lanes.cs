using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Families;

/// <summary>
/// From a function of one lane's values to one of a warp. Values are 64-bit with zeros above the register's width, so a
/// function may leave what it likes there. The forms with a vector function take it when all 32 lanes run: it sees four
/// lanes as 64-bit elements, and zero upper halves must give zero upper halves.
/// </summary>
internal static class Lanes
{
    internal static Exec Map1(Func<ulong, ulong> f) => (warp, ins, mask) =>
    {
        var d = warp.Row(ins.D);
        var a = warp.Row(ins.A);
        var keep = ins.Slots[0].Type.Mask();
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = f(a[lane]) & keep;
        }
    };

    internal static Exec Map2(Func<ulong, ulong, ulong> f) => (warp, ins, mask) =>
    {
        var d = warp.Row(ins.D);
        var a = warp.Row(ins.A);
        var b = warp.Row(ins.B);
        var keep = ins.Slots[0].Type.Mask();
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = f(a[lane], b[lane]) & keep;
        }
    };

    internal static Exec Map3(Func<ulong, ulong, ulong, ulong> f) => (warp, ins, mask) =>
    {
        var d = warp.Row(ins.D);
        var a = warp.Row(ins.A);
        var b = warp.Row(ins.B);
        var c = warp.Row(ins.C);
        var keep = ins.Slots[0].Type.Mask();
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = f(a[lane], b[lane], c[lane]) & keep;
        }
    };

    internal static Exec Wide1(Func<Vector256<ulong>, Vector256<ulong>> vector, Exec scalar) => (warp, ins, mask) =>
    {
        if (mask != Execution.Warp.Full)
        {
            scalar(warp, ins, mask);
            return;
        }

        var d = Vectors(warp.Row(ins.D));
        var a = Vectors(warp.Row(ins.A));
        for (var i = 0; i < 8; i++) d[i] = vector(a[i]);
    };

    internal static Exec Wide2(Func<Vector256<ulong>, Vector256<ulong>, Vector256<ulong>> vector, Exec scalar) =>
        (warp, ins, mask) =>
    {
        if (mask != Execution.Warp.Full)
        {
            scalar(warp, ins, mask);
            return;
        }

        var d = Vectors(warp.Row(ins.D));
        var a = Vectors(warp.Row(ins.A));
        var b = Vectors(warp.Row(ins.B));
        for (var i = 0; i < 8; i++) d[i] = vector(a[i], b[i]);
    };

    internal static Exec Wide3(Func<Vector256<ulong>, Vector256<ulong>, Vector256<ulong>, Vector256<ulong>> vector, Exec scalar) =>
        (warp, ins, mask) =>
    {
        if (mask != Execution.Warp.Full)
        {
            scalar(warp, ins, mask);
            return;
        }

        var d = Vectors(warp.Row(ins.D));
        var a = Vectors(warp.Row(ins.A));
        var b = Vectors(warp.Row(ins.B));
        var c = Vectors(warp.Row(ins.C));
        for (var i = 0; i < 8; i++) d[i] = vector(a[i], b[i], c[i]);
    };

    private static Span<Vector256<ulong>> Vectors(Span<ulong> row) => MemoryMarshal.Cast<ulong, Vector256<ulong>>(row);
}
