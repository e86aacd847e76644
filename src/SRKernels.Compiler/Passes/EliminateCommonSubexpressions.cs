using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Computes equal things once.
/// <code>%1 = add %a, %b ... %2 = add %b, %a (dominated by %1)   ->   uses of %2 read %1</code>
/// Legal: pure operations with equal operands are equal wherever both stand; loads only within a block and not across anything that writes.
/// </summary>
internal sealed class EliminateCommonSubexpressions : IPass
{
    private readonly Dictionary<Key, Value> _known = [];
    private readonly Dictionary<Key, Value> _loads = [];

    /// <inheritdoc/>
    public bool Run(Function f)
    {
        var dominators = new Dominators(f);
        bool any = false;
        _known.Clear();
        foreach (Block block in dominators.ReversePostorder)
        {
            _loads.Clear();
            Value? next;
            for (Value? v = block.First; v is not null; v = next)
            {
                next = v.Next;
                if (v.Info.Has(OpTraits.Writes))
                {
                    _loads.Clear();
                    continue;
                }

                bool isLoad = v.Op == Op.Load;
                if ((v.Info.Has(OpTraits.Reads) && !isLoad) || v.Volatile || v.Info.Has(OpTraits.Convergent | OpTraits.Terminator) || v.Op is Op.Phi or Op.AsmOutput) continue;
                if (v.Operands.Length > 3) continue;
                var key = Key.Of(v);
                Dictionary<Key, Value> table = isLoad ? _loads : _known;
                if (table.TryGetValue(key, out Value? first) && (isLoad || dominators.Dominates(first.Block!, block)))
                {
                    v.ReplaceAllUsesWith(first);
                    v.Remove();
                    any = true;
                    continue;
                }

                table[key] = v;
            }
        }

        _known.Clear();
        _loads.Clear();
        return any;
    }

    private readonly record struct Key(Op Op, IrType Type, long Imm, int Offset, bool Fast, int A, int B, int C)
    {
        public static Key Of(Value v)
        {
            int a = v.Operands.Length > 0 ? v[0].Id : -1;
            int b = v.Operands.Length > 1 ? v[1].Id : -1;
            if (v.Info.Has(OpTraits.Commutative) && a > b) (a, b) = (b, a);
            return new Key(v.Op, v.Type, v.Imm, v.Offset, v.Fast, a, b, v.Operands.Length > 2 ? v[2].Id : -1);
        }
    }
}
