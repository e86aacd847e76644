using SRKernels.Compiler.Interpretation;
using SRKernels.Compiler.IR;
using SRKernels.Compiler.Passes;
using Xunit;

namespace SRKernels.Compiler.Tests.Passes;

/// <summary>
/// Functions written out as IR, run by the interpreter, against .NET's: f32 against the function in double, f64 against the C library's double
/// (itself within an ulp). Dense samples over each range that is computed in its own way, and every pair of special values.
/// </summary>
public sealed class ExpandMathTests(ITestOutputHelper output)
{
    private const int Samples = 1500;

    private static readonly double[] s_special =
    [
        0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, -2.5, 1e-3, 255, double.PositiveInfinity, double.NegativeInfinity, double.NaN,
        double.Epsilon, -double.Epsilon, 2.2250738585072014e-308, 1e-310, double.MaxValue, -double.MaxValue, float.Epsilon, -float.Epsilon,
        1.17549435e-38f, 1e-40f, float.MaxValue, -float.MaxValue, 16777215, 16777217, 9007199254740991, 9007199254740993, -9007199254740991,
        0.99999994f, 1.0000001f, 0.9999999999999999, 1.0000000000000002, 88.72284, -103.97, 709.782712893384, -745.1332191019411,
        Math.PI, Math.PI / 2, 1.5707963f, 1e10, 1e22, 1e300, 32767.5, 32768.5, 1048575.5, 1048576.5, 5.3193726483265414e255,
    ];

    public static TheoryData<string, string, double> Rows()
    {
        var rows = new TheoryData<string, string, double>
        {
            { "Exp", "F32", 2 }, { "Log", "F32", 2 }, { "Log2", "F32", 2 }, { "Pow", "F32", 1 }, { "Sin", "F32", 2 }, { "Cos", "F32", 2 },
            { "Tanh", "F32", 2 }, { "FRem", "F32", 0 },
            { "Exp", "F64", 2 }, { "Exp2", "F64", 2 }, { "Log", "F64", 2 }, { "Log2", "F64", 2.5 }, { "Pow", "F64", 2 }, { "Sin", "F64", 2 }, { "Cos", "F64", 2 },
            { "Tanh", "F64", 3 }, { "FRem", "F64", 0 },
        };
        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void StaysWithinItsUlps(string name, string kind, double most)
    {
        var op = Enum.Parse<Op>(name);
        var type = kind == "F32" ? IrType.F32 : IrType.F64;
        var inputs = Inputs(op, type);
        var got = Run(op, type, inputs);
        double worst = 0;
        var worstAt = "";
        for (var i = 0; i < inputs.Count; i++)
        {
            var (x, y) = inputs[i];
            var expected = Truth(op, x, y);
            var error = Ulps(type, expected, got[i]);
            if (error <= worst) continue;
            worst = error;
            worstAt = $"{name}.{kind}({x:R}, {y:R}): expected {expected:R}, got {got[i]:R}";
        }

        output.WriteLine($"{name} {kind}: {worst:F2} ulp of {inputs.Count} values; {worstAt}");
        Assert.True(worst <= most, $"{worst} ulp, expected at most {most}: {worstAt}");
    }

    private static double Truth(Op op, double x, double y) => op switch
    {
        Op.Exp => Math.Exp(x),
        Op.Exp2 => Math.Pow(2, x),
        Op.Log => Math.Log(x),
        Op.Log2 => Math.Log2(x),
        Op.Pow => Math.Pow(x, y),
        Op.Sin => Math.Sin(x),
        // The double nearest to a multiple of pi / 2 (Muller, Elementary Functions, table of worst cases); C libraries are 8 ulp off here.
        Op.Cos when x == 5.3193726483265414e255 => -4.687165924254628e-19,
        Op.Cos => Math.Cos(x),
        Op.Tanh => Math.Tanh(x),
        _ => x % y,
    };

    /// <summary>The distance in units of the last place that the expected value has in that type; specials and signs of zero must be equal.</summary>
    private static double Ulps(IrType type, double expected, double got)
    {
        if (double.IsNaN(expected) || double.IsNaN(got)) return double.IsNaN(expected) == double.IsNaN(got) ? 0 : double.PositiveInfinity;
        var rounded = type == IrType.F32 ? (float)expected : expected;
        if (rounded == got) return double.IsNegative(rounded) == double.IsNegative(got) ? 0 : double.PositiveInfinity;
        if (double.IsInfinity(rounded) || double.IsInfinity(got))
        {
            // The last finite number beside infinity is one ulp off; anything else is wrong.
            var most = type == IrType.F32 ? float.MaxValue : double.MaxValue;
            return Math.Min(Math.Abs(rounded), Math.Abs(got)) == most && Math.Sign(rounded) == Math.Sign(got) ? 1 : double.PositiveInfinity;
        }

        var unit = type == IrType.F32
            ? MathF.BitIncrement(MathF.Abs((float)rounded)) - (double)MathF.Abs((float)rounded)
            : Math.BitIncrement(Math.Abs(rounded)) - Math.Abs(rounded);
        return Math.Abs(expected - got) / unit;
    }

    private static List<(double X, double Y)> Inputs(Op op, IrType type)
    {
        var random = new Random(20240607 + (int)op);
        var inputs = new List<(double, double)>();
        var isBinary = op is Op.Pow or Op.FRem;
        foreach (var x in s_special)
            foreach (var y in isBinary ? s_special : [0]) inputs.Add((x, y));
        for (var i = 0; i < Samples; i++)
        {
            var t = (2 * random.NextDouble()) - 1;
            inputs.Add(op switch
            {
                Op.Exp => (t * (type == IrType.F32 ? 105 : 750), 0),
                Op.Exp2 => (t * 1080, 0),
                Op.Log or Op.Log2 => (i % 2 == 0 ? AnyPositive(random, type) : 1 + (0.6 * t), 0),
                Op.Pow when i % 3 == 0 => (AnyPositive(random, type), t * 2),
                Op.Pow when i % 3 == 1 => (-random.Next(1, 30), random.Next(-40, 40)),
                Op.Pow => (1 + (0.01 * t), ((2 * random.NextDouble()) - 1) * (type == IrType.F32 ? 9000 : 70000)),
                Op.Sin or Op.Cos => (i % 4 == 0 ? AnyPositive(random, type) : i % 4 == 1 ? Math.Round(t * 10000) * (Math.PI / 2) : t * (i % 4 == 2 ? 10 : 1e6), 0),
                Op.Tanh => (i % 3 == 0 ? t * 25 : i % 3 == 1 ? t : t * 1e-4, 0),
                _ => i % 2 == 0 ? (AnyPositive(random, type), AnyPositive(random, type)) : (t * 1000, random.NextDouble() * 3),
            });
        }

        return type == IrType.F32 ? inputs.ConvertAll(p => ((double)(float)p.Item1, (double)(float)p.Item2)) : inputs;
    }

    private static double AnyPositive(Random random, IrType type) =>
        type == IrType.F32
            ? BitConverter.Int32BitsToSingle(random.Next(1, 0x7F800000))
            : BitConverter.Int64BitsToDouble(random.NextInt64(1, 0x7FF0000000000000));

    private static unsafe double[] Run(Op op, IrType type, List<(double X, double Y)> inputs)
    {
        var f = new Function(new KernelInfo("Math"));
        var from = f.AddParameter(IrType.Global, "from");
        var to = f.AddParameter(IrType.Global, "to");
        var b = new Builder(f);
        b.SetEnd(f.AddBlock());
        var index = b.Emit(Op.GroupIdx, IrType.I32, 0);
        var bytes = type.Bytes;
        var at = b.Addr(from, index, 2 * bytes);
        var x = b.Load(type, at);
        var y = b.Load(type, at, bytes);
        b.Store(b.Addr(to, index, bytes), 0, op is Op.Pow or Op.FRem ? b.Binary(op, x, y) : b.Unary(op, x));
        b.Ret();
        Assert.True(new ExpandMath().Run(f));
        Verifier.Verify(f, nameof(ExpandMath));
        using var memory = new InterpretedMemory();
        var input = memory.Allocate(inputs.Count * 2 * bytes);
        var result = memory.Allocate(inputs.Count * bytes);
        for (var i = 0; i < inputs.Count; i++)
        {
            var place = memory.At(input + (ulong)(2 * i * bytes), 2 * bytes);
            if (bytes == 4) (((float*)place)[0], ((float*)place)[1]) = ((float)inputs[i].X, (float)inputs[i].Y);
            else (((double*)place)[0], ((double*)place)[1]) = (inputs[i].X, inputs[i].Y);
        }

        new Interpreter(f, memory).Launch((inputs.Count, 1, 1), (1, 1, 1), 0, [input, result]);
        var values = new double[inputs.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var place = memory.At(result + (ulong)(i * bytes), bytes);
            values[i] = bytes == 4 ? *(float*)place : *(double*)place;
        }

        return values;
    }
}
