using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Runs what a loop's test depends on, with the header's phis that start from constants, and says how often the test is reached.
/// </summary>
internal sealed class RoundCounter
{
    private const int MostValues = 64;
    private readonly Loop _loop;
    private readonly int _latch;
    private readonly List<Value> _phis = [];
    private readonly List<Value> _steps = []; // what the test and the phis' next values need, operands first
    private readonly Dictionary<Value, ulong> _now = [];

    internal RoundCounter(Loop loop)
    {
        _loop = loop;
        _latch = loop.Header.IndexOfPred(loop.Latches[0]);
    }

    /// <summary>How many times the test is evaluated, the leaving one included; 0: not known, or more than <paramref name="most"/>.</summary>
    internal int Count(Block exiting, bool staysIfTrue, int most)
    {
        Value test = exiting.Terminator![0];
        if (!Need(test)) return 0;
        for (int i = 0; i < _phis.Count; i++) // grows while it is walked
            if (!Need(_phis[i][_latch])) return 0;
        var next = new ulong[_phis.Count];
        foreach (Value phi in _phis) _now[phi] = (ulong)phi[1 - _latch].Imm;
        for (int round = 1; round <= most; round++)
        {
            foreach (Value step in _steps)
            {
                ulong b = step.Operands.Length > 1 ? Of(step[1]) : 0;
                ulong c = step.Operands.Length > 2 ? Of(step[2]) : 0;
                if (!ScalarSemantics.TryEvaluate(step, Of(step[0]), b, c, out ulong bits, out _)) return 0;
                _now[step] = bits;
            }

            if (Of(test) != 0 != staysIfTrue) return round;
            for (int i = 0; i < next.Length; i++) next[i] = Of(_phis[i][_latch]);
            for (int i = 0; i < next.Length; i++) _now[_phis[i]] = next[i];
        }

        return 0;
    }

    private ulong Of(Value v) => v.IsConst ? (ulong)v.Imm : _now[v];

    private bool Need(Value v)
    {
        if (v.IsConst || _now.ContainsKey(v)) return true;
        if (_now.Count >= MostValues || v.Block is null) return false;
        if (v.Op == Op.Phi)
        {
            if (v.Block != _loop.Header || !v[1 - _latch].IsConst) return false;
            _now.Add(v, 0);
            _phis.Add(v);
            return true;
        }

        if (!ScalarSemantics.Covers(v.Op) || v.Type.IsVector || v.Operands.Length == 0) return false;
        foreach (Value operand in v.Operands)
            if (!Need(operand)) return false;
        _now.Add(v, 0);
        _steps.Add(v);
        return true;
    }
}
