using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

internal sealed partial class Translator
{
    /// <summary>Numbers: bits, Math, MathF, the 16-bit floats.</summary>
    internal static partial class Intrinsics
    {
        private static void Bits(Dictionary<string, Intrinsic> rows)
        {
            Cast("ILGPU.Interop.FloatAsInt(float):uint");
            Cast("ILGPU.Interop.FloatAsInt(double):ulong");
            Cast("ILGPU.Interop.IntAsFloat(uint):float");
            Cast("ILGPU.Interop.IntAsFloat(ulong):double");
            Cast("System.BitConverter.SingleToInt32Bits(float):int");
            Cast("System.BitConverter.SingleToUInt32Bits(float):uint");
            Cast("System.BitConverter.Int32BitsToSingle(int):float");
            Cast("System.BitConverter.UInt32BitsToSingle(uint):float");
            Cast("System.BitConverter.DoubleToInt64Bits(double):long");
            Cast("System.BitConverter.DoubleToUInt64Bits(double):ulong");
            Cast("System.BitConverter.Int64BitsToDouble(long):double");
            Cast("System.BitConverter.UInt64BitsToDouble(ulong):double");
            rows.Add("ILGPU.Interop.SizeOf<1>():int", (t, c, _) => Int(t._function.Int(c.MethodArguments[0].Size)));
            rows.Add("System.Runtime.CompilerServices.Unsafe.SizeOf<1>():int", (t, c, _) =>
                Int(t._function.Int(c.MethodArguments[0].Size)));
            rows.Add("System.Runtime.CompilerServices.Unsafe.As<2>(ref !!0):ref !!1", (_, c, a) =>
                new StackValue(c.ReturnType, a[0].Single!, a[0].Offset));
            rows.Add("System.Runtime.CompilerServices.Unsafe.AsRef<1>(ref !!0):ref !!0", (_, c, a) =>
                new StackValue(c.ReturnType, a[0].Single!, a[0].Offset));
            rows.Add("System.Runtime.CompilerServices.Unsafe.Add<1>(ref !!0,int):ref !!0", (t, c, a) =>
                new StackValue(c.ReturnType, t._build.Addr(t.AddressOf(a[0]), a[1].Single!, c.MethodArguments[0].Size),
                    a[0].Offset));
            rows.Add("System.Runtime.CompilerServices.Unsafe.BitCast<2>(!!0):!!1", (t, c, a) =>
                BitCast(t, c.ReturnType, a[0]));
            foreach (string type in new[] { "int", "uint", "long", "ulong" })
            {
                Count("PopCount", Op.PopCount);
                Count("LeadingZeroCount", Op.Clz);
                Count("TrailingZeroCount", Op.Ctz);

                void Count(string name, Op op)
                {
                    rows.Add($"ILGPU.IntrinsicMath.{name}({type}):int", (t, _, a) =>
                        Int(t._build.Raw.Unary(op, a[0].Single!)));
                    rows.Add($"System.Numerics.BitOperations.{name}({type}):int", (t, _, a) =>
                        Int(t._build.Raw.Unary(op, a[0].Single!)));
                }
            }

            foreach (string type in new[] { "uint", "ulong" })
            {
                rows.Add($"System.Numerics.BitOperations.RotateLeft({type},int):{type}", (t, c, a) =>
                    Rotate(t, c.ReturnType, a, Op.Shl, Op.ShrU));
                rows.Add($"System.Numerics.BitOperations.RotateRight({type},int):{type}", (t, c, a) =>
                    Rotate(t, c.ReturnType, a, Op.ShrU, Op.Shl));
            }

            rows.Add("System.Math.BigMul(int,int):long", (t, _, a) => Product(t, a, Op.SExt));
            rows.Add("System.Math.BigMul(uint,uint):ulong", (t, _, a) => Product(t, a, Op.ZExt));
            rows.Add("System.Math.MultiplyHigh(ulong,ulong):ulong", (t, c, a) =>
                new StackValue(c.ReturnType, t._build.Raw.Binary(Op.MulHiU, a[0].Single!, a[1].Single!)));

            void Cast(string key) =>
                rows.Add(key, (t, c, a) =>
                new StackValue(c.ReturnType, t.Reinterpret(a[0].Single!, c.ReturnType.Value)));
        }

        private static StackValue Product(Translator t, StackValue[] a, Op extend) =>
            new(TypeTable.Int64, t._build.Binary(Op.Mul, t._build.Convert(extend, IrType.I64, a[0].Single!),
                t._build.Convert(extend, IrType.I64, a[1].Single!)));

        private static StackValue Rotate(Translator t, KernelType type, StackValue[] a, Op one, Op other)
        {
            Value back = t._build.Unary(Op.Neg, a[1].Single!);
            return new StackValue(type, t._build.Binary(
                Op.Or, t._build.Binary(one, a[0].Single!, a[1].Single!), t._build.Binary(other, a[0].Single!, back)));
        }

        private static StackValue BitCast(Translator t, KernelType type, StackValue value)
        {
            if (value.Count == type.Leaves.Length && value.Count != 1) return new StackValue(type, value.Leaves!);
            if (value.Count != 1 || type.Leaves.Length != 1)
                throw t.Unsupported(
                    $"a BitCast of {value.Type} to {type} is not allowed in kernels; reinterpret the fields");
            Value bits = value.Type is { IsScalar: true } from ? t.Narrowed(value.Single!, from) : value.Single!;
            KernelType leaf = type.Leaves[0].Type!;
            return new StackValue(type, t.Widened(t.Reinterpret(bits, leaf.Memory), leaf));
        }

        private static void Maths(Dictionary<string, Intrinsic> rows)
        {
            foreach ((string type, string home) in new[] { ("float", "System.MathF"), ("double", "System.Math") })
            {
                string number = type == "float" ? "System.Single" : "System.Double";
                foreach ((string name, Op op) in new[]
                {
                    ("Sqrt", Op.Sqrt), ("Exp", Op.Exp), ("Log", Op.Log), ("Log2", Op.Log2), ("Sin", Op.Sin),
                        ("Cos", Op.Cos), ("Tanh", Op.Tanh),
                    ("Floor", Op.Floor), ("Ceiling", Op.Ceil), ("Truncate", Op.Trunc), ("Round", Op.RoundEven),
                        ("Abs", Op.FAbs),
                })
                {
                    Unary($"{home}.{name}", op);
                    if (name == "Abs" && type == "float") Unary("System.Math.Abs", op);
                    Unary($"{number}.{name}", op);
                }

                Unary($"{number}.Exp2", Op.Exp2);
                Unary("ILGPU.Algorithms.XMath.Rsqrt", Op.Rsqrt);
                Unary("ILGPU.Algorithms.XMath.Rcp", Op.Rcp);
                rows.Add($"{home}.ReciprocalEstimate({type}):{type}", (t, c, a) =>
                    new StackValue(c.ReturnType, t._build.Raw.Unary(Op.Rcp, a[0].Single!, fast: true)));
                rows.Add($"{home}.ReciprocalSqrtEstimate({type}):{type}", (t, c, a) =>
                    new StackValue(c.ReturnType, t._build.Raw.Unary(Op.Rsqrt, a[0].Single!, fast: true)));
                foreach ((string name, Op op) in new[] { ("Min", Op.FMin), ("Max", Op.FMax) })
                {
                    Binary($"{home}.{name}", op);
                    if (type == "float") Binary($"System.Math.{name}", op);
                    Binary($"{number}.{name}", op);
                }

                Binary($"{home}.Pow", Op.Pow);
                Binary($"{home}.CopySign", Op.CopySign);
                Binary($"{number}.MinNumber", Op.FMinNum);
                Binary($"{number}.MaxNumber", Op.FMaxNum);
                foreach (string owner in new[] { home, number })
                    rows.Add($"{owner}.FusedMultiplyAdd({type},{type},{type}):{type}", (t, c, a) =>
                        new StackValue(c.ReturnType, t._build.Raw.Fma(a[0].Single!, a[1].Single!, a[2].Single!)));
                rows.Add($"System.Math.Clamp({type},{type},{type}):{type}", (t, c, a) =>
                    new StackValue(c.ReturnType, t._build.Binary(
                        Op.FMax, t._build.Binary(Op.FMin, a[0].Single!, a[2].Single!), a[1].Single!)));
                rows.Add($"{home}.Tan({type}):{type}", (t, c, a) =>
                    new StackValue(c.ReturnType, t._build.Binary(
                        Op.FDiv, t._build.Raw.Unary(Op.Sin, a[0].Single!), t._build.Raw.Unary(Op.Cos, a[0].Single!))));
                rows.Add($"{home}.Log10({type}):{type}", (t, c, a) =>
                    new StackValue(c.ReturnType, t._build.Binary(
                        Op.FMul, t._build.Raw.Unary(Op.Log2, a[0].Single!),
                        Number(t, c.ReturnType, 0.30102999566398119521))));
                foreach (string name in new[] { "Atan", "Asin", "Acos", "Sinh", "Cosh" })
                    rows.Add($"{home}.{name}({type}):{type}", Substitute);
                rows.Add($"{home}.Atan2({type},{type}):{type}", Substitute);
                rows.Add($"{home}.Round({type},System.MidpointRounding):{type}", RoundTo);
                rows.Add($"{number}.IsNaN({type}):bool", (t, _, a) =>
                    Bool(t, t._build.Binary(Op.FCmpNe, a[0].Single!, a[0].Single!)));
                rows.Add($"{number}.IsInfinity({type}):bool", (t, _, a) =>
                    Bool(t, t._build.Binary(Op.FCmpEq, t._build.Raw.Unary(Op.FAbs, a[0].Single!), Number(
                        t, a[0].Type, double.PositiveInfinity))));
                rows.Add($"{number}.IsFinite({type}):bool", (t, _, a) =>
                    Bool(t, t._build.Binary(Op.FCmpLt, t._build.Raw.Unary(Op.FAbs, a[0].Single!), Number(
                        t, a[0].Type, double.PositiveInfinity))));

                void Unary(string name, Op op) =>
                    rows.Add($"{name}({type}):{type}", (t, c, a) =>
                        new StackValue(c.ReturnType, t._build.Raw.Unary(op, a[0].Single!)));

                void Binary(string name, Op op) =>
                    rows.Add($"{name}({type},{type}):{type}", (t, c, a) =>
                        new StackValue(c.ReturnType, t._build.Raw.Binary(op, a[0].Single!, a[1].Single!)));
            }

            foreach ((string name, Op op) in new[]
            {
                ("Exp", Op.Exp), ("Exp2", Op.Exp2), ("Log", Op.Log), ("Log2", Op.Log2), ("Sin", Op.Sin),
                    ("Cos", Op.Cos), ("Tanh", Op.Tanh),
                ("Sqrt", Op.Sqrt), ("Rsqrt", Op.Rsqrt), ("Rcp", Op.Rcp),
            })
                rows.Add($"SRKernels.Intrinsics.FastMath.{name}(float):float", (t, c, a) =>
                    new StackValue(c.ReturnType, t._build.Raw.Unary(op, a[0].Single!, fast: true)));
            rows.Add("SRKernels.Intrinsics.FastMath.Divide(float,float):float", (t, c, a) =>
                new StackValue(c.ReturnType, t._build.Raw.Binary(Op.FDiv, a[0].Single!, a[1].Single!, fast: true)));
            foreach (string type in new[] { "sbyte", "byte", "short", "ushort", "int", "uint", "long", "ulong" })
            {
                bool signed = type is "sbyte" or "short" or "int" or "long";
                Op min = signed ? Op.MinS : Op.MinU;
                Op max = signed ? Op.MaxS : Op.MaxU;
                rows.Add($"System.Math.Min({type},{type}):{type}", (t, c, a) =>
                    new StackValue(c.ReturnType, t._build.Binary(min, a[0].Single!, a[1].Single!)));
                rows.Add($"System.Math.Max({type},{type}):{type}", (t, c, a) =>
                    new StackValue(c.ReturnType, t._build.Binary(max, a[0].Single!, a[1].Single!)));
                rows.Add($"System.Math.Clamp({type},{type},{type}):{type}", (t, c, a) =>
                    new StackValue(c.ReturnType, t._build.Binary(
                        max, t._build.Binary(min, a[0].Single!, a[2].Single!), a[1].Single!)));
                if (signed)
                    rows.Add($"System.Math.Abs({type}):{type}", (t, c, a) =>
                        new StackValue(c.ReturnType, t.Wrap(t._build.Raw.Unary(Op.AbsS, a[0].Single!), c.ReturnType)));
            }
        }

        /// <summary>The function of the same name and parameters in SRKernels.Intrinsics, translated in
        /// place.</summary>
        private static StackValue Substitute(Translator t, CallTarget call, StackValue[] a)
        {
            MethodInstance? body = t._types.Assemblies.Find(
                t._frame.Method.Module, "SRKernels.Intrinsics") is { } module
                ? t._methods.Find(module, "SRKernels.Intrinsics.DeviceMath", call.Name, call.MethodArguments,
                    call.Parameters)
                : null;
            return t.Inline(
                body ?? throw t.Unsupported(
                    $"{call.DeclaringName}.{call.Name} without SRKernels.Intrinsics.dll beside the kernels is not allowed in kernels; add the file"),
                a);
        }

        private static Value Number(Translator t, KernelType type, double value) =>
            type.Value == IrType.F32 ? t._function.Float((float)value) : t._function.Double(value);

        /// <summary>Ties to even, or away from zero: trunc(a), moved by one where the rest is a half or more.</summary>
        private static StackValue RoundTo(Translator t, CallTarget call, StackValue[] a)
        {
            Value x = a[0].Single!;
            int mode = Constant(t, a[1], "a rounding mode");
            if (mode == (int)MidpointRounding.ToEven)
                return new StackValue(call.ReturnType, t._build.Raw.Unary(Op.RoundEven, x));
            if (mode == (int)MidpointRounding.ToZero)
                return new StackValue(call.ReturnType, t._build.Raw.Unary(Op.Trunc, x));
            if (mode == (int)MidpointRounding.ToNegativeInfinity)
                return new StackValue(call.ReturnType, t._build.Raw.Unary(Op.Floor, x));
            if (mode == (int)MidpointRounding.ToPositiveInfinity)
                return new StackValue(call.ReturnType, t._build.Raw.Unary(Op.Ceil, x));
            Value whole = t._build.Raw.Unary(Op.Trunc, x);
            Value rest = t._build.Raw.Unary(Op.FAbs, t._build.Binary(Op.FSub, x, whole));
            Value moved = t._build.Binary(
                Op.FAdd, whole, t._build.Raw.Binary(Op.CopySign, Number(t, call.ReturnType, 1), x));
            return new StackValue(call.ReturnType, t._build.Select(
                t._build.Binary(Op.FCmpLe, Number(t, call.ReturnType, 0.5), rest), moved, whole));
        }

        private static void SixteenBit(Dictionary<string, Intrinsic> rows)
        {
            foreach ((
                string home, KernelType type) in new[] { ("ILGPU.Half", TypeTable.Half),
                ("SRKernels.Intrinsics.BFloat16", TypeTable.BFloat16) })
            {
                KernelType self = type;
                rows.Add($"{home}.op_Implicit({home}):float", (t, _, a) =>
                    new StackValue(TypeTable.Single, t._build.Raw.Convert(Op.FpExt, IrType.F32, a[0].Single!)));
                rows.Add($"{home}.op_Explicit(float):{home}", (t, _, a) =>
                    new StackValue(self, t._build.Raw.Convert(Op.FpTrunc, self.Value, a[0].Single!)));
                rows.Add($"{home}.get_{(self == TypeTable.Half ? "RawValue" : "Bits")}():ushort", (t, _, a) =>
                    RawBits(t, t.LoadThrough(a[0], self)));
            }

            rows.Add("ILGPU.Half.op_Implicit(ILGPU.Half):double", (t, _, a) =>
                new StackValue(TypeTable.Double, t._build.Raw.Convert(Op.FpExt, IrType.F64, a[0].Single!)));
            rows.Add("ILGPU.Half.op_Explicit(double):ILGPU.Half", (t, _, a) =>
                new StackValue(TypeTable.Half, t._build.Raw.Convert(Op.FpTrunc, IrType.F16, a[0].Single!)));
            rows.Add("ILGPU.Interop.FloatAsInt(ILGPU.Half):ushort", (t, _, a) => RawBits(t, a[0]));
            rows.Add("SRKernels.Intrinsics.BFloat16.Pack(SRKernels.Intrinsics.BFloat16,SRKernels.Intrinsics.BFloat16):uint", (
                t, _, a) =>
                new StackValue(TypeTable.UInt32, t._build.Raw.Emit(
                    Op.Pack2x16, IrType.I32, a[0].Single!, a[1].Single!)));
        }

        private static StackValue RawBits(Translator t, StackValue value) =>
            new(TypeTable.UInt16, t._build.Convert(Op.ZExt, IrType.I32, t.Reinterpret(value.Single!, IrType.I16)));
    }
}
