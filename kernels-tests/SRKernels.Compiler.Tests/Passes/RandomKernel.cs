using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Tests.Passes;

/// <summary>
/// A seeded kernel of the shapes that passes rewrite: nested loops of known and unknown length with breaks, variables that swap, local
/// arrays at known and unknown places, shared memory between barriers, and neighbouring accesses with stores between them.
/// </summary>
/// <remarks>
/// Every thread writes its own 256 bytes of out, reads in, and computes only what is defined: indices are masked, arrays are filled first. Floats
/// never change sign by operation, so a NaN has one form and bits can be compared.
/// </remarks>
internal sealed class RandomKernel
{
    internal const int Threads = 5;
    internal const int BytesPerThread = 256;
    internal const int InputBytes = 1024;
    private const int ArrayLength = 8;

    private readonly Random _random;
    private readonly Function _f;
    private readonly Builder _b;
    private readonly List<Value> _counters = []; // of the loops of known length around, each below ArrayLength
    private readonly Value _in;
    private readonly Value _out;
    private readonly Value _shared;
    private readonly Value _tid;
    private readonly Value[] _arrays;
    private Value[] _ints;
    private Value[] _floats;
    private int _budget;

    private RandomKernel(int seed)
    {
        _random = new Random(seed);
        _f = new Function(new KernelInfo("Random"));
        var output = _f.AddParameter(IrType.Global, "out");
        var input = _f.AddParameter(IrType.Global, "in");
        var n = _f.AddParameter(IrType.I32, "n");
        var x = _f.AddParameter(IrType.F32, "x");
        var shared = _f.AddAllocation(Space.Shared, Threads * 16, 16);
        int[] locals = [_f.AddAllocation(Space.Local, 4 * ArrayLength, 16), _f.AddAllocation(Space.Local, 4 * ArrayLength, 4)];
        _b = new Builder(_f);
        _b.SetEnd(_f.AddBlock());
        _tid = _b.Emit(Op.ThreadIdx, IrType.I32, 0);
        _in = _b.Emit(Op.AssumeAligned, IrType.Global, 16, input);
        _out = _b.Addr(_b.Emit(Op.AssumeAligned, IrType.Global, 16, output), _tid, BytesPerThread);
        _shared = _b.AllocAddr(shared);
        _arrays = [.. locals.Select(a => _b.AllocAddr(a))];
        foreach (var array in _arrays)
            for (var i = 0; i < ArrayLength; i++)
                _b.Store(_b.Addr(array, _f.Int(i), 4), 0, i % 2 == 0 ? _b.Convert(Op.SiToFp, IrType.F32, _tid) : _f.Float(i));
        _ints = [_tid, n, _f.Int(3), _b.Load(IrType.I32, _in, 4)];
        _floats = [x, _f.Float(0.5f), _b.Load(IrType.F32, _in, 512)];
        _budget = 60;
    }

    /// <summary>The kernel of a seed: (out, in, n: i32, x: f32), one group of <see cref="Threads"/>.</summary>
    public static Function Build(int seed)
    {
        var kernel = new RandomKernel(seed);
        kernel.Statements(seed % 8 == 0 ? 3 : 2, 6, uniform: true);
        for (var i = 0; i < kernel._ints.Length; i++) kernel._b.Store(kernel._out, 128 + (4 * i), kernel._ints[i]);
        for (var i = 0; i < kernel._floats.Length; i++) kernel._b.Store(kernel._out, 160 + (4 * i), kernel._floats[i]);
        foreach (var array in kernel._arrays)
            kernel._b.Store(kernel._out, 192, kernel._b.Load(IrType.F32, array, 8));
        kernel._b.Ret();
        return kernel._f;
    }

    private Value Int() => _random.Next(4) == 0 ? _f.Int(_random.Next(-4, 20)) : _ints[_random.Next(_ints.Length)];

    private Value Float() => _floats[_random.Next(_floats.Length)];

    private void Statements(int depth, int most, bool uniform)
    {
        for (var count = _random.Next(1, most + 1); count > 0; count--) Statement(depth, uniform);
    }

    private void Statement(int depth, bool uniform)
    {
        if (--_budget < 0) return;
        switch (_random.Next(depth > 0 ? 16 : 11))
        {
            case 0 or 1:
                _ints[_random.Next(_ints.Length)] = Arithmetic();
                break;
            case 2 or 3:
                _floats[_random.Next(_floats.Length)] = _random.Next(3) switch
                {
                    0 => _b.Binary(Op.FAdd, Float(), _b.Binary(Op.FMul, Float(), Float())),
                    1 => _b.Binary(Op.FSub, Float(), Float()),
                    _ => _b.Select(_b.Binary(Op.CmpLtS, Int(), Int()), Float(), Float()),
                };
                break;
            case 4:
                var (i, j) = (_random.Next(_ints.Length), _random.Next(_ints.Length));
                (_ints[i], _ints[j]) = (_ints[j], _ints[i]);
                (_floats[0], _floats[1]) = (_floats[1], _floats[0]);
                break;
            case 5 or 6:
                ArrayAccess();
                break;
            case 7:
                Neighbours(_in, IrType.F32, InputBytes / 2);
                break;
            case 8:
                StoreNeighbours(_out, 96);
                break;
            case 9:
                Neighbours(_out, IrType.I32, 96);
                break;
            case 10:
                if (uniform) ThroughShared();
                break;
            case 11 or 12:
                If(depth - 1);
                break;
            case 13 or 14:
                KnownLoop(depth - 1, uniform);
                break;
            default:
                UnknownLoop(depth - 1);
                break;
        }
    }

    private Value Arithmetic() => _random.Next(9) switch
    {
        0 => _b.Binary(Op.Add, Int(), Int()),
        1 => _b.Binary(Op.Sub, Int(), Int()),
        2 => _b.Binary(Op.Mul, Int(), Int()),
        3 => _b.Binary(Op.DivS, Int(), _f.Int(1 << _random.Next(4))),
        4 => _b.Binary(Op.RemS, Int(), _f.Int(1 << _random.Next(4))),
        5 => _b.Binary(Op.Xor, Int(), Int()),
        6 => _b.Binary(Op.ShrS, Int(), Int()),
        7 => _b.Binary(Op.RemU, Int(), _f.Int(_random.Next(1, 9))),
        _ => _b.Select(_b.Binary(Op.CmpLtS, Int(), Int()), Int(), Int()),
    };

    /// <summary>The first array mostly at known places (so that it is promoted), the second anywhere.</summary>
    private void ArrayAccess()
    {
        var which = _random.Next(2);
        var known = which == 0 || _random.Next(2) == 0;
        var index = !known ? _b.Binary(Op.And, Int(), _f.Int(ArrayLength - 1))
            : _counters.Count > 0 && _random.Next(2) == 0 ? _counters[_random.Next(_counters.Count)]
            : _f.Int(_random.Next(ArrayLength));
        if (_random.Next(3) == 0) index = _b.Convert(Op.SExt, IrType.I64, index);
        var at = _b.Addr(_arrays[which], index, 4);
        if (_random.Next(2) == 0) _b.Store(at, 0, Float());
        else if (_random.Next(4) == 0) _ints[_random.Next(_ints.Length)] = _b.Load(IrType.I32, at);
        else _floats[_random.Next(_floats.Length)] = _b.Load(IrType.F32, at);
    }

    private void Neighbours(Value pointer, IrType type, int bytes)
    {
        var count = _random.Next(1, 6);
        var first = 4 * _random.Next(0, (bytes / 4) - count);
        if (_random.Next(2) == 0) first &= ~15;
        Value? sum = null;
        for (var i = 0; i < count; i++)
        {
            if (_random.Next(8) == 0) StoreNeighbours(_out, 96);
            var value = _b.Load(type, pointer, first + (4 * (_random.Next(6) == 0 ? 0 : i)));
            sum = sum is null ? value : _b.Binary(type == IrType.F32 ? Op.FAdd : Op.Add, sum, value);
        }

        if (type == IrType.F32) _floats[_random.Next(_floats.Length)] = sum!;
        else _ints[_random.Next(_ints.Length)] = sum!;
    }

    private void StoreNeighbours(Value pointer, int bytes)
    {
        var count = _random.Next(1, 6);
        var first = 4 * _random.Next(0, (bytes / 4) - count);
        if (_random.Next(2) == 0) first &= ~15;
        int[] order = [.. Enumerable.Range(0, count)];
        if (_random.Next(2) == 0) _random.Shuffle(order);
        foreach (var i in order)
        {
            var at = first + (4 * (_random.Next(6) == 0 ? 0 : i));
            if (_random.Next(5) == 0)
            {
                // The same place by another road: an index that only the program knows to be this one.
                _b.Store(_b.Addr(pointer, _b.Binary(Op.And, Int(), _f.Int((bytes / 4) - 1 & 15)), 4), 0, Int());
                continue;
            }

            if (_random.Next(4) == 0) _b.Store(pointer, at, Float());
            else _b.Store(_b.Addr(pointer, _f.Int(at / 4), 4), 0, Int());
        }
    }

    private void ThroughShared()
    {
        var mine = _b.Addr(_shared, _tid, 16);
        for (var i = 0; i < 4; i++) _b.Store(mine, 4 * i, Int());
        _b.Emit(Op.Barrier, IrType.Void);
        var other = _b.Addr(_shared, _b.Binary(Op.RemU, _b.Binary(Op.Add, _tid, _f.Int(_random.Next(Threads))), _f.Int(Threads)), 16);
        for (var i = 0; i < _ints.Length; i++)
            if (_random.Next(2) == 0) _ints[i] = _b.Load(IrType.I32, other, 4 * i);
        _b.Emit(Op.Barrier, IrType.Void);
    }

    private void If(int depth)
    {
        var (then, otherwise, join) = (_f.AddBlock(), _f.AddBlock(), _f.AddBlock());
        _b.CondBr(_random.Next(6) == 0 ? _f.Bool(_random.Next(2) == 0) : _b.Binary(Op.CmpLtS, Int(), Int()), then, otherwise);
        var before = ((Value[])_ints.Clone(), (Value[])_floats.Clone());
        _b.SetEnd(then);
        Statements(depth, 3, uniform: false);
        var after = (_ints, _floats);
        _b.Br(join);
        (_ints, _floats) = before;
        _b.SetEnd(otherwise);
        if (_random.Next(2) == 0) Statements(depth, 3, uniform: false);
        _b.Br(join);
        _b.SetEnd(join);
        Merge(_ints, after._ints);
        Merge(_floats, after._floats);
    }

    private void Merge(Value[] second, Value[] first)
    {
        for (var i = 0; i < second.Length; i++)
        {
            var phi = _b.Phi(second[i].Type);
            phi.AddOperand(first[i]);
            phi.AddOperand(second[i]);
            second[i] = phi;
        }
    }

    /// <summary>for (i = 0; i &lt; count; i++), with the test at the top or at the bottom.</summary>
    private void KnownLoop(int depth, bool uniform)
    {
        var count = _random.Next(1, ArrayLength + 1);
        var (header, exit) = (_f.AddBlock(), _f.AddBlock());
        var atTop = _random.Next(2) == 0;
        _b.Br(header);
        var phis = OpenLoop(header, out var counter);
        if (atTop)
        {
            var body = _f.AddBlock();
            _b.CondBr(_b.Binary(Op.CmpLtS, counter, _f.Int(count)), body, exit);
            var (ints, floats) = ((Value[])_ints.Clone(), (Value[])_floats.Clone());
            _b.SetEnd(body);
            Body();
            var next = _b.Binary(Op.Add, counter, _f.Int(1));
            _b.Br(header);
            CloseLoop(phis, next);
            (_ints, _floats) = (ints, floats);
        }
        else
        {
            Body();
            var next = _b.Binary(Op.Add, counter, _f.Int(1));
            _b.CondBr(_b.Binary(Op.CmpEq, next, _f.Int(count)), exit, header);
            CloseLoop(phis, next);
        }

        _b.SetEnd(exit);

        void Body()
        {
            _counters.Add(counter);
            Statements(depth, 4, uniform);
            _counters.RemoveAt(_counters.Count - 1);
        }
    }

    /// <summary>A loop of (n + something) mod 4 rounds, perhaps left in the middle.</summary>
    private void UnknownLoop(int depth)
    {
        var bound = _b.Binary(Op.And, Int(), _f.Int(3));
        var (header, body, latch, exit) = (_f.AddBlock(), _f.AddBlock(), _f.AddBlock(), _f.AddBlock());
        _b.Br(header);
        var phis = OpenLoop(header, out var counter);
        _b.CondBr(_b.Binary(Op.CmpLtS, counter, bound), body, exit);
        var (intsOut, floatsOut) = ((Value[])_ints.Clone(), (Value[])_floats.Clone());
        _b.SetEnd(body);
        Statements(depth, 4, uniform: false);
        var breaks = _random.Next(2) == 0;
        Value[]? intsBreak = null, floatsBreak = null;
        if (breaks)
        {
            _b.CondBr(_b.Binary(Op.CmpLtS, Int(), Int()), exit, latch);
            (intsBreak, floatsBreak) = ((Value[])_ints.Clone(), (Value[])_floats.Clone());
        }
        else
        {
            _b.Br(latch);
        }

        _b.SetEnd(latch);
        if (_random.Next(2) == 0) Statements(0, 2, uniform: false);
        var next = _b.Binary(Op.Add, counter, _f.Int(1));
        _b.Br(header);
        CloseLoop(phis, next);
        (_ints, _floats) = (intsOut, floatsOut);
        _b.SetEnd(exit);
        if (!breaks) return;
        // operands in the order in which the edges were made: the header's, then the break's
        for (var i = 0; i < _ints.Length; i++) _ints[i] = Meet(_ints[i], intsBreak![i]);
        for (var i = 0; i < _floats.Length; i++) _floats[i] = Meet(_floats[i], floatsBreak![i]);
    }

    private Value Meet(Value a, Value b)
    {
        var phi = _b.Phi(a.Type);
        phi.AddOperand(a);
        phi.AddOperand(b);
        return phi;
    }

    /// <summary>Phis for a counter and all variables, with the values before the loop.</summary>
    private Value[] OpenLoop(Block header, out Value counter)
    {
        _b.SetEnd(header);
        counter = _b.Phi(IrType.I32);
        counter.AddOperand(_f.Int(0));
        var phis = new List<Value> { counter };
        foreach (var variables in new[] { _ints, _floats })
            for (var i = 0; i < variables.Length; i++)
            {
                var phi = _b.Phi(variables[i].Type);
                phi.AddOperand(variables[i]);
                variables[i] = phi;
                phis.Add(phi);
            }

        return [.. phis];
    }

    private void CloseLoop(Value[] phis, Value next)
    {
        phis[0].AddOperand(next);
        for (var i = 0; i < _ints.Length; i++) phis[1 + i].AddOperand(_ints[i]);
        for (var i = 0; i < _floats.Length; i++) phis[1 + _ints.Length + i].AddOperand(_floats[i]);
    }
}
