using System.Runtime.InteropServices;
using ILGPU;
using SRKernels.Conformance.Kernels;
using SRKernels.Intrinsics;
using static SRKernels.Conformance.Make;

namespace SRKernels.Conformance;

/// <summary>All cases, family by family. Where a result depends on the order of sums, inputs are whole numbers, so that
/// it does not.</summary>
public static partial class Catalog
{
    private static readonly (int X, int Y, int Z) s_warp = (32, 1, 1);

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        .. IntegerCases(), .. FloatCases(), .. ConversionCases(), .. ControlFlowCases(), .. StructCases(),
            .. GroupCases(), .. AtomicCases(),
        .. MemoryCases(), .. TensorCases(), .. FastCases(), .. ComposedCases(), .. IdiomCases(),
    ];

    private static IEnumerable<ConformanceCase> ControlFlowCases()
    {
        Action<ArrayView<int>, ArrayView<int>>[] kernels =
        [
            ControlFlow.IfElse, ControlFlow.Ternary, ControlFlow.ShortCircuit, ControlFlow.ForLoop,
                ControlFlow.DivergentLoop, ControlFlow.NestedLoops,
            ControlFlow.BreakAndContinue, ControlFlow.DoWhile, ControlFlow.DenseSwitch, ControlFlow.SparseSwitch,
                ControlFlow.EarlyReturn,
            ControlFlow.SwappedInLoop, ControlFlow.CompoundAssignment, ControlFlow.TernaryOnReference, ControlFlow.Goto,
                ControlFlow.MultipleExits,
        ];
        foreach (Action<ArrayView<int>, ArrayView<int>> kernel in kernels)
            yield return Case(kernel, View(Inputs.Int32A), View(Inputs.Range(64)));
        yield return Case(ControlFlow.LoopsOfDoubles, View(Inputs.DoubleA), Out<double>(64));
        yield return Case(ControlFlow.BoolVariables, View(Inputs.Int32A), Out<byte>(64));
        yield return Case(ControlFlow.SmallVariables, View(Inputs.ByteA), Out<int>(64));
    }

    private static IEnumerable<ConformanceCase> StructCases()
    {
        Complex32[] complex = [.. Inputs.Whole(64, 1).Zip(Inputs.Whole(64, 2), (re, im) => new Complex32(re, im))];
        yield return Case(Structs.StructArithmetic, View(complex), Out<Complex32>(64));
        yield return Case(Structs.StructMethods, View(complex), Out<float>(64));
        Mixed[] mixed = [.. Inputs.Range(64).Select(
            i => new Mixed { Tag = (byte)(i * 3), Count = -i, Small = (short)(i * 100), Weight = i / 4.0,
            Flag = (i & 1) != 0 })];
        yield return Case(Structs.MixedLayout, View(mixed), Out<double>(64)).With(
            notTakenByIlgpu: "a view of a struct with a bool is no blittable argument");
        Outer[] outer = [.. complex.Select((c, i) => new Outer { First = c, Between = i, Second = complex[63 - i] })];
        yield return Case(Structs.NestedStructs, View(outer), Out<float>(64));
        yield return Case(Structs.StructsInLoops, View(Inputs.Whole(64, 3)), Out<float>(64));
        yield return Case(Structs.StructParameter, Scalar(outer[5]), Out<float>(64));
        yield return Case(Structs.StructOfViews, View(Inputs.Whole(64, 4)), Out<float>(64));
        yield return Case(Structs.StructsInSharedMemory, View(complex), Out<Complex32>(64));
        yield return Case(Structs.Tuples, View(Inputs.Int32A), Out<int>(64));
        yield return Case(Structs.OutParameters, View(Inputs.Int32A), View(Inputs.Range(64)));
        yield return Case(Structs.InParameters, View(complex), Out<float>(64));
        yield return Case(Structs.RefLocals, View(Inputs.Int32A), Out<int>(64));
        yield return Case(Structs.Enums, View(Inputs.ByteA), Out<int>(64));
        yield return Case(Structs.Constants, View(Inputs.Whole(64, 5)), Out<float>(64));
        yield return Case(Structs.Reduce<int, AddInts>, View(Inputs.Int32A), Out<int>(64));
        yield return Case(Structs.Reduce<float, MaxFloats>, View(Inputs.SingleB), Out<float>(64));
        const string GenericMath = "System.Numerics' interfaces on numbers have bodies with System.Type";
        yield return Case(Structs.Polynomial<int>, View(Inputs.Int32A), Out<int>(64)).With(notTakenByIlgpu: GenericMath);
        yield return Case(Structs.Polynomial<float>, View(Inputs.Whole(64, 6)), Out<float>(64)).With(notTakenByIlgpu: GenericMath);
        yield return Case(Structs.Polynomial<double>, View(Inputs.DoubleB), Out<double>(64)).With(notTakenByIlgpu: GenericMath);
        yield return Case(Structs.Polynomial<long>, View(Inputs.Int64B), Out<long>(64)).With(notTakenByIlgpu: GenericMath);
        yield return Case(Structs.Configured<Tile4x8>, View(Inputs.Whole(64, 7)), Out<float>(64));
        yield return Case(Structs.Configured<Tile8x8Transposed>, View(Inputs.Whole(64, 7)), Out<float>(64));
        yield return Case(Structs.ConstrainedCalls, View(Inputs.Whole(64, 8)), Out<float>(64));
        yield return Case(Structs.Specialized, View(Inputs.Int32A), Out<int>(64), Special(3));
        yield return Case(Structs.Specialized, View(Inputs.Int32A), Out<int>(64), Special(10));
        yield return Case(Structs.GatherByMultiples, View(Inputs.Int32A), Out<int>(64), Special(3)).With(
            notOnOpenCl: "PoCL 3.1 reads past the mask in r[i] = a[(i * 3) & 63], in hand-written OpenCL C too");
        yield return Case(Structs.Indices, Out<int>(64)).With(grid: (4, 1, 1), group: (16, 1, 1));
        yield return Case(Structs.Views2D, View(Inputs.Int32A), Out<int>(64));
        yield return Case(Structs.ViewMembers, View(Inputs.Int32A), Out<long>(64));
    }

    private static IEnumerable<ConformanceCase> GroupCases()
    {
        yield return Case(Groups.Indices, Out<int>(4 * 4 * 3 * 2 * 12)).With(grid: (2, 3, 2), group: (4, 3, 2));
        yield return Case(Groups.Indices, Out<int>(4 * 160)).With(
            grid: (2, 1, 1), group: (80, 1, 1), variant: "_PartialWarp");
        yield return Case(Groups.Reverse, View(Inputs.Int32A), Out<int>(64));
        yield return Case(Groups.TreeSum, View(Inputs.Whole(384, 1)), Out<float>(3)).With(
            grid: (3, 1, 1), group: (128, 1, 1));
        yield return Case(Groups.PrefixSum, View(Inputs.Int32A), Out<int>(64));
        yield return Case(Groups.SharedScalar, View(Inputs.Int32A), Out<int>(64));
        yield return Case(Groups.DynamicShared, View(Inputs.Int32A), Out<int>(64)).With(shared: 256);
        yield return Case(Groups.BarrierCounts, View(Inputs.Int32A), Out<int>(64));
        yield return Case(Groups.GroupBroadcast, View(Inputs.Int32A), Out<int>(64));
        yield return Case(Groups.Shuffles, View(Inputs.Int32A), Out<int>(256));
        yield return Case(Groups.ShufflesOfWidth8, View(Inputs.Int32A), Out<int>(256)).Expecting(
            "its CPU accelerator takes Shuffle's source lane as one of the warp, not of the part of 8", ShufflesOfWidth8);
        yield return Case(Groups.ShuffleTypes, View(Inputs.Whole(64, 2)), Out<double>(64));
        yield return Case(Groups.WarpSum, View(Inputs.Whole(64, 3)), Out<float>(2));
        yield return Case(Groups.WarpBarriers, View(Inputs.Int32A), Out<int>(64));
        yield return Case(Groups.Fences, View(Inputs.Int32A), Out<int>(64));
        yield return Case(Groups.Transpose, View(Inputs.Whole(256, 4)), Out<float>(256)).With(
            grid: (2, 2, 1), group: (8, 8, 1));
        yield return Case(Groups.MatrixProduct, View(Inputs.Whole(256, 5)), View(Inputs.Whole(256, 6)), Out<float>(
            256)).With(grid: (2, 2, 1), group: (8, 8, 1));
        yield return Case(Groups.RegisterTile, View(Inputs.Whole(256, 7)), View(Inputs.Whole(256, 8)), Out<float>(256));
    }

    private static void ShufflesOfWidth8(byte[][] memory)
    {
        Span<int> a = MemoryMarshal.Cast<byte, int>(memory[0].AsSpan());
        Span<int> r = MemoryMarshal.Cast<byte, int>(memory[1].AsSpan());
        for (int i = 0; i < 64; i++)
        {
            int lane = i % 8;
            r[i * 4] = a[i - lane + 5];
            r[(i * 4) + 1] = a[lane + 3 < 8 ? i + 3 : i];
            r[(i * 4) + 2] = a[lane >= 2 ? i - 2 : i];
            r[(i * 4) + 3] = a[i ^ 4];
        }
    }

    private static IEnumerable<ConformanceCase> AtomicCases()
    {
        yield return Case(Atomics.Integers, View(Inputs.Int32A), View(5, 5, 5, -1, 1, 9));
        yield return Case(Atomics.UnsignedIntegers, View(Inputs.UInt32A), View(5u, 5u, 5u));
        yield return Case(Atomics.LongIntegers, View(Inputs.Int64A), View(5L, 5, 5, -1, 1, 9));
        yield return Case(Atomics.UnsignedLongIntegers, View(Inputs.UInt64A), View<ulong>(5, 5, 5, ulong.MaxValue, 1));
        yield return Case(Atomics.FloatSum, View(Inputs.Whole(128, 1)), Out<float>(4)).With(grid: (2, 1, 1));
        yield return Case(Atomics.DoubleSum, View<double>([.. Inputs.Whole(128, 1).Select(x => (double)x)]),
            Out<double>(4)).With(grid: (2, 1, 1));
        yield return Case(Atomics.FloatExtremes, View(Inputs.Whole(128, 2, 1000)), Out<float>(2)).With(grid: (2, 1, 1));
        yield return Case(Atomics.Histogram, View<int>([.. Inputs.Int32A, .. Inputs.Int32B]), Out<int>(16)).With(
            grid: (2, 1, 1));
        yield return Case(Atomics.Exchanges, View(Inputs.Int32A), View(Inputs.Range(64)));
        yield return Case(Atomics.FloatExchanges, View(Inputs.Whole(64, 3)), View(Inputs.Whole(64, 4)));
        yield return Case(Atomics.CompareExchangeLoop, View(Inputs.Int32A), Out<int>(1));
    }

    private static IEnumerable<ConformanceCase> MemoryCases()
    {
        yield return Case(Memory.LocalArray, View(Inputs.Int32B), Out<int>(64));
        yield return Case(Memory.LocalArrayIndexedByData, View(Inputs.Int32A), Out<int>(64));
        yield return Case(Memory.LocalStructs, View(Inputs.Whole(64, 1)), Out<float>(64));
        yield return Case(Memory.Float4Access, View(Inputs.Whole(256, 2)), Out<float>(256));
        yield return Case(Memory.Float2Access, View(Inputs.Whole(128, 3)), Out<float>(128));
        yield return Case(Memory.WideBits, View<short>([.. Inputs.Range(512).Select(i => (short)(i * 37))]), Out<short>(
            512));
        yield return Case(Memory.WideAccessOfSharedMemory, View(Inputs.Whole(256, 4)), Out<float>(64));
        yield return Case(Memory.AlignedNeighbours, View(Inputs.Whole(256, 5)), Out<float>(256));
        yield return Case(Memory.HalfArithmetic, View(Inputs.Halves), View<ILGPU.Half>([.. Inputs.Halves.Reverse()]),
            Out<ILGPU.Half>(256)).Expecting(
            "its CPU accelerator truncates to Half where devices round to nearest even", HalfArithmetic);
        yield return Case(Memory.HalfCompare, View(Inputs.Halves), View<ILGPU.Half>([.. Inputs.Halves.Reverse()]),
            Out<int>(64));
        yield return Case(Memory.HalfSum, View<ILGPU.Half>([.. Inputs.Whole(64, 6).Select(x => (ILGPU.Half)x)]),
            Out<float>(64));
        yield return Case(Memory.BFloat16Arithmetic, View(Inputs.BrainNumbers), View<BFloat16>(
            [.. Inputs.BrainNumbers.Reverse()]), Out<uint>(64));
        yield return Case(Memory.MixedWidths, View(Inputs.ByteA), View(Inputs.Int16A), Out<long>(64));
    }

    private static void HalfArithmetic(byte[][] memory)
    {
        Span<System.Half> a = MemoryMarshal.Cast<byte, System.Half>(memory[0].AsSpan());
        Span<System.Half> b = MemoryMarshal.Cast<byte, System.Half>(memory[1].AsSpan());
        Span<System.Half> r = MemoryMarshal.Cast<byte, System.Half>(memory[2].AsSpan());
        for (int i = 0; i < 64; i++)
        {
            r[i * 4] = a[i] + b[i];
            r[(i * 4) + 1] = a[i] * b[i];
            r[(i * 4) + 2] = a[i] / b[i];
            r[(i * 4) + 3] = -(a[i] - b[i]);
        }
    }

    private static IEnumerable<ConformanceCase> FastCases()
    {
        yield return Case(Fast.Exp, View(Inputs.SmallNumbers), Out<float>(64)).With(ulps: Tolerance.FastExp);
        yield return Case(Fast.Exp2, View(Inputs.SmallNumbers), Out<float>(64)).With(ulps: Tolerance.FastExp);
        yield return Case(Fast.Log, View(Inputs.Magnitudes), Out<float>(64)).With(ulps: Tolerance.FastLog);
        yield return Case(Fast.Log2, View(Inputs.Magnitudes), Out<float>(64)).With(ulps: Tolerance.FastLog);
        yield return Case(Fast.Sin, View(Inputs.SmallAngles), Out<float>(64)).With(ulps: Tolerance.FastSin);
        yield return Case(Fast.Cos, View(Inputs.SmallAngles), Out<float>(64)).With(ulps: Tolerance.FastSin);
        yield return Case(Fast.Tanh, View(Inputs.SmallNumbers), Out<float>(64)).With(ulps: Tolerance.FastTanh);
        yield return Case(Fast.Sqrt, View(Inputs.Magnitudes), Out<float>(64)).With(ulps: Tolerance.FastRoot);
        yield return Case(Fast.Rsqrt, View(Inputs.Magnitudes), Out<float>(64)).With(ulps: Tolerance.FastRoot);
        yield return Case(Fast.Rcp, View(Inputs.Magnitudes), Out<float>(64)).With(ulps: Tolerance.FastRoot);
        yield return Case(Fast.Divide, View(Inputs.SmallNumbers), View(Inputs.Magnitudes), Out<float>(64)).With(
            ulps: Tolerance.FastRoot);
    }

    private static IEnumerable<ConformanceCase> ComposedCases()
    {
        yield return Case(Composed.AtanSingle, View(Inputs.SingleB), Out<float>(64)).With(ulps: Tolerance.Composed);
        yield return Case(Composed.AsinSingle, View(Inputs.SingleUnit), Out<float>(64)).With(ulps: Tolerance.Composed);
        yield return Case(Composed.AcosSingle, View(Inputs.SingleUnit), Out<float>(64)).With(ulps: Tolerance.Composed);
        yield return Case(Composed.SinhSingle, View(Inputs.SingleExponents), Out<float>(64)).With(
            ulps: Tolerance.Composed);
        yield return Case(Composed.CoshSingle, View(Inputs.SingleExponents), Out<float>(64)).With(
            ulps: Tolerance.Composed);
        yield return Case(Composed.Atan2Single, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64)).With(
            ulps: Tolerance.Composed);
        yield return Case(Composed.AtanDouble, View(Inputs.DoubleB), Out<double>(64)).With(ulps: Tolerance.Composed);
        yield return Case(Composed.AsinDouble, View(Inputs.DoubleUnit), Out<double>(64)).With(ulps: Tolerance.Composed);
        yield return Case(Composed.AcosDouble, View(Inputs.DoubleUnit), Out<double>(64)).With(ulps: Tolerance.Composed);
        yield return Case(Composed.SinhDouble, View(Inputs.DoubleExponents), Out<double>(64)).With(
            ulps: Tolerance.Composed);
        yield return Case(Composed.CoshDouble, View(Inputs.DoubleExponents), Out<double>(64)).With(
            ulps: Tolerance.Composed);
        yield return Case(Composed.Atan2Double, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64)).With(
            ulps: Tolerance.Composed);
    }

    private static IEnumerable<ConformanceCase> IdiomCases()
    {
        yield return Case(Idioms.MutatingStructInLoop, View(Inputs.Whole(64, 1)), Out<float>(64)).With(
            ulps: Tolerance.Fused);
        yield return Case(Idioms.ReferenceArgumentsInLoops, View(Inputs.Int32A), View(Inputs.Range(64)));
        yield return Case(Idioms.LocalFunctions, View(Inputs.Int32A), Out<int>(64)).With(
            notTakenByIlgpu: "a local function's captures are a struct of automatic layout");
        yield return Case(Idioms.ChosenViews, View(Inputs.Int32A), View(Inputs.Int32B), Out<int>(64));
        yield return Case(Idioms.MovingView, View(Inputs.Int32A), Out<int>(64));
        yield return Case(Idioms.GenericPairs, View(Inputs.Int32A), Out<double>(64));
        yield return Case(Idioms.UnsafeAddresses, View(Inputs.Whole(64, 2)), Out<int>(64)).With(
            notTakenByIlgpu: "of Unsafe it knows As alone");
        yield return Case(Idioms.EnumSwitch, View(Inputs.ByteA), Out<int>(64));
        yield return Case(Idioms.ManyParameters, View(Inputs.Int32A), Out<int>(64), Scalar(-7), Scalar(123L << 33),
            Scalar(2.5f), Scalar(1e3));
        yield return Case(Idioms.SharedStages, View(Inputs.Whole(64, 3)), Out<float>(64));
        yield return Case(Idioms.AccumulatorTile, View(Inputs.Whole(64, 4)), Out<float>(64));
    }

    private static IEnumerable<ConformanceCase> TensorCases()
    {
        ILGPU.Half[] halves = [.. Inputs.Whole(256, 1).Select(x => (ILGPU.Half)x)];
        BFloat16[] brains = [.. Inputs.Whole(256, 1).Select(x => (BFloat16)x)];
        yield return Case(Tensor.ProductHalf16, View(halves), View(halves[..128]), View(Inputs.Whole(128, 2))).With(
            group: s_warp);
        yield return Case(Tensor.ProductHalf8, View(halves[..128]), View(halves[128..192]), View(
            Inputs.Whole(128, 2))).With(group: s_warp);
        yield return Case(Tensor.ProductBFloat16, View(brains), View(brains[..128]), View(Inputs.Whole(128, 2))).With(
            group: s_warp);
        yield return Case(Tensor.ProductBFloat16Depth8, View(brains[..128]), View(brains[128..192]), View(
            Inputs.Whole(128, 2))).With(group: s_warp);
        yield return Case(Tensor.ProductTf32, View(Inputs.Whole(128, 3)), View(Inputs.Whole(64, 4)), View(
            Inputs.Whole(128, 2))).With(group: s_warp);
        yield return Case(Tensor.Packing, View(Inputs.SingleB), View(Inputs.SingleA), Out<uint>(128), Out<float>(256));
        short[] numbers = [.. Inputs.Range(256).Select(i => (short)i)];
        yield return Case(Tensor.LoadMatrices, View(numbers), Out<uint>(224)).With(
            group: s_warp);
        yield return Case(Tensor.LoadMatricesTransposed, View(numbers), Out<uint>(224)).With(
            group: s_warp);
        yield return Case(Tensor.AsyncCopies, View(Inputs.Whole(256, 5)), Out<float>(64));
        yield return Case(Tensor.AsyncCopyWidths, View(Inputs.Whole(256, 6)), Out<float>(64));
        yield return Case(Tensor.AsyncPipeline, View(Inputs.Whole(256, 7)), Out<float>(64));
    }
}
