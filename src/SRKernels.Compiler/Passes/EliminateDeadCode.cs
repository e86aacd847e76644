using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Removes what nothing visible depends on, phi cycles included.
/// <code>%1 = add %0, 1   (no user)   ->   (nothing)</code>
/// Legal: roots are stores, barriers, volatile accesses and terminators; everything they do not reach cannot be observed.
/// </summary>
internal sealed class EliminateDeadCode : IPass
{
    /// <inheritdoc/>
    public bool Run(Function f)
    {
        var live = new bool[f.ValueCount];
        var work = new Stack<Value>();
        foreach (Block block in f.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
                if (IsRoot(v) && !live[v.Id])
                {
                    live[v.Id] = true;
                    work.Push(v);
                }

        while (work.TryPop(out Value? v))
            foreach (Value operand in v.Operands)
                if (!live[operand.Id])
                {
                    live[operand.Id] = true;
                    work.Push(operand);
                }

        bool any = false;
        foreach (Block block in f.Blocks)
        {
            Value? next;
            for (Value? v = block.First; v is not null; v = next)
            {
                next = v.Next;
                if (live[v.Id]) continue;
                // Dead users of a dead value may come later: cut the value off first.
                if (v.Users.Length > 0) v.ReplaceAllUsesWith(f.Undef(v.Type));
                v.Remove();
                any = true;
            }
        }

        return any;
    }

    private static bool IsRoot(Value v) => v.IsTerminator || v.Volatile || v.Info.Has(OpTraits.Writes);
}
