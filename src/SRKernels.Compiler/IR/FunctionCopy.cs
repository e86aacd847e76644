namespace SRKernels.Compiler.IR;

/// <summary>A function of its own with the same content, for rewriting that only one target wants.</summary>
internal static class FunctionCopy
{
    internal static Function Of(Function f)
    {
        var copy = new Function(f.Info);
        copy.Arguments.AddRange(f.Arguments);
        copy.Allocations.AddRange(f.Allocations);
        copy.Files.AddRange(f.Files);
        var values = new Value?[f.ValueCount];
        var blocks = new Block[f.BlockIdCount];
        foreach (Value parameter in f.Parameters) values[parameter.Id] = copy.AddParameter(parameter.Type, parameter.Name!);
        foreach (Block block in f.Blocks) blocks[block.Id] = copy.AddBlock();

        // Instructions first, operands then: phis and blocks out of order look ahead.
        foreach (Block block in f.Blocks)
            for (Value? v = block.First; v is not null; v = v.Next)
            {
                Value made = v.Asm is { } text ? copy.CreateAsm(text, []) : copy.Create(v.Op, v.Type);
                made.Imm = v.Imm;
                made.Offset = v.Offset;
                made.Fast = v.Fast;
                made.Volatile = v.Volatile;
                made.Position = v.Position;
                blocks[block.Id].Append(made);
                values[v.Id] = made;
            }

        foreach (Block block in f.Blocks)
        {
            foreach (Block pred in block.Preds) blocks[block.Id].AddPred(blocks[pred.Id]);
            for (Value? v = block.First; v is not null; v = v.Next)
            {
                Value made = values[v.Id]!;
                foreach (Value operand in v.Operands)
                {
                    made.AddOperand(operand.Op switch
                    {
                        Op.Const => copy.Const(operand.Type, operand.Imm),
                        Op.Undef => copy.Undef(operand.Type),
                        _ => values[operand.Id]!,
                    });
                }

                made.Targets = Array.ConvertAll(v.Targets, target => blocks[target.Id]);
            }
        }

        return copy;
    }
}
