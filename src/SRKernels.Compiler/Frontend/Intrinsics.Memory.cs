using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

internal sealed partial class Translator
{
    /// <summary>Views, allocations, wide accesses, asynchronous copies, atomics.</summary>
    internal static partial class Intrinsics
    {
        private static void Views(Dictionary<string, Intrinsic> rows)
        {
            const string View = "ILGPU.ArrayView`1";
            foreach (string index in new[] { "int", "long", "ILGPU.Index1D", "ILGPU.LongIndex1D" })
                rows.Add($"{View}.get_Item({index}):ref !0", (t, c, a) =>
                    Element(t, c.Declaring!, This(t, c, a), a[1].Single!));
            rows.Add($"{View}.get_Length():long", (t, c, a) => new StackValue(TypeTable.Int64, This(t, c, a)[1]));
            rows.Add($"{View}.get_IntLength():int", (t, c, a) =>
                Int(t._build.Convert(Op.IntTrunc, IrType.I32, This(t, c, a)[1])));
            rows.Add($"{View}.get_Extent():ILGPU.LongIndex1D", (t, c, a) =>
                new StackValue(c.ReturnType, This(t, c, a)[1]));
            rows.Add($"{View}.get_IntExtent():ILGPU.Index1D", (t, c, a) =>
                new StackValue(c.ReturnType, t._build.Convert(Op.IntTrunc, IrType.I32, This(t, c, a)[1])));
            rows.Add($"{View}.get_LengthInBytes():long", (t, c, a) =>
                new StackValue(TypeTable.Int64, t._build.Binary(
                    Op.Mul, This(t, c, a)[1], t._function.Long(c.Declaring!.Element!.Size))));
            rows.Add($"{View}.get_IsValid():bool", (t, c, a) => Bool(t, t.Condition(This(t, c, a)[0])));
            rows.Add($"{View}.SubView(long):ILGPU.ArrayView`1<!0>", (t, c, a) =>
            {
                StackValue view = This(t, c, a);
                return SubView(t, c.Declaring!, view, a[1].Single!, t._build.Binary(Op.Sub, view[1], a[1].Single!));
            });
            rows.Add($"{View}.SubView(int,int):ILGPU.ArrayView`1<!0>", (t, c, a) =>
                SubView(t, c.Declaring!, This(t, c, a), a[1].Single!,
                    t._build.Convert(Op.SExt, IrType.I64, a[2].Single!)));
            rows.Add($"{View}.SubView(long,long):ILGPU.ArrayView`1<!0>", (t, c, a) =>
                SubView(t, c.Declaring!, This(t, c, a), a[1].Single!, a[2].Single!));
            rows.Add($"{View}.Cast<1>():ILGPU.ArrayView`1<!!0>", (t, c, a) => Cast(t, c, This(t, c, a)));
            rows.Add(
                "ILGPU.Runtime.ArrayViewExtensions.AsAligned<1>(ILGPU.ArrayView`1<!!0>,int):ILGPU.ArrayView`1<!!0>",
                (t, _, a) => Aligned(t, a[0], Constant(t, a[1], "an alignment")));
        }

        /// <summary>Dynamic shared memory begins at a multiple of it.</summary>
        private const int DynamicSharedAlign = 16;

        /// <summary>A promise about memory that comes from outside; the kernel's own arrays are aligned as far as it goes, and nothing is said of them.</summary>
        private static StackValue Aligned(Translator t, StackValue view, int bytes)
        {
            Value start = view[0];
            int known = start.Op == Op.AllocAddr ? t._function.Allocations[(int)start.Imm].Align : start.Op == Op.DynShared ? DynamicSharedAlign : 1;
            return known >= bytes ? view : new StackValue(view.Type, [t._build.Raw.Emit(Op.AssumeAligned, start.Type, (long)bytes, start), view[1]]);
        }

        private static StackValue This(Translator t, CallTarget call, StackValue[] a) =>
            a[0].Type.Shape == TypeShape.Reference ? t.LoadThrough(a[0], call.Declaring!) : a[0];

        private static StackValue Element(Translator t, KernelType view, StackValue value, Value index)
        {
            KernelType element = view.Element!;
            if (index.TryGetInt(out long constant) && constant * element.Size is var bytes && bytes == (int)bytes)
                return new StackValue(t._types.Reference(element), value[0], (int)bytes);
            return new StackValue(t._types.Reference(element), t._build.Raw.Addr(value[0], index, element.Size));
        }

        private static StackValue SubView(Translator t, KernelType type, StackValue view, Value index, Value length) =>
            new(type, [t._build.Addr(view[0], index, type.Element!.Size), length]);

        private static StackValue Cast(Translator t, CallTarget call, StackValue view)
        {
            int from = call.Declaring!.Element!.Size;
            int to = call.MethodArguments[0].Size;
            Value length = from % to == 0
                ? t._build.Binary(Op.Mul, view[1], t._function.Long(from / to))
                : t._build.Binary(Op.DivS, t._build.Binary(Op.Mul, view[1], t._function.Long(from)), t._function.Long(
                    to));
            return new StackValue(t._types.View(call.MethodArguments[0]), [view[0], length]);
        }

        private static void Memory(Dictionary<string, Intrinsic> rows)
        {
            rows.Add("ILGPU.SharedMemory.Allocate<1>():ref !!0", (t, c, _) =>
                new StackValue(c.ReturnType, Allocate(t, Space.Shared, c.MethodArguments[0], 1)));
            rows.Add("ILGPU.SharedMemory.Allocate<1>(int):ILGPU.ArrayView`1<!!0>", (t, c, a) =>
                AllocateView(t, Space.Shared, c, a));
            rows.Add("ILGPU.LocalMemory.Allocate<1>(int):ILGPU.ArrayView`1<!!0>", (t, c, a) =>
                AllocateView(t, Space.Local, c, a));
            rows.Add("ILGPU.SharedMemory.GetDynamic<1>():ILGPU.ArrayView`1<!!0>", (t, c, _) =>
            {
                Value bytes = t._build.Raw.Emit(Op.DynSharedBytes, IrType.I32);
                Value count = t._build.Binary(Op.DivU, bytes, t._function.Int(c.MethodArguments[0].Size));
                return new StackValue(c.ReturnType,
                    [t._build.Raw.Emit(Op.DynShared, IrType.Shared), t._build.Convert(Op.ZExt, IrType.I64, count)]);
            });
            const string Wide = "SRKernels.Intrinsics.VectorAccess";
            Load("Load2(ref float):SRKernels.Intrinsics.Float2", IrType.F32.WithLanes(2));
            Load("Load4(ref float):SRKernels.Intrinsics.Float4", IrType.F32.WithLanes(4));
            Load("LoadBits2<1>(ref !!0):SRKernels.Intrinsics.Registers2", IrType.I32.WithLanes(2));
            Load("LoadBits4<1>(ref !!0):SRKernels.Intrinsics.Registers4", IrType.I32.WithLanes(4));
            Store("Store2(ref float,SRKernels.Intrinsics.Float2):void");
            Store("Store4(ref float,SRKernels.Intrinsics.Float4):void");
            Store("StoreBits2<1>(ref !!0,SRKernels.Intrinsics.Registers2):void");
            Store("StoreBits4<1>(ref !!0,SRKernels.Intrinsics.Registers4):void");
            foreach (int bytes in new[] { 4, 8, 16 })
            {
                int size = bytes;
                rows.Add($"SRKernels.Intrinsics.AsyncCopy.Copy{size}<1>(ref !!0,ref !!0):void", (t, _, a) =>
                    Copy(t, size, a));
                rows.Add($"SRKernels.Intrinsics.AsyncCopy.Copy{size}<1>(ref !!0,ref !!0,int):void", (t, _, a) =>
                    Copy(t, size, a));
            }

            rows.Add("SRKernels.Intrinsics.AsyncCopy.Commit():void", (t, _, _) =>
                Nothing(t._build.Raw.Emit(Op.CpAsyncCommit, IrType.Void)));
            rows.Add("SRKernels.Intrinsics.AsyncCopy.Wait(int):void", (t, _, a) =>
                Nothing(t._build.Raw.Emit(
                    Op.CpAsyncWait, IrType.Void, (long)Constant(t, a[0], "a number of copies to wait for"))));
            rows.Add("System.Threading.Thread.MemoryBarrier():void", (t, _, _) =>
                Nothing(t._build.Raw.Emit(Op.FenceDevice, IrType.Void)));
            rows.Add("System.Threading.Interlocked.MemoryBarrier():void", (t, _, _) =>
                Nothing(t._build.Raw.Emit(Op.FenceDevice, IrType.Void)));

            void Load(string signature, IrType type) => rows.Add($"{Wide}.{signature}", (t, c, a) =>
            {
                Value load = t._build.Raw.Load(type, t.AddressOf(a[0]), a[0].Offset);
                var lanes = new Value[type.Lanes];
                for (int i = 0; i < lanes.Length; i++) lanes[i] = t._build.Raw.Extract(load, i);
                return new StackValue(c.ReturnType, lanes);
            });

            void Store(string signature) => rows.Add($"{Wide}.{signature}", (t, _, a) =>
                Nothing(t._build.Raw.Store(t.AddressOf(a[0]), a[0].Offset, a[1].Leaves)));
        }

        private static StackValue Copy(Translator t, int size, StackValue[] a)
        {
            Value source = t.AddressOf(t.Materialise(a[1]));
            Value target = t.AddressOf(a[0]);
            if (target.Type != IrType.Shared || source.Type != IrType.Global)
                throw t.Unsupported(
                    "an AsyncCopy that does not go from global to shared memory is not allowed in kernels; assign instead");
            Value copy = a.Length == 3
                ? t._build.Raw.Emit(Op.CpAsync, IrType.Void, (long)size, target, source, a[2].Single!)
                : t._build.Raw.Emit(Op.CpAsync, IrType.Void, (long)size, target, source);
            copy.Offset = a[0].Offset;
            return default;
        }

        private static Value Allocate(Translator t, Space space, KernelType element, int count)
        {
            if (element.Shape is not (TypeShape.Scalar or TypeShape.Struct)
                || Array.Exists(element.Leaves, l => l.IsAddress))
                throw t.Unsupported(
                    $"an array of {element} is not allowed in kernels; use numbers or structs of numbers");
            if (count < 1 || (long)count * element.Size > 1 << 24)
                throw t.Unsupported(
                    $"an allocation of {count} x {element} is not allowed in kernels; 1 to {(1 << 24) / element.Size} elements are");
            int index = t._function.AddAllocation(space, count * element.Size, 16, t._build.Raw.Position);
            return t._build.Raw.AllocAddr(index);
        }

        private static StackValue AllocateView(Translator t, Space space, CallTarget call, StackValue[] a)
        {
            int count = Constant(t, a[0], space == Space.Shared ? "an extent of SharedMemory.Allocate"
                : "an extent of LocalMemory.Allocate");
            return new StackValue(call.ReturnType,
                [Allocate(t, space, call.MethodArguments[0], count), t._function.Long(count)]);
        }

        private static void Atomics(Dictionary<string, Intrinsic> rows)
        {
            foreach (string type in new[] { "int", "uint", "long", "ulong" })
            {
                bool signed = type is "int" or "long";
                Row("Add", Op.AtomicAdd);
                Row("Min", signed ? Op.AtomicMinS : Op.AtomicMinU);
                Row("Max", signed ? Op.AtomicMaxS : Op.AtomicMaxU);
                Row("And", Op.AtomicAnd);
                Row("Or", Op.AtomicOr);
                Row("Xor", Op.AtomicXor);
                Row("Exchange", Op.AtomicExch);
                rows.Add($"ILGPU.Atomic.CompareExchange(ref {type},{type},{type}):{type}", (t, c, a) =>
                    Atomic(t, Op.AtomicCas, c.ReturnType, a));
                rows.Add($"System.Threading.Volatile.Read(ref {type}):{type}", (t, c, a) =>
                    t.LoadThrough(a[0], c.ReturnType, isVolatile: true));

                void Row(string name, Op op) =>
                    rows.Add($"ILGPU.Atomic.{name}(ref {type},{type}):{type}", (t, c, a) =>
                        Atomic(t, op, c.ReturnType, a));
            }

            foreach (string type in new[] { "float", "double" })
            {
                rows.Add($"ILGPU.Atomic.Add(ref {type},{type}):{type}", (t, c, a) =>
                    Atomic(t, Op.AtomicFAdd, c.ReturnType, a));
                rows.Add($"ILGPU.Atomic.Exchange(ref {type},{type}):{type}", (t, c, a) =>
                    Atomic(t, Op.AtomicExch, c.ReturnType, a));
                rows.Add($"ILGPU.Atomic.CompareExchange(ref {type},{type},{type}):{type}", (t, c, a) =>
                    Atomic(t, Op.AtomicCas, c.ReturnType, a));
                rows.Add($"System.Threading.Volatile.Read(ref {type}):{type}", (t, c, a) =>
                    t.LoadThrough(a[0], c.ReturnType, isVolatile: true));
            }
        }

        /// <summary>Exchanges of floats go by their bits.</summary>
        private static StackValue Atomic(Translator t, Op op, KernelType type, StackValue[] a)
        {
            IrType work = op == Op.AtomicFAdd || !type.IsFloat ? type.Value : type.Value.Bits == 32 ? IrType.I32
                : IrType.I64;
            var operands = new Value[a.Length];
            operands[0] = t.AddressOf(a[0]);
            if (operands[0].Type.Space is not (Space.Global or Space.Shared))
                throw t.Unsupported(
                    "an atomic operation on local memory is not allowed in kernels; no other thread sees it, so write it plainly");
            for (int i = 1; i < a.Length; i++) operands[i] = t.Reinterpret(a[i].Single!, work);
            Value atomic = t._build.Raw.Emit(op, work, operands);
            atomic.Offset = a[0].Offset;
            return new StackValue(type, t.Reinterpret(atomic, type.Value));
        }
    }

    /// <summary>The address behind a reference to memory.</summary>
    private Value AddressOf(StackValue reference) =>
        LocalOf(reference) is null
            ? reference.Single!
            : throw Unsupported(
                "the address of a local variable is not allowed in kernels here; use LocalMemory.Allocate or SharedMemory.Allocate");
}
