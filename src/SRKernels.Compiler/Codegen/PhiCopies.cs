using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen;

/// <summary>
/// The copies that an edge makes into its target's phis, one after another as if all at once: all phis are read before any is written.
/// </summary>
/// <remarks>A copy whose target nobody still reads goes first; when only cycles are left, one name is saved in a fresh one.</remarks>
internal sealed class PhiCopies
{
    private readonly List<(string To, string From, IrType Type)> _open = [];

    /// <summary>Orders and writes the copies of one edge.</summary>
    /// <param name="from">Where control comes from.</param>
    /// <param name="to">The block with the phis.</param>
    /// <param name="source">How an operand is read.</param>
    /// <param name="name">How a phi is named.</param>
    /// <param name="fresh">A new name of a type.</param>
    /// <param name="copy">Writes one copy: to, from, type.</param>
    internal void Write(
        Block from, Block to, Func<Value, string> source, Func<Value, string> name, Func<IrType, string> fresh, Action<string, string, IrType> copy)
    {
        int edge = -1;
        _open.Clear();
        for (Value? phi = to.First; phi is { Op: Op.Phi }; phi = phi.Next)
        {
            if (edge < 0) edge = to.IndexOfPred(from);
            if (phi[edge].Op == Op.Undef) continue;
            string read = source(phi[edge]);
            string written = name(phi);
            if (read != written) _open.Add((written, read, phi.Type));
        }

        while (_open.Count > 0)
        {
            int free = _open.FindIndex(one => !_open.Exists(other => other.From == one.To));
            if (free >= 0)
            {
                copy(_open[free].To, _open[free].From, _open[free].Type);
                _open.RemoveAt(free);
                continue;
            }

            (string first, _, IrType type) = _open[0];
            string saved = fresh(type);
            copy(saved, first, type);
            for (int i = 0; i < _open.Count; i++)
                if (_open[i].From == first)
                    _open[i] = (_open[i].To, saved, _open[i].Type);
        }
    }
}
