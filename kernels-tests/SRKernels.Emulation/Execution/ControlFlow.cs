using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Execution;

/// <summary>
/// Where diverged lanes meet again: the immediate post-dominator of each branch, by the iterative scheme of
/// Cooper, Harvey, Kennedy. A Simple, Fast Dominance Algorithm. 2001, on the reversed graph of basic blocks.
/// </summary>
internal static class ControlFlow
{
    /// <summary>Sets <see cref="Ins.Reconverge"/> of every branch; the end of the code stands for the exit.</summary>
    internal static void SetReconvergence(Ins[] code)
    {
        if (code.Length == 0) return;
        var starts = new SortedSet<int> { 0 };
        for (var pc = 0; pc < code.Length; pc++)
        {
            if (code[pc].Control is not (Control.Branch or Control.Exit)) continue;
            if (pc + 1 < code.Length) starts.Add(pc + 1);
            starts.UnionWith(code[pc].Targets.Where(target => target < code.Length));
        }

        int[] first = [.. starts];
        var exit = first.Length;
        var blockOf = new int[code.Length + 1];
        for (int pc = 0, block = -1; pc < code.Length; pc++)
        {
            if (block + 1 < first.Length && first[block + 1] == pc) block++;
            blockOf[pc] = block;
        }

        blockOf[code.Length] = exit;
        var successors = new List<int>[exit + 1];
        for (var block = 0; block < exit; block++)
        {
            var end = (block + 1 < exit ? first[block + 1] : code.Length) - 1;
            var last = code[end];
            successors[block] = last.Control switch
            {
                Control.Branch when last.Guard < 0 => [.. last.Targets.Select(target => blockOf[target])],
                Control.Branch => [blockOf[end + 1], .. last.Targets.Select(target => blockOf[target])],
                Control.Exit when last.Guard < 0 => [exit],
                Control.Exit => [blockOf[end + 1], exit],
                _ => [blockOf[end + 1]],
            };
        }

        successors[exit] = [];
        var immediate = PostDominators(successors, exit);
        foreach (var ins in code)
        {
            if (ins.Control != Control.Branch) continue;
            var meet = immediate[blockOf[ins.Pc]];
            ins.Reconverge = meet < 0 || meet == exit ? code.Length : first[meet];
        }
    }

    private static int[] PostDominators(List<int>[] successors, int exit)
    {
        var predecessors = new List<int>[exit + 1];
        for (var i = 0; i <= exit; i++) predecessors[i] = [];
        for (var i = 0; i <= exit; i++)
            foreach (var next in successors[i])
                predecessors[next].Add(i);

        // Reverse post-order of the reversed graph, from the exit.
        var order = new List<int>();
        var number = new int[exit + 1];
        Array.Fill(number, -1);
        var stack = new Stack<(int Node, int Next)>();
        var seen = new bool[exit + 1];
        stack.Push((exit, 0));
        seen[exit] = true;
        while (stack.TryPop(out var top))
        {
            if (top.Next < predecessors[top.Node].Count)
            {
                stack.Push((top.Node, top.Next + 1));
                var child = predecessors[top.Node][top.Next];
                if (!seen[child])
                {
                    seen[child] = true;
                    stack.Push((child, 0));
                }
            }
            else
            {
                number[top.Node] = order.Count;
                order.Add(top.Node);
            }
        }

        var immediate = new int[exit + 1];
        Array.Fill(immediate, -1);
        immediate[exit] = exit;
        for (var changed = true; changed;)
        {
            changed = false;
            for (var i = order.Count - 2; i >= 0; i--)
            {
                var node = order[i];
                var meet = -1;
                foreach (var next in successors[node])
                    if (immediate[next] >= 0)
                        meet = meet < 0 ? next : Intersect(meet, next, immediate, number);
                if (meet == immediate[node]) continue;
                immediate[node] = meet;
                changed = true;
            }
        }

        return immediate;
    }

    private static int Intersect(int a, int b, int[] immediate, int[] number)
    {
        while (a != b)
        {
            while (number[a] < number[b]) a = immediate[a];
            while (number[b] < number[a]) b = immediate[b];
        }

        return a;
    }
}
