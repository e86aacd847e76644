using System.Reflection;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Values;

namespace SRKernels.Ilgpu.Ptx;

/// <summary>
/// The instructions of each intrinsic in ILGPU's PTX: what our own back end writes for them. Source: NVIDIA, PTX ISA 7.4.
/// </summary>
/// <remarks>
/// In a text <c>$d</c> is the result and <c>$0</c>.. are the arguments, structs in braces; <c>$c0</c> an argument that must be a constant. Of a reference
/// <c>$a0</c> is the address and <c>$q0</c> its state space (<c>.shared</c>, or nothing where ILGPU does not know); <c>$s0</c> and <c>$g0</c> are its address
/// in shared and global memory. <c>$f1</c> (float), <c>$u1</c> (32 bits), <c>$h1</c> (16 bits) are registers of its own.
/// </remarks>
internal static class PtxInstructions
{
    /// <summary>By full signature; each form with the lowest target that knows its instructions, newest first.</summary>
    private static readonly Dictionary<string, (int Target, string Text)[]> s_texts = Texts();

    /// <summary>Writes an intrinsic's instructions in place of the call: called by ILGPU's code generator.</summary>
    /// <param name="backend">The back end.</param>
    /// <param name="generator">The generator of the function that calls it.</param>
    /// <param name="value">The call.</param>
    public static void Write(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        var method = (MethodInfo)((MethodCall)value).Target.Source;
        var target = (backend.Architecture.Major * 10) + backend.Architecture.Minor;
        var forms = s_texts[SignatureOf(method)];
        foreach (var (lowest, text) in forms)
        {
            if (lowest > target) continue;
            new PtxText(generator, value).Write(text);
            return;
        }

        throw new NotSupportedException($"{method.DeclaringType!.Name}.{method.Name} needs sm_{forms[^1].Target}, the target is sm_{target}");
    }

    /// <summary>Whether an intrinsic has instructions.</summary>
    internal static bool Knows(MethodInfo method) => s_texts.ContainsKey(SignatureOf(method));

    private static string SignatureOf(MethodInfo method)
    {
        if (method.IsGenericMethod) method = method.GetGenericMethodDefinition();
        return $"{method.DeclaringType!.Name}.{method.Name}({string.Join(',', method.GetParameters().Select(p => p.ParameterType.Name))})";
    }

    private static Dictionary<string, (int Target, string Text)[]> Texts()
    {
        var rows = new Dictionary<string, (int Target, string Text)[]>(StringComparer.Ordinal);
        Products(rows);
        Packs(rows);
        Copies(rows);
        WideAccesses(rows);
        Maths(rows);
        return rows;
    }

    private static void Products(Dictionary<string, (int Target, string Text)[]> rows)
    {
        const string Wide = "Registers4,Registers2,Accumulator4", Narrow = "Registers2,UInt32,Accumulator4";
        Product("Half", Wide, "m16n8k16", "f16", 80);
        Product("BFloat16", Wide, "m16n8k16", "bf16", 80);
        Product("Half", Narrow, "m16n8k8", "f16", 75);
        Product("BFloat16", Narrow, "m16n8k8", "bf16", 80);
        Product("Tf32", Wide, "m16n8k8", "tf32", 80);
        foreach (var count in new[] { 1, 2, 4 })
        {
            var lanes = count == 1 ? "{$d}" : "$d";
            rows[$"TensorCore.LoadMatrix{count}(T&)"] = [(75, $"ldmatrix.sync.aligned.m8n8.x{count}.shared.b16 {lanes}, [$s0];")];
            rows[$"TensorCore.LoadMatrix{count}Transposed(T&)"] = [(75, $"ldmatrix.sync.aligned.m8n8.x{count}.trans.shared.b16 {lanes}, [$s0];")];
        }

        void Product(string name, string operands, string size, string format, int target)
        {
            var b = operands == Narrow ? "{$1}" : "$1";
            rows[$"TensorCore.MultiplyAdd{name}({operands})"] = [(target, $"mma.sync.aligned.{size}.row.col.f32.{format}.{format}.f32 $d, $0, {b}, $2;")];
        }
    }

    private static void Packs(Dictionary<string, (int Target, string Text)[]> rows)
    {
        // The low 13 bits are unspecified there, zero in our definition.
        rows["TensorCore.RoundToTf32(Single)"] = [(80, "cvt.rna.tf32.f32 $u1, $0; and.b32 $u1, $u1, -8192; mov.b32 $d, $u1;")];
        rows["TensorCore.PackHalf(Single,Single)"] = [(60, "cvt.rn.f16.f32 $h1, $0; cvt.rn.f16.f32 $h2, $1; mov.b32 $d, {$h1, $h2};")];
        rows["TensorCore.LowHalf(UInt32)"] = [(60, "mov.b32 {$h1, $h2}, $0; cvt.f32.f16 $d, $h1;")];
        rows["TensorCore.HighHalf(UInt32)"] = [(60, "mov.b32 {$h1, $h2}, $0; cvt.f32.f16 $d, $h2;")];
        rows["TensorCore.PackBFloat16(Single,Single)"] = [(80, "cvt.rn.bf16.f32 $h1, $0; cvt.rn.bf16.f32 $h2, $1; mov.b32 $d, {$h1, $h2};")];
        rows["TensorCore.LowBFloat16(UInt32)"] = [(0, "shl.b32 $u1, $0, 16; mov.b32 $d, $u1;")];
        rows["TensorCore.HighBFloat16(UInt32)"] = [(0, "and.b32 $u1, $0, -65536; mov.b32 $d, $u1;")];
    }

    private static void Copies(Dictionary<string, (int Target, string Text)[]> rows)
    {
        foreach (var bytes in new[] { 4, 8, 16 })
        {
            // .cg goes past L1, which a tile that is read once from L2 does not need; it exists for 16 bytes only.
            var opcode = bytes == 16 ? "cp.async.cg.shared.global" : "cp.async.ca.shared.global";
            rows[$"AsyncCopy.Copy{bytes}(T&,T&)"] = [(80, $"{opcode} [$s0], [$g1], {bytes};")];
            rows[$"AsyncCopy.Copy{bytes}(T&,T&,Int32)"] = [(80, $"{opcode} [$s0], [$g1], {bytes}, $2;")];
        }

        rows["AsyncCopy.Commit()"] = [(80, "cp.async.commit_group;")];
        rows["AsyncCopy.Wait(Int32)"] = [(80, "cp.async.wait_group $c0;")];
    }

    private static void WideAccesses(Dictionary<string, (int Target, string Text)[]> rows)
    {
        foreach (var lanes in new[] { 2, 4 })
        {
            rows[$"VectorAccess.Load{lanes}(Single&)"] = [(0, $"ld$q0.v{lanes}.f32 $d, [$a0];")];
            rows[$"VectorAccess.Store{lanes}(Single&,Float{lanes})"] = [(0, $"st$q0.v{lanes}.f32 [$a0], $1;")];
            rows[$"VectorAccess.LoadBits{lanes}(T&)"] = [(0, $"ld$q0.v{lanes}.b32 $d, [$a0];")];
            rows[$"VectorAccess.StoreBits{lanes}(T&,Registers{lanes})"] = [(0, $"st$q0.v{lanes}.b32 [$a0], $1;")];
        }
    }

    /// <summary>The fast forms flush denormals (.ftz): without that ptxas surrounds each with a comparison and two multiplications.</summary>
    private static void Maths(Dictionary<string, (int Target, string Text)[]> rows)
    {
        const string Log2E = "0f3FB8AA3B", Ln2 = "0f3F317218", TwoLog2E = "0f4038AA3B", One = "0f3F800000", MinusTwo = "0fC0000000";
        rows["FastMath.Exp(Single)"] = [(0, $"mul.rn.f32 $f1, $0, {Log2E}; ex2.approx.ftz.f32 $d, $f1;")];
        rows["FastMath.Exp2(Single)"] = [(0, "ex2.approx.ftz.f32 $d, $0;")];
        rows["FastMath.Log(Single)"] = [(0, $"lg2.approx.ftz.f32 $f1, $0; mul.rn.f32 $d, $f1, {Ln2};")];
        rows["FastMath.Log2(Single)"] = [(0, "lg2.approx.ftz.f32 $d, $0;")];
        rows["FastMath.Sin(Single)"] = [(0, "sin.approx.ftz.f32 $d, $0;")];
        rows["FastMath.Cos(Single)"] = [(0, "cos.approx.ftz.f32 $d, $0;")];
        // Before sm_75: 1 - 2 / (1 + e^2a), which saturates as it should.
        rows["FastMath.Tanh(Single)"] =
        [
            (75, "tanh.approx.f32 $d, $0;"),
            (0, $"mul.rn.f32 $f1, $0, {TwoLog2E}; ex2.approx.ftz.f32 $f2, $f1; add.rn.f32 $f3, $f2, {One}; rcp.approx.ftz.f32 $f4, $f3; fma.rn.f32 $d, $f4, {MinusTwo}, {One};"),
        ];
        rows["FastMath.Sqrt(Single)"] = [(0, "sqrt.approx.f32 $d, $0;")];
        rows["FastMath.Rsqrt(Single)"] = [(0, "rsqrt.approx.f32 $d, $0;")];
        rows["FastMath.Rcp(Single)"] = [(0, "rcp.approx.ftz.f32 $d, $0;")];
        rows["FastMath.Divide(Single,Single)"] = [(0, "div.approx.ftz.f32 $d, $0, $1;")];
        rows["FastMath.MaxNumber(Single,Single)"] = [(0, "max.f32 $d, $0, $1;")];
        rows["DeviceBits.FusedMultiplyAdd(Single,Single,Single)"] = [(0, "fma.rn.f32 $d, $0, $1, $2;")];
        rows["DeviceBits.FusedMultiplyAdd(Double,Double,Double)"] = [(0, "fma.rn.f64 $d, $0, $1, $2;")];
    }
}
