using System.Runtime.InteropServices;
using SRKernels.Compilation;
using SRKernels.Compiler.IR;
using SRKernels.Compiler.Tests.Conformance;
using SRKernels.Compiler.Tests.Runtime;
using SRKernels.Emulation;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.OpenCl;
using Xunit;

namespace SRKernels.Compiler.Tests.Codegen;

/// <summary>
/// Every scalar operation at every type that the rules allow, on values at the edges: the interpreter, which defines them, against PTX in the
/// emulator (and on a CUDA device, where there is one) and OpenCL C. Results are equal bit for bit (any NaN is one value) but for the functions in <see cref="Ulps"/>.
/// </summary>
public sealed class OpAgreementTests
{
    private const int Values = 16;
    private const int Rows = Values * Values;
    private const int RowBytes = 24; // three operands

    private static readonly IrType[] s_scalars =
        [IrType.I1, IrType.I8, IrType.I16, IrType.I32, IrType.I64, IrType.F16, IrType.BF16, IrType.F32, IrType.F64];

    private static readonly double[] s_floats =
        [0, -0.0, 1, -1, 0.5, 2.5, -3.5, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e-40, 3.4e38, -2147483648.5, 0.1, 12345.678, 7e9];

    private static readonly long[] s_ints =
        [0, 1, -1, 2, 3, 7, 31, 32, 33, 64, int.MinValue, int.MaxValue, long.MinValue, long.MaxValue, 0x5555_5555_AAAA_AAAA, -12345678901];

    public static TheoryData<string, string> Cases()
    {
        var rows = new TheoryData<string, string>();
        foreach (var device in new[] { "PTX sm_70", "PTX sm_80", "OpenCL", RealCuda.Name }.Where(d => IsHere(d) && ConformanceTests.IsAskedFor(d)))
            for (var op = Op.Select; op <= Op.Unpack2x16; op++)
                if (op != Op.Extract) rows.Add(op.ToString(), device);
        return rows;

        static bool IsHere(string device) => device switch { "OpenCL" => OpenClDevice.List().Count > 0, RealCuda.Name => RealCuda.IsHere, _ => true };
    }

    /// <summary>What a device may be off by, in units of the last place. OpenCL: the specification's table (7.4) or less where PoCL does better.</summary>
    private static double Ulps(Op op, IrType type, bool openCl) => op switch
    {
        Op.Rsqrt => 2,
        Op.Exp or Op.Exp2 or Op.Log or Op.Log2 => openCl ? 3 : 2,
        Op.Sin or Op.Cos => openCl ? 4 : 2,
        Op.Tanh => openCl ? 5 : type == IrType.F32 ? 2 : 3,
        Op.Pow => openCl ? 16 : 2,
        _ => 0,
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void AgreesWithTheInterpreter(string name, string device)
    {
        var op = Enum.Parse<Op>(name);
        var (function, combinations) = Build(op);
        var input = Input(op, combinations);
        byte[] expected, got;
        using (var interpreted = new InterpretedDevice()) expected = Run(interpreted, KernelImageMaker.Ir(function), input, combinations.Count);
        using (var tested = Open(device))
            got = Run(tested, device == "OpenCL" ? KernelImageMaker.OpenCl(function) : KernelImageMaker.Ptx(function, Target(device)), input, combinations.Count);

        var wrong = new List<string>();
        for (var c = 0; c < combinations.Count; c++)
            for (var row = 0; row < Rows; row++)
            {
                var at = ((c * Rows) + row) * 8;
                var type = combinations[c].Type;
                var (a, b) = (MemoryMarshal.Read<ulong>(expected.AsSpan(at)), MemoryMarshal.Read<ulong>(got.AsSpan(at)));
                if (a == b || IsNear(op, type, a, b, Ulps(op, type, device == "OpenCL"))) continue;
                var operands = Enumerable.Range(0, combinations[c].Operands.Length).Select(k => $"0x{MemoryMarshal.Read<ulong>(input.AsSpan((((c * Rows) + row) * RowBytes) + (8 * k))):x}");
                wrong.Add($"{combinations[c]} of ({string.Join(", ", operands)}): expected 0x{a:x}, got 0x{b:x}");
            }

        Assert.True(wrong.Count == 0, $"{name} on {device}: {wrong.Count} of {combinations.Count * Rows} differ:\n{string.Join('\n', wrong.Take(12))}");
    }

    private static Device Open(string device) => device switch
    {
        "OpenCL" => OpenClDevice.Open(0),
        RealCuda.Name => RealCuda.Open(),
        _ => new CudaDevice(new EmulatedCudaDriver(Target(device)), 0),
    };

    private static int Target(string device) => device switch { RealCuda.Name => RealCuda.Target, "PTX sm_70" => 70, _ => 80 };

    private static bool IsNear(Op op, IrType type, ulong expected, ulong got, double ulps)
    {
        if (!type.IsAnyFloat) return false;
        var (a, b) = (Real(type, expected), Real(type, got));
        if (double.IsNaN(a) || double.IsNaN(b)) return double.IsNaN(a) && double.IsNaN(b);
        if (a == 0 && b == 0) return op is Op.FMinNum or Op.FMaxNum; // either zero
        if (ulps == 0 || double.IsInfinity(a) || double.IsInfinity(b) || double.IsNegative(a) != double.IsNegative(b)) return false;
        return Math.Abs((long)(expected - got)) <= ulps;
    }

    private static double Real(IrType type, ulong bits) => type.Kind switch
    {
        Kind.F16 => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
        Kind.BF16 => BitConverter.UInt32BitsToSingle((uint)bits << 16),
        Kind.F32 => BitConverter.UInt32BitsToSingle((uint)bits),
        _ => BitConverter.UInt64BitsToDouble(bits),
    };

    private sealed record Combination(Op Op, IrType Type, IrType[] Operands, long Imm)
    {
        public override string ToString() => $"{Op}#{Imm} ({string.Join(", ", Operands)}) to {Type}";
    }

    private static (Function Function, List<Combination> Combinations) Build(Op op)
    {
        var f = new Function(new KernelInfo($"Op.{op}"));
        var input = f.AddParameter(IrType.Global, "input");
        f.AddParameter(IrType.I64, "input.length");
        var output = f.AddParameter(IrType.Global, "output");
        f.AddParameter(IrType.I64, "output.length");
        var b = new Builder(f);
        b.SetEnd(f.AddBlock());
        var row = b.Binary(Op.Add, b.Binary(Op.Mul, b.Emit(Op.GroupIdx, IrType.I32, 0), b.Emit(Op.GroupDim, IrType.I32, 0)), b.Emit(Op.ThreadIdx, IrType.I32, 0));
        var from = b.Addr(input, row, RowBytes);
        var to = b.Addr(output, row, 8);
        var combinations = new List<Combination>();
        foreach (var combination in Legal(op, f))
        {
            var offset = combinations.Count * Rows;
            var operands = new Value[combination.Operands.Length];
            for (var k = 0; k < operands.Length; k++)
            {
                var type = combination.Operands[k];
                var place = (offset * RowBytes) + (8 * k);
                operands[k] = type == IrType.I1
                    ? b.Binary(Op.CmpNe, b.Binary(Op.And, b.Load(IrType.I32, from, place), f.Int(1)), f.Int(0))
                    : b.Load(type, from, place);
            }

            var value = b.Emit(op, combination.Type, combination.Imm, operands);
            if (value.Type == IrType.I1) value = b.Convert(Op.ZExt, IrType.I32, value);
            b.Store(to, offset * 8, value);
            combinations.Add(combination);
        }

        b.Ret();
        Verifier.Verify(f, nameof(OpAgreementTests));
        return (f, combinations);
    }

    /// <summary>Every combination of scalar types that the rules accept.</summary>
    private static IEnumerable<Combination> Legal(Op op, Function f)
    {
        var count = OpInfo.Of(op).OperandCount;
        foreach (var result in s_scalars)
            foreach (var first in s_scalars)
                foreach (var second in count > 1 ? s_scalars : [IrType.Void])
                    for (var imm = 0; imm < (op == Op.Unpack2x16 ? 2 : 1); imm++)
                    {
                        IrType[] types = count switch { 1 => [first], 2 => [first, second], _ => op == Op.Select ? [first, second, second] : [first, second, first] };
                        var probe = f.Create(op, result, Array.ConvertAll(types, f.Undef));
                        probe.Imm = imm;
                        if (TypeRules.Check(probe, f) is null) yield return new Combination(op, result, types, imm);
                    }
    }

    private static byte[] Input(Op op, List<Combination> combinations)
    {
        var bytes = new byte[combinations.Count * Rows * RowBytes];
        for (var c = 0; c < combinations.Count; c++)
            for (var row = 0; row < Rows; row++)
            {
                int[] choice = [row % Values, row / Values, ((row * 7) + (row / 5)) % Values];
                var operands = new ulong[combinations[c].Operands.Length];
                for (var k = 0; k < operands.Length; k++) operands[k] = Pattern(combinations[c].Operands[k], choice[k]);
                if (op is >= Op.DivS and <= Op.RemU) Avoid(operands, combinations[c].Type.Bits);
                for (var k = 0; k < operands.Length; k++) MemoryMarshal.Write(bytes.AsSpan((((c * Rows) + row) * RowBytes) + (8 * k)), operands[k]);
            }

        return bytes;
    }

    private static ulong Pattern(IrType type, int choice) => type.Kind switch
    {
        Kind.F16 => BitConverter.HalfToUInt16Bits((Half)s_floats[choice]),
        Kind.BF16 => BitConverter.SingleToUInt32Bits((float)s_floats[choice]) >> 16,
        Kind.F32 => BitConverter.SingleToUInt32Bits((float)s_floats[choice]),
        Kind.F64 => BitConverter.DoubleToUInt64Bits(s_floats[choice]),
        _ => (ulong)s_ints[choice],
    };

    /// <summary>What the language makes an error: division by zero, and the one quotient that does not fit.</summary>
    private static void Avoid(ulong[] operands, int bits)
    {
        if (ScalarSemantics.Cut(operands[1], bits) == 0) operands[1] = 5;
        if (ScalarSemantics.Sign(operands[1], bits) == -1 && ScalarSemantics.Cut(operands[0], bits) == 1UL << (bits - 1)) operands[1] = 3;
    }

    private static byte[] Run(Device device, KernelImage image, byte[] input, int combinations)
    {
        using var kernel = device.Load(image);
        using var from = device.Allocate(input.Length);
        using var to = device.Allocate(combinations * Rows * 8);
        var result = new byte[combinations * Rows * 8];
        device.Upload(input, from);
        device.Upload(result, to);
        device.Launch(kernel, new LaunchShape(new SRKernels.Runtime.Extent(Rows / 64), new SRKernels.Runtime.Extent(64)), new KernelArguments().View<byte>(from).View<byte>(to));
        device.Synchronize();
        device.Download(to, result);
        return result;
    }
}
