using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Writes the exact forms of exp, log, pow, sin, cos, tanh and the float remainder out, for targets that have no such instructions (PTX).
/// <code>%1 = exp %x   ->   n = roundeven(x log2 e); r = x - n ln 2; polynomial of r, times 2^n</code>
/// Legal: the same function to the ulps that the tests hold (<see cref="RealMath"/> says how each is computed), every special case included.
/// Approximate forms (.fast) of f32 stay: those are instructions. Sin and cos of huge numbers and the remainder need a branch or a loop:
/// there the block is split at the operation.
/// </summary>
internal sealed class ExpandMath : IPass
{
    /// <inheritdoc/>
    public bool Run(Function f)
    {
        bool any = false;
        for (int i = 0; i < f.Blocks.Count; i++)
        {
            // What follows a split stands in a new block, which is walked later.
            Value? next;
            for (Value? v = f.Blocks[i].First; v is not null && v.Block == f.Blocks[i]; v = next)
            {
                next = v.Next;
                if (!IsExpanded(v)) continue;
                Value result = Expand(f, v);
                if (v.Users.Length > 0) v.ReplaceAllUsesWith(result);
                v.Remove();
                any = true;
            }
        }

        return any;
    }

    /// <summary>Whether PTX has no instruction for it. ex2.approx.f32 is within 2 ulp, so 2^x of f32 is one.</summary>
    internal static bool IsExpanded(Value v) =>
        v.Op == Op.FRem || (v.Op is >= Op.Exp and <= Op.Tanh && (v.Type == IrType.F64 || !(v.Fast || v.Op == Op.Exp2)));

    /// <summary>Whether the function has anything to expand.</summary>
    internal static bool IsNeeded(Function f)
    {
        foreach (Block block in f.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
                if (IsExpanded(v)) return true;
        return false;
    }

    private static Value Expand(Function f, Value v)
    {
        var m = new RealMath(f, v);
        return v.Op switch
        {
            Op.Exp => m.Exp(v[0]),
            Op.Exp2 => m.Exp2(v[0]),
            Op.Log => m.Log(v[0]),
            Op.Log2 => m.Log2(v[0]),
            Op.Pow => m.Pow(v[0], v[1]),
            Op.Sin => m.Sine(v[0], quarterTurns: 0),
            Op.Cos => m.Sine(v[0], quarterTurns: 1),
            Op.Tanh => m.Tanh(v[0]),
            _ => m.Remainder(v[0], v[1]),
        };
    }
}
