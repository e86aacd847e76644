using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Products that are only added become fused: one instruction, one rounding less.
/// <code>%1 = fmul %a, %b; %2 = fadd %1, %c (only user of %1)   ->   %2 = fma %a, %b, %c</code>
/// The language has no word for fma, so this pass is how kernels get it. It changes the last bit, on every back end alike: it runs before code
/// generation, and neither PTX nor OpenCL may contract on its own.
/// </summary>
internal sealed class FuseMultiplyAdd : IPass
{
    /// <inheritdoc/>
    public bool Run(Function f)
    {
        if (!f.Info.Contract) return false;
        var b = new Builder(f);
        bool any = false;
        foreach (Block block in f.Blocks)
        {
            Value? next;
            for (Value? v = block.First; v is not null; v = next)
            {
                next = v.Next;
                if (v.Op is not (Op.FAdd or Op.FSub) || Fused(b, v) is not { } fused) continue;
                Value[] terms = v.Operands.ToArray();
                v.ReplaceAllUsesWith(fused);
                v.Remove();
                foreach (Value term in terms)
                    if (term.Op == Op.FMul && term.Users.Length == 0) term.Remove(); // or it would count as a user of its factors
                any = true;
            }
        }

        return any;
    }

    private static Value? Fused(Builder b, Value v)
    {
        b.SetBefore(v);
        if (IsOwnProduct(v[0]) && !(v.Op == Op.FAdd && IsOwnProduct(v[1]) && IsLater(v[1], v[0])))
            return Take(b, v[0], v.Op == Op.FAdd ? v[1] : b.Unary(Op.FNeg, v[1]), negate: false);
        if (IsOwnProduct(v[1])) return Take(b, v[1], v[0], negate: v.Op == Op.FSub);
        return null;
    }

    private static Value Take(Builder b, Value product, Value addend, bool negate)
    {
        Value factor = negate ? b.Unary(Op.FNeg, product[0]) : product[0];
        return b.Fma(factor, product[1], addend);
    }

    private static bool IsOwnProduct(Value v) => v.Op == Op.FMul && v.Users.Length == 1;

    /// <summary>Of two products in one sum the first written is fused last: a choice, but always the same one.</summary>
    private static bool IsLater(Value a, Value b) => a.Id > b.Id;
}
