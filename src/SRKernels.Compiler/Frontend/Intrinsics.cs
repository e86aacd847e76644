using System.Diagnostics.CodeAnalysis;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

internal sealed partial class Translator
{
    /// <summary>
    /// Methods with a meaning of their own on the device, by full signature: one row each. Members of the language that
    /// are not here are translated from their bodies in ILGPU's files and ours.
    /// </summary>
    internal static partial class Intrinsics
    {
        private static readonly Dictionary<string, Intrinsic> s_rows = Build();

        /// <summary>Keys of all rows, for the test that every one names a method that exists.</summary>
        internal static IEnumerable<string> Keys => s_rows.Keys;

        internal static bool TryGet(string key, CallTarget call, [NotNullWhen(true)] out Intrinsic? intrinsic)
        {
            if (s_rows.TryGetValue(key, out intrinsic)) return true;
            if (call.DeclaringName == "ILGPU.Runtime.Cuda.CudaAsm" && call.Name is "Emit" or "EmitRef")
                intrinsic = CudaAsm;
            return intrinsic is not null;
        }

        // A plain dictionary: freezing costs the first compilation of a process more than lookups ever win back.
        private static Dictionary<string, Intrinsic> Build()
        {
            var rows = new Dictionary<string, Intrinsic>(400, StringComparer.Ordinal);
            Threads(rows);
            Views(rows);
            Memory(rows);
            Atomics(rows);
            Bits(rows);
            Maths(rows);
            SixteenBit(rows);
            TensorCores(rows);
            return rows;
        }

        private static StackValue Int(Value value) => new(TypeTable.Int32, value);

        private static StackValue Bool(Translator t, Value condition) =>
            new(TypeTable.Bool, t._build.Convert(Op.ZExt, IrType.I32, condition));

        private static StackValue Nothing(Value unused) => default;

        private static int Constant(Translator t, StackValue value, string what) =>
            value.Single is { } single && single.TryGetInt(out long constant)
                ? (int)constant
                : throw t.Unsupported(
                    $"{what} that is no compile-time constant is not allowed in kernels; use a const or a SpecializedValue");

        private static void Threads(Dictionary<string, Intrinsic> rows)
        {
            string[] axes = ["X", "Y", "Z"];
            for (int i = 0; i < 3; i++)
            {
                long axis = i;
                rows.Add($"ILGPU.Group.get_Idx{axes[i]}():int", (t, _, _) =>
                    Int(t._build.Raw.Emit(Op.ThreadIdx, IrType.I32, axis)));
                rows.Add($"ILGPU.Group.get_Dim{axes[i]}():int", (t, _, _) =>
                    Int(t._build.Raw.Emit(Op.GroupDim, IrType.I32, axis)));
                rows.Add($"ILGPU.Grid.get_Idx{axes[i]}():int", (t, _, _) =>
                    Int(t._build.Raw.Emit(Op.GroupIdx, IrType.I32, axis)));
                rows.Add($"ILGPU.Grid.get_Dim{axes[i]}():int", (t, _, _) =>
                    Int(t._build.Raw.Emit(Op.GridDim, IrType.I32, axis)));
            }

            rows.Add("ILGPU.Warp.get_WarpSize():int", (t, _, _) => Int(t._function.Int(32)));
            rows.Add("ILGPU.Warp.get_LaneIdx():int", (t, _, _) => Int(t._build.Raw.Emit(Op.LaneIdx, IrType.I32)));
            rows.Add("ILGPU.Group.Barrier():void", (t, _, _) => Nothing(t._build.Raw.Emit(Op.Barrier, IrType.Void)));
            rows.Add("ILGPU.Group.BarrierPopCount(bool):int", (t, _, a) =>
                Int(t._build.Raw.Emit(Op.BarrierPopCount, IrType.I32, t.Condition(a[0].Single!))));
            rows.Add("ILGPU.Group.BarrierAnd(bool):bool", (t, _, a) =>
                Bool(t, t._build.Raw.Emit(Op.BarrierAnd, IrType.I1, t.Condition(a[0].Single!))));
            rows.Add("ILGPU.Group.BarrierOr(bool):bool", (t, _, a) =>
                Bool(t, t._build.Raw.Emit(Op.BarrierOr, IrType.I1, t.Condition(a[0].Single!))));
            rows.Add("ILGPU.Warp.Barrier():void", (t, _, _) => Nothing(t._build.Raw.Emit(Op.WarpBarrier, IrType.Void)));
            rows.Add("ILGPU.MemoryFence.GroupLevel():void", (t, _, _) =>
                Nothing(t._build.Raw.Emit(Op.FenceGroup, IrType.Void)));
            rows.Add("ILGPU.MemoryFence.DeviceLevel():void", (t, _, _) =>
                Nothing(t._build.Raw.Emit(Op.FenceDevice, IrType.Void)));
            rows.Add("ILGPU.MemoryFence.SystemLevel():void", (t, _, _) =>
                Nothing(t._build.Raw.Emit(Op.FenceSystem, IrType.Void)));
            foreach ((
                string name, Op op) in new[] { ("Shuffle", Op.Shuffle), ("ShuffleDown", Op.ShuffleDown),
                ("ShuffleUp", Op.ShuffleUp), ("ShuffleXor", Op.ShuffleXor) })
            {
                rows.Add($"ILGPU.Warp.{name}<1>(!!0,int):!!0", (t, _, a) =>
                    Shuffle(t, op, a[0], a[1].Single!, t._function.Int(32)));
                rows.Add($"ILGPU.Warp.{name}<1>(!!0,int,int):!!0", (t, _, a) =>
                    Shuffle(t, op, a[0], a[1].Single!, a[2].Single!));
            }

            rows.Add("ILGPU.Warp.Broadcast<1>(!!0,int):!!0", (t, _, a) =>
                Shuffle(t, Op.Shuffle, a[0], a[1].Single!, t._function.Int(32)));
            rows.Add("ILGPU.Group.Broadcast<1>(!!0,int):!!0", Substitute);
            foreach (string home in new[] { "Debug", "Trace" })
            {
                rows.Add($"System.Diagnostics.{home}.Assert(bool):void", (_, _, _) => default);
                rows.Add($"System.Diagnostics.{home}.Assert(bool,string):void", (_, _, _) => default);
            }
        }

        /// <summary>Leaf by leaf, and each in 32-bit pieces.</summary>
        private static StackValue Shuffle(Translator t, Op op, StackValue value, Value lane, Value width)
        {
            var leaves = new Value[value.Count];
            for (int i = 0; i < leaves.Length; i++) leaves[i] = ShuffleLeaf(t, op, value[i], lane, width);
            return new StackValue(value.Type, leaves);
        }

        private static Value ShuffleLeaf(Translator t, Op op, Value value, Value lane, Value width)
        {
            IrType type = value.Type;
            if (type.Kind is Kind.I32 or Kind.F32) return t._build.Raw.Emit(op, type, value, lane, width);
            if (type.Kind is Kind.F16 or Kind.BF16)
            {
                Value bits = t._build.Convert(Op.ZExt, IrType.I32, t.Reinterpret(value, IrType.I16));
                Value moved = t._build.Raw.Emit(op, IrType.I32, bits, lane, width);
                return t.Reinterpret(t._build.Convert(Op.IntTrunc, IrType.I16, moved), type);
            }

            if (type.IsPointer) throw t.Unsupported("a shuffle of a view is not allowed in kernels; shuffle an index");
            Value wide = t.Reinterpret(value, IrType.I64);
            Value low = t._build.Convert(Op.IntTrunc, IrType.I32, wide);
            Value high = t._build.Convert(Op.IntTrunc, IrType.I32, t._build.Binary(Op.ShrU, wide, t._function.Int(32)));
            low = t._build.Convert(Op.ZExt, IrType.I64, t._build.Raw.Emit(op, IrType.I32, low, lane, width));
            high = t._build.Convert(Op.ZExt, IrType.I64, t._build.Raw.Emit(op, IrType.I32, high, lane, width));
            Value both = t._build.Binary(Op.Or, low, t._build.Binary(Op.Shl, high, t._function.Int(32)));
            return t.Reinterpret(both, type);
        }
    }
}
