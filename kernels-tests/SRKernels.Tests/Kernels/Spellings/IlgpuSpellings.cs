using SRKernels.Compiler.IR;
using SRKernels.Compiler.Passes;

namespace SRKernels.Tests.Kernels.Spellings;

/// <summary>One finding.</summary>
/// <param name="Kernel">Which kernel.</param>
/// <param name="File">Name of the source file.</param>
/// <param name="Line">Line there.</param>
/// <param name="What">What is wrong, and what to do.</param>
internal sealed record WrongSpelling(string Kernel, string File, int Line, string What)
{
    public override string ToString() => $"{Kernel} ({File}:{Line}) {What}";
}

/// <summary>
/// Finds in a kernel, as the front end translates it, what ILGPU's compiler would translate wrongly (src/SRKernels.Compiler/README.md has the smallest kernel of each):
/// divisions by powers of two, which it shifts, of numbers that may be negative or, unsigned, beyond 2^31; and a choice between the integers 0 and 1 that becomes a float.
/// </summary>
internal static class IlgpuSpellings
{
    /// <param name="f">The kernel, fresh from the front end; some passes run over it.</param>
    public static IReadOnlyList<WrongSpelling> In(Function f)
    {
        List<WrongSpelling> wrong = [];
        foreach (var v in Instructions(f))
        {
            if (v.Op is Op.SiToFp or Op.UiToFp && IsZeroOrOne(v[0]))
                wrong.Add(At(f, v, "makes a float of a choice between the integers 0 and 1: choose between 0f and 1f"));
        }

        // What is written twice is one value, and a struct's fields are values. Loops stay: ILGPU does not unroll them.
        IPass[] passes = [new SimplifyControlFlow(), new FoldConstants(), new EliminateDeadCode(), new PromoteLocals(), new FoldConstants(), new EliminateCommonSubexpressions()];
        foreach (var pass in passes) pass.Run(f);
        var ranges = new IntegerRanges(f);
        foreach (var v in Instructions(f))
        {
            if (v.Op is Op.DivS or Op.DivU && v[1].TryGetInt(out var divisor) && divisor > 1 && (divisor & (divisor - 1)) == 0 && !ranges.IsNotNegative(v[0]))
                wrong.Add(At(f, v, $"divides by {divisor} what may be negative, or unsigned and beyond 2^31: shift it, or write it so that it cannot be"));
        }

        return wrong;
    }

    private static IEnumerable<Value> Instructions(Function f)
    {
        foreach (var block in f.Blocks)
            for (var v = block.First; v is not null; v = v.Next) yield return v;
    }

    private static WrongSpelling At(Function f, Value v, string what)
    {
        var isKnown = v.Position.File >= 0 && v.Position.File < f.Files.Count;
        return new WrongSpelling(f.Info.Name, isKnown ? Path.GetFileName(f.Files[v.Position.File].Replace('\\', '/')) : "?", v.Position.Line, what);
    }

    /// <summary>Whether a value is a comparison's result or chosen from 0 and 1, not a constant.</summary>
    private static bool IsZeroOrOne(Value value)
    {
        if (value.IsConst) return false;
        var seen = new HashSet<Value>(ReferenceEqualityComparer.Instance);
        var waiting = new Stack<Value>([value]);
        while (waiting.TryPop(out var v))
        {
            if (!seen.Add(v)) continue;
            if (v.TryGetInt(out var constant) && constant is 0 or 1) continue;
            switch (v.Op)
            {
                case Op.Phi:
                    foreach (var operand in v.Operands) waiting.Push(operand);
                    break;
                case Op.Select:
                    waiting.Push(v[1]);
                    waiting.Push(v[2]);
                    break;
                case Op.ZExt when v[0].Type.Kind == Kind.I1:
                    break;
                default:
                    return false;
            }
        }

        return true;
    }
}
