using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

internal sealed partial class Translator
{
    /// <summary>Tensor cores, and inline PTX.</summary>
    internal static partial class Intrinsics
    {
        private static void TensorCores(Dictionary<string, Intrinsic> rows)
        {
            const string Home = "SRKernels.Intrinsics.TensorCore";
            const string Wide =
                "(SRKernels.Intrinsics.Registers4,SRKernels.Intrinsics.Registers2,SRKernels.Intrinsics.Accumulator4):SRKernels.Intrinsics.Accumulator4";
            const string Narrow =
                "(SRKernels.Intrinsics.Registers2,uint,SRKernels.Intrinsics.Accumulator4):SRKernels.Intrinsics.Accumulator4";
            rows.Add($"{Home}.MultiplyAddHalf{Wide}", (t, c, a) => Product(t, c, a, MmaShape.M16N8K16F16));
            rows.Add($"{Home}.MultiplyAddBFloat16{Wide}", (t, c, a) => Product(t, c, a, MmaShape.M16N8K16BF16));
            rows.Add($"{Home}.MultiplyAddTf32{Wide}", (t, c, a) => Product(t, c, a, MmaShape.M16N8K8TF32));
            rows.Add($"{Home}.MultiplyAddHalf{Narrow}", (t, c, a) => Product(t, c, a, MmaShape.M16N8K8F16));
            rows.Add($"{Home}.MultiplyAddBFloat16{Narrow}", (t, c, a) => Product(t, c, a, MmaShape.M16N8K8BF16));
            rows.Add($"{Home}.RoundToTf32(float):float", (t, _, a) =>
                new StackValue(TypeTable.Single, t._build.Raw.Unary(Op.RoundTf32, a[0].Single!)));
            foreach ((string name, IrType format) in new[] { ("Half", IrType.F16), ("BFloat16", IrType.BF16) })
            {
                rows.Add($"{Home}.Pack{name}(float,float):uint", (t, _, a) => new StackValue(
                    TypeTable.UInt32,
                    t._build.Raw.Emit(
                        Op.Pack2x16,
                        IrType.I32,
                        t._build.Raw.Convert(Op.FpTrunc, format, a[0].Single!),
                        t._build.Raw.Convert(Op.FpTrunc, format, a[1].Single!))));
                rows.Add($"{Home}.Low{name}(uint):float", (t, _, a) => Half(t, format, a[0].Single!, 0));
                rows.Add($"{Home}.High{name}(uint):float", (t, _, a) => Half(t, format, a[0].Single!, 1));
            }

            foreach ((
                int count, string result) in new[] { (1, "uint"), (2, "SRKernels.Intrinsics.Registers2"),
                (4, "SRKernels.Intrinsics.Registers4") })
            {
                IrType type = IrType.I32.WithLanes(count);
                rows.Add($"{Home}.LoadMatrix{count}<1>(ref !!0):{result}", (t, c, a) =>
                    LoadMatrix(t, c, a, type, transposed: 0));
                rows.Add($"{Home}.LoadMatrix{count}Transposed<1>(ref !!0):{result}", (t, c, a) =>
                    LoadMatrix(t, c, a, type, transposed: 1));
            }

            rows.Add("ILGPU.Runtime.Cuda.CudaAsm.get_IsSupported():bool", (t, _, _) =>
                new StackValue(TypeTable.Bool, t._function.Int(1)));
        }

        private static StackValue Half(Translator t, IrType format, Value pair, long half) =>
            new(TypeTable.Single, t._build.Raw.Convert(Op.FpExt, IrType.F32,
                t._build.Raw.Emit(Op.Unpack2x16, format, half, pair)));

        private static StackValue Product(Translator t, CallTarget call, StackValue[] a, MmaShape shape)
        {
            var operands = new List<Value>(10);
            foreach (StackValue part in a)
                for (int i = 0; i < part.Count; i++)
                    operands.Add(part[i]);
            Value mma = t._build.Raw.Emit(Op.Mma, IrType.F32.WithLanes(4), (long)shape, operands.ToArray());
            var lanes = new Value[4];
            for (int i = 0; i < 4; i++) lanes[i] = t._build.Raw.Extract(mma, i);
            return new StackValue(call.ReturnType, lanes);
        }

        private static StackValue LoadMatrix(
            Translator t, CallTarget call, StackValue[] a, IrType type, long transposed)
        {
            Value row = t.AddressOf(a[0]);
            if (row.Type != IrType.Shared)
                throw t.Unsupported(
                    "a LoadMatrix from other than shared memory is not allowed in kernels; copy to SharedMemory first");
            Value load = t._build.Raw.Emit(Op.LdMatrix, type, transposed, row);
            load.Offset = a[0].Offset;
            if (type.Lanes == 1) return new StackValue(call.ReturnType, load);
            var lanes = new Value[type.Lanes];
            for (int i = 0; i < lanes.Length; i++) lanes[i] = t._build.Raw.Extract(load, i);
            return new StackValue(call.ReturnType, lanes);
        }

        /// <summary>
        /// Emit: values go in, a leading out comes out. EmitRef: Input is read, Output written, Ref both, in one
        /// register. Views stand for their address.
        /// </summary>
        private static StackValue CudaAsm(Translator t, CallTarget call, StackValue[] a)
        {
            string text = a[0].Text ?? throw t.Unsupported(
                "CudaAsm with a text that is no constant is not allowed in kernels; write the text in place");
            var operands = new List<Value>();
            var slots = new AsmSlot[a.Length - 1];
            var outputs = new List<(StackValue Reference, KernelType Type, IrType Register)>();
            for (int i = 0; i < slots.Length; i++)
            {
                StackValue argument = a[i + 1];
                bool byReference = argument.Type.Shape == TypeShape.Reference
                    && call.Parameters[i + 1].Shape == TypeShape.Reference;
                KernelType type = byReference ? call.Parameters[i + 1].Element! : argument.Type;
                string wrapper = call.Name == "EmitRef" ? type.Name[..type.Name.IndexOf('<', StringComparison.Ordinal)]
                    : byReference ? "Output" : "Input";
                StackValue value = wrapper == "Output" ? default : t.Materialise(
                    byReference ? t.LoadThrough(argument, type) : argument);
                IrType register = wrapper == "Output" ? type.Leaves[0].Type!.Value : value[0].Type;
                int operand = -1;
                int output = -1;
                if (wrapper != "Output")
                {
                    operand = operands.Count;
                    operands.Add(value[0]);
                }

                if (wrapper != "Input")
                {
                    output = outputs.Count;
                    outputs.Add((argument, type, register));
                }

                slots[i] = new AsmSlot(operand, output, register);
            }

            Value asm = t._build.Raw.Insert(t._function.CreateAsm(new AsmText(text, slots), [.. operands]));
            for (int i = 0; i < outputs.Count; i++)
            {
                Value result = t._build.Raw.Emit(Op.AsmOutput, outputs[i].Register, (long)i, asm);
                t.StoreThrough(outputs[i].Reference, outputs[i].Type, new StackValue(outputs[i].Type, result));
            }

            return default;
        }
    }
}
