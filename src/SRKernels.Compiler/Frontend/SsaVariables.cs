using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

/// <summary>
/// Variables to SSA values while blocks are being made: a read walks up the predecessors and places phis where ways
/// meet; phis of a block whose predecessors are not all known stay open until it is sealed.
/// Braun et al. Simple and Efficient Construction of Static Single Assignment Form. 2013.
/// </summary>
internal sealed class SsaVariables(Function function, Func<string, Exception> error)
{
    private readonly List<IrType> _types = [];
    private readonly Dictionary<(int Block, int Variable), Value> _values = [];
    private readonly Dictionary<int, List<(int Variable, Value Phi)>> _open = [];
    private Value?[] _replaced = new Value?[256];

    /// <summary>A new variable. Pointers take the space of what is stored.</summary>
    internal int New(IrType type)
    {
        _types.Add(type);
        return _types.Count - 1;
    }

    internal void Write(int variable, Block block, Value value) => _values[(block.Id, variable)] = value;

    internal Value Read(int variable, Block block)
    {
        // Straight chains are walked, not recursed; what is found is kept where the walk began.
        Block at = block;
        while (true)
        {
            if (_values.TryGetValue((at.Id, variable), out Value? value))
            {
                value = Resolve(value);
                if (!ReferenceEquals(at, block)) Write(variable, block, value);
                return value;
            }

            if (_open.ContainsKey(at.Id) || at.Preds.Count != 1) break;
            at = at.Preds[0];
        }

        Value found = ReadAtJoin(variable, at);
        if (!ReferenceEquals(at, block)) Write(variable, block, found);
        return found;
    }

    /// <summary>The value that stands for one that was a superfluous phi.</summary>
    internal Value Resolve(Value value)
    {
        while (value.Id < _replaced.Length && _replaced[value.Id] is { } other) value = other;
        return value;
    }

    /// <summary>Predecessors are still to come.</summary>
    internal void Open(Block block) => _open.Add(block.Id, []);

    /// <summary>All predecessors are known now.</summary>
    internal void Seal(Block block)
    {
        if (!_open.Remove(block.Id, out List<(int Variable, Value Phi)>? phis)) return;
        foreach ((int variable, Value phi) in phis) Complete(variable, phi, block);
    }

    private Value ReadAtJoin(int variable, Block block)
    {
        if (block.Preds.Count == 0) return Zero(_types[variable]);
        IrType type = _types[variable];
        if (type.IsPointer)
        {
            // The space comes from a way that is translated already; asking may have placed the phi meanwhile.
            type = Read(variable, block.Preds[0]).Type;
            if (_values.TryGetValue((block.Id, variable), out Value? placed)) return Resolve(placed);
        }

        Value phi = function.Create(Op.Phi, type);
        block.InsertBefore(phi, block.FirstNonPhi);
        Write(variable, block, phi);
        if (_open.TryGetValue(block.Id, out List<(int Variable, Value Phi)>? open))
        {
            open.Add((variable, phi));
            return phi;
        }

        return Complete(variable, phi, block);
    }

    private Value Complete(int variable, Value phi, Block block)
    {
        foreach (Block pred in block.Preds)
        {
            Value operand = Read(variable, pred);
            if (operand.Type != phi.Type)
            {
                if (!operand.IsConst || operand.Imm != 0 || !phi.Type.IsPointer)
                    throw error(
                        $"a reference to {phi.Type.Space.ToString().ToLowerInvariant()} memory and one to {operand.Type.Space.ToString().ToLowerInvariant()} memory meet in one variable; use one variable for each");
                operand = function.Const(phi.Type, 0);
            }

            phi.AddOperand(operand);
        }

        return Simplify(phi);
    }

    /// <summary>Removes a phi that is always one and the same value, and then those that thereby become so.</summary>
    private Value Simplify(Value phi)
    {
        Value? same = null;
        foreach (Value operand in phi.Operands)
        {
            if (ReferenceEquals(operand, phi) || ReferenceEquals(operand, same)) continue;
            if (same is not null) return phi;
            same = operand;
        }

        same ??= function.Undef(phi.Type);
        Value[] users = phi.Users.ToArray();
        phi.ReplaceAllUsesWith(same);
        if (phi.Id >= _replaced.Length) Array.Resize(ref _replaced, Math.Max(phi.Id + 1, _replaced.Length * 2));
        _replaced[phi.Id] = same;
        phi.Remove();
        foreach (Value user in users)
            if (user.Op == Op.Phi && user.Block is { } block && user.Operands.Length == block.Preds.Count
                && !_open.ContainsKey(block.Id))
                Simplify(user);
        return Resolve(same);
    }

    private Value Zero(IrType type) => function.Const(type, 0);
}
