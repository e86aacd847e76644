using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Tests.Codegen;

/// <summary>Builds one function that uses every operation at every type that the rules allow: what a code generator must be able to say.</summary>
internal static class EveryOp
{
    private static readonly IrType[] s_scalars =
        [IrType.I1, IrType.I8, IrType.I16, IrType.I32, IrType.I64, IrType.F16, IrType.BF16, IrType.F32, IrType.F64];

    /// <summary>All ops that <paramref name="include"/> lets in. Operands come from memory, so nothing can be folded.</summary>
    public static Function Build(string name, int lowestTarget, Func<Op, IrType, bool> include)
    {
        var function = new Function(new KernelInfo(name) { LowestTarget = lowestTarget, MaxThreads = 128 });
        Value input = function.AddParameter(IrType.Global, "input");
        function.AddParameter(IrType.I64, "input.length");
        Value output = function.AddParameter(IrType.Global, "output");
        function.AddParameter(IrType.I64, "output.length");
        int shared = function.AddAllocation(Space.Shared, 4096, 16);
        int local = function.AddAllocation(Space.Local, 64, 16);
        Block entry = function.AddBlock();
        var b = new Builder(function);
        b.SetEnd(entry);
        var state = new State(function, b, input, output, b.AllocAddr(shared), b.AllocAddr(local));
        for (var op = Op.Select; op < Op.Br; op++)
        {
            if (op is Op.Extract or Op.AllocAddr or Op.AsmOutput) continue; // made on the way by others
            if (include(op, IrType.Void)) EmitAll(state, op, include);
        }

        b.Ret();
        Verifier.Verify(function, nameof(EveryOp));
        return function;
    }

    private static void EmitAll(State s, Op op, Func<Op, IrType, bool> include)
    {
        switch (op)
        {
            case Op.Load:
                foreach (var space in new[] { s.Input, s.Shared, s.Local })
                    foreach (var (type, lanes) in MemoryTypes()) s.Keep(s.B.Load(type.WithLanes(lanes), space, 16));
                return;
            case Op.Store:
                foreach (var space in new[] { s.Output, s.Shared, s.Local })
                    foreach (var (type, lanes) in MemoryTypes())
                        s.B.Store(space, 32, Enumerable.Range(0, lanes).Select(_ => s.Fresh(type)).ToArray());
                return;
            case Op.Addr:
                foreach (var pointer in new[] { s.Input, s.Shared, s.Local })
                    foreach (var index in new[] { IrType.I32, IrType.I64 }) s.Keep(s.B.Load(IrType.F32, s.B.Addr(pointer, s.Fresh(index), 12)));
                return;
            case Op.DynShared:
                s.Keep(s.B.Load(IrType.F32, s.B.Emit(op, IrType.Shared)));
                return;
            case Op.LdMatrix:
                foreach (var lanes in new[] { 1, 2, 4 })
                    for (var transposed = 0; transposed < 2; transposed++) s.Keep(s.B.Emit(op, IrType.I32.WithLanes(lanes), transposed, s.Shared));
                return;
            case Op.Mma:
                foreach (var shape in Enum.GetValues<MmaShape>())
                {
                    if (!include(op, shape == MmaShape.M16N8K8F16 ? IrType.F16 : IrType.BF16)) continue;
                    var (a, c) = TypeRules.MmaRegisters(shape);
                    var operands = Enumerable.Range(0, a + c).Select(_ => s.Fresh(IrType.I32)).Concat(Enumerable.Range(0, 4).Select(_ => s.Fresh(IrType.F32)));
                    s.Keep(s.B.Emit(op, IrType.F32.WithLanes(4), (long)shape, operands.ToArray()));
                }

                return;
            case Op.CpAsync:
                foreach (var bytes in new[] { 4, 8, 16 })
                {
                    s.B.Emit(op, IrType.Void, bytes, s.Shared, s.Input);
                    s.B.Emit(op, IrType.Void, bytes, s.Shared, s.Input, s.Fresh(IrType.I32));
                }

                return;
            case Op.CpAsyncWait:
                s.B.Emit(op, IrType.Void, 2);
                return;
            case Op.Asm:
                AsmSlot[] slots = [new(0, 0, IrType.I32), new(1, -1, IrType.I32)];
                var asm = s.B.Insert(s.Function.CreateAsm(new AsmText("add.s32 %0, %0, %1;", slots), [s.Fresh(IrType.I32), s.Fresh(IrType.I32)]));
                s.Keep(s.B.Emit(Op.AsmOutput, IrType.I32, 0, asm));
                return;
            case >= Op.AtomicAdd and <= Op.AtomicCas:
                foreach (var pointer in new[] { s.Output, s.Shared })
                    foreach (var type in new[] { IrType.I32, IrType.I64, IrType.F32, IrType.F64 })
                        TryEmit(s, op, type, [pointer, s.Fresh(type), s.Fresh(type)], 0, include);
                return;
            case >= Op.ThreadIdx and <= Op.GridDim:
                for (var dimension = 0; dimension < 3; dimension++) s.Keep(s.B.Emit(op, IrType.I32, dimension));
                return;
        }

        // Every combination of scalar types that the rules accept.
        var count = OpInfo.Of(op).OperandCount;
        foreach (var result in s_scalars.Append(IrType.Void))
        {
            if (count == 0) TryEmit(s, op, result, [], 0, include);
            foreach (var first in s_scalars)
            {
                if (count == 1) TryEmit(s, op, result, [s.Fresh(first)], 1, include);
                if (count < 2) continue;
                foreach (var second in s_scalars)
                {
                    if (count == 2) TryEmit(s, op, result, [s.Fresh(first), s.Fresh(second)], 0, include);
                    if (count == 3) TryEmit(s, op, result, [s.Fresh(first), s.Fresh(second), s.Fresh(second)], 0, include);
                }
            }
        }
    }

    private static void TryEmit(State s, Op op, IrType type, Value[] operands, long imm, Func<Op, IrType, bool> include)
    {
        if (operands.Length > OpInfo.Of(op).OperandCount) operands = operands[..OpInfo.Of(op).OperandCount];
        var value = s.Function.Create(op, type, operands);
        value.Imm = OpInfo.Of(op).Has(OpTraits.HasImm) ? imm : 0;
        var legal = TypeRules.Check(value, s.Function) is null;
        if (legal && include(op, operands.Length > 0 ? operands[^1].Type : type)) s.Keep(s.B.Insert(value));
        else value.Remove();
        if (!legal || !OpInfo.Of(op).Has(OpTraits.HasFast) || type != IrType.F32) return;
        var fast = s.Function.Create(op, type, operands);
        fast.Fast = true;
        s.Keep(s.B.Insert(fast));
    }

    private static IEnumerable<(IrType Type, int Lanes)> MemoryTypes()
    {
        foreach (var type in s_scalars.Where(t => t.Kind != Kind.I1))
            foreach (var lanes in new[] { 1, 2, 4, 8 })
                if (type.Bytes * lanes <= 16) yield return (type, lanes);
    }

    private sealed class State(Function function, Builder b, Value input, Value output, Value shared, Value local)
    {
        private readonly Dictionary<IrType, Value> _fresh = [];
        private int _offset;

        public Function Function { get; } = function;

        public Builder B { get; } = b;

        public Value Input { get; } = input;

        public Value Output { get; } = output;

        public Value Shared { get; } = shared;

        public Value Local { get; } = local;

        /// <summary>A value of that type that came from memory.</summary>
        public Value Fresh(IrType type)
        {
            if (_fresh.TryGetValue(type, out var value)) return value;
            value = type == IrType.I1 ? B.Binary(Op.CmpNe, Fresh(IrType.I32), Function.Int(0)) : B.Load(type, Input, 64 + (16 * (int)type.Kind));
            _fresh.Add(type, value);
            return value;
        }

        /// <summary>Stores a result, so that it is used.</summary>
        public void Keep(Value value)
        {
            if (value.Type.IsVoid) return;
            if (value.Type.IsVector)
            {
                for (var i = 0; i < value.Type.Lanes; i++) Keep(B.Extract(value, i));
                return;
            }

            if (value.Type == IrType.I1) value = B.Convert(Op.ZExt, IrType.I32, value);
            B.Store(Output, 1024 + (_offset++ * 8), value);
        }
    }
}
