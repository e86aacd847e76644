using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Gives every loop one block before it that leads nowhere else: the place where hoisted values go.
/// <code>a: condbr c, loop, x; b: br loop   ->   a: condbr c, pre, x; b: br pre; pre: br loop</code>
/// </summary>
internal static class LoopPreheaders
{
    /// <summary>Makes the missing ones; true if there were any.</summary>
    internal static bool Make(Function f)
    {
        var loops = new LoopForest(f, new Dominators(f));
        bool any = false;
        foreach (Loop loop in loops.Loops)
        {
            if (loop.Preheader is not null) continue;
            Make(f, loop);
            any = true;
        }

        return any;
    }

    private static void Make(Function f, Loop loop)
    {
        Block header = loop.Header;
        Block preheader = f.AddBlock();
        var outside = new List<Block>();
        foreach (Block pred in header.Preds)
            if (!loop.Latches.Contains(pred)) outside.Add(pred);
        var b = new Builder(f);
        b.SetEnd(preheader);

        // What the header's phis get from several blocks meets in phis of the preheader first, unless it is one value: a counter's start stays a constant.
        var incoming = new List<Value>();
        for (Value? phi = header.First; phi is { Op: Op.Phi }; phi = phi.Next)
        {
            Value value = phi[header.IndexOfPred(outside[0])];
            if (outside.Exists(pred => phi[header.IndexOfPred(pred)] != value))
            {
                value = b.Phi(phi.Type);
                foreach (Block pred in outside) value.AddOperand(phi[header.IndexOfPred(pred)]);
            }

            incoming.Add(value);
        }

        foreach (Block pred in outside) pred.ReplaceSuccessor(header, preheader);
        b.SetEnd(preheader);
        b.Br(header);
        int i = 0;
        for (Value? phi = header.First; phi is { Op: Op.Phi }; phi = phi.Next) phi.AddOperand(incoming[i++]);
    }
}
