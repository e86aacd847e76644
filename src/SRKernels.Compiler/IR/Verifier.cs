namespace SRKernels.Compiler.IR;

/// <summary>A broken rule of the IR: a bug in the stage that is named, never in the user's kernel.</summary>
internal sealed class IrVerificationException(string message) : Exception(message);

/// <summary>
/// Checks the rules every pass may rely on: operand counts and types, one terminator at the end, phis first with one
/// operand per predecessor, edges in step with predecessors, definitions before uses, use lists in step with operands.
/// </summary>
internal sealed class Verifier
{
    private readonly Function _function;
    private readonly string _stage;
    private readonly Dominators _dominators;
    private readonly int[] _position;

    private Verifier(Function function, string stage)
    {
        _function = function;
        _stage = stage;
        _position = new int[function.ValueCount];
        CheckEdges();
        _dominators = new Dominators(function);
    }

    /// <summary>Throws <see cref="IrVerificationException"/> naming the stage, block and value if a rule is
    /// broken.</summary>
    internal static void Verify(Function function, string stage) => new Verifier(function, stage).Run();

    private void Run()
    {
        foreach (Block block in _function.Blocks)
        {
            int position = 1;
            for (Value? value = block.First; value is not null; value = value.Next) _position[value.Id] = position++;
        }

        foreach (Block block in _function.Blocks)
        {
            bool phisDone = false;
            for (Value? value = block.First; value is not null; value = value.Next)
            {
                Check(ReferenceEquals(value.Block, block), block, value, "its Block is another");
                Check(value.Op != Op.Phi || !phisDone, block, value, "a phi stands after other instructions");
                phisDone |= value.Op != Op.Phi;
                Check(value.Info.Has(OpTraits.Detached) is false, block, value,
                    "constants and parameters stand in no block");
                Check(!value.IsTerminator || value.Next is null, block, value, "instructions follow the terminator");
                CheckOperands(block, value);
                string? wrong = TypeRules.Check(value, _function);
                Check(wrong is null, block, value, wrong ?? "");
            }
        }
    }

    private void CheckEdges()
    {
        Check(_function.Blocks.Count > 0 && _function.Entry.Preds.Count == 0, null, null,
            "the entry block must exist and have no predecessor");
        var known = new HashSet<Block>(_function.Blocks);
        foreach (Block block in _function.Blocks)
        {
            Check(block.Terminator is not null, block, null, "it has no terminator");
            foreach (Block next in block.Successors)
            {
                Check(known.Contains(next), block, null, $"its successor {next} is not in the function");
                Check(Count(next.Preds, block) == 1, block, null,
                    $"the edge to {next} stands {Count(next.Preds, block)} times among its predecessors");
            }

            foreach (Block pred in block.Preds)
                Check(known.Contains(pred) && pred.Successors.Contains(block), block, null,
                    $"its predecessor {pred} does not lead to it");
        }
    }

    private void CheckOperands(Block block, Value value)
    {
        int count = value.Info.OperandCount;
        Check(count < 0 || count == value.Operands.Length, block, value,
            $"expected {count} operands, got {value.Operands.Length}");
        if (value.Op == Op.Phi)
            Check(value.Operands.Length == block.Preds.Count, block, value,
                $"expected one operand for each of {block.Preds.Count} predecessors, got {value.Operands.Length}");
        for (int i = 0; i < value.Operands.Length; i++)
        {
            Value operand = value[i];
            if (operand.Op is Op.Const or Op.Undef) continue;
            Check(operand.Users.Contains(value), block, value, $"operand {i} ({operand}) does not list it as a user");
            if (operand.Op == Op.Param) continue;
            Check(operand.Block is not null && ReferenceEquals(operand.Block.Function, _function), block, value,
                $"operand {i} ({operand}) is in no block");
            if (value.Op == Op.Phi)
            {
                Block pred = block.Preds[i];
                Check(!_dominators.IsReachable(pred) || _dominators.Dominates(operand.Block!, pred), block, value,
                    $"operand {i} ({operand}) does not reach the end of {pred}");
            }
            else if (ReferenceEquals(operand.Block, block))
            {
                Check(_position[operand.Id] < _position[value.Id], block, value,
                    $"operand {i} ({operand}) comes later");
            }
            else
            {
                Check(!_dominators.IsReachable(block) || _dominators.Dominates(operand.Block!, block), block, value,
                    $"operand {i} ({operand}) does not dominate it");
            }
        }
    }

    private void Check(bool holds, Block? block, Value? value, string message)
    {
        if (holds) return;
        string where = block is null ? "" : $", block {block}";
        if (value is not null) where += $", '{IrPrinter.Describe(value)}'";
        throw new IrVerificationException($"Verifier after {_stage}: kernel {_function.Info.Name}{where}: {message}.");
    }

    private static int Count(IReadOnlyList<Block> blocks, Block block)
    {
        int count = 0;
        foreach (Block b in blocks)
            if (ReferenceEquals(b, block))
                count++;
        return count;
    }
}
