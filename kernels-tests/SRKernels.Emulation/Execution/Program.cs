using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Execution;

/// <summary>
/// A kernel ready to run: rows for registers, constants and special registers, variables laid out, operands decoded to
/// slots, branches with their meeting points.
/// </summary>
internal sealed class Program
{
    private readonly Dictionary<ulong, int> _constantRows = [];
    private readonly Dictionary<string, int> _specialRows = [];
    private readonly VariableStore _shared = new();
    private readonly VariableStore _local = new();

    private Program(KernelSyntax kernel, int target) => (Kernel, TargetSm) = (kernel, target);

    internal KernelSyntax Kernel { get; }
    internal int TargetSm { get; }
    internal Ins[] Code { get; private set; } = [];
    internal VariableStore Shared => _shared;
    internal VariableStore Local => _local;
    internal int DynamicSharedAt { get; private set; } = -1;

    /// <summary>The row for results that nobody wants.</summary>
    internal int SinkRow => Kernel.ValueCount;
    internal int RowCount { get; private set; }
    internal IEnumerable<(int Row, ulong Value)> Constants => _constantRows.Select(c => (c.Value, c.Key));
    internal IEnumerable<(int Row, string Name)> Specials => _specialRows.Select(s => (s.Value, s.Key));

    /// <summary>The predicates that are always false and always true, and the one that nobody reads.</summary>
    internal int FalsePredicate => Kernel.PredicateCount;
    internal int TruePredicate => Kernel.PredicateCount + 1;
    internal int SinkPredicate => Kernel.PredicateCount + 2;
    internal int PredicateCount => Kernel.PredicateCount + 3;

    internal static Program Decode(KernelSyntax kernel, ModuleSyntax module)
    {
        var program = new Program(kernel, module.Target) { RowCount = kernel.ValueCount + 1 };
        program.LayOut(module);
        program.Code = [.. kernel.Instructions.Select(program.DecodeOne)];
        ControlFlow.SetReconvergence(program.Code);
        return program;
    }

    private void LayOut(ModuleSyntax module)
    {
        foreach (var variable in Kernel.Variables)
        {
            if (variable.Space == StateSpace.Shared) _shared.Place(variable);
            else if (variable.Space == StateSpace.Local) _local.Place(variable);
        }

        foreach (var variable in module.Variables.Where(v => v.Space == StateSpace.Shared && !v.Extern)) _shared.Place(variable);
        Variable[] dynamic = [.. module.Variables.Where(v => v.Space == StateSpace.Shared && v.Extern)];
        if (dynamic.Length == 0) return;
        DynamicSharedAt = _shared.Reserve(dynamic.Max(v => v.Align), 0);
        foreach (var variable in dynamic) variable.Address = (ulong)DynamicSharedAt;
    }

    private Ins DecodeOne(Instruction source, int pc)
    {
        var (row, match, run) = OpTable.Bind(source, TargetSm);
        var slots = new List<Slot>();
        foreach (var (rule, operand) in OpTable.Pair(row, source.Operands))
            AddSlots(slots, operand, rule.IsAddress || rule.IsLabel ? PtxType.None : rule.TypeIn(match), rule.IsResult);
        var ins = new Ins
        {
            Source = source,
            Pc = pc,
            Slots = [.. slots],
            Guard = source.Guard?.Index ?? -1,
            GuardNegated = source.GuardNegated,
            Reads = Registers(slots, s => !s.IsResult && !s.IsPredicate),
            ReadsPredicates = [.. Registers(slots, s => !s.IsResult && s.IsPredicate)],
            Writes = Registers(slots, s => s.IsResult && !s.IsPredicate),
            WritesPredicates = Registers(slots, s => s.IsResult && s.IsPredicate),
        };
        ins.Run = run;
        Families.ControlFamily.SetControl(ins);
        if (source.Operands.OfType<LabelOperand>().FirstOrDefault() is not { } label) return ins;
        if (source.Opcode == "brx") ins.Table = [.. Kernel.BranchTargets[label.Name].Select(target => Kernel.Labels[target])];
        else ins.Target = Kernel.Labels[label.Name];
        return ins;
    }

    private int[] Registers(List<Slot> slots, Func<Slot, bool> which) =>
        [.. slots.Where(s => s.Index >= 0 && s.Index < (s.IsPredicate ? Kernel.PredicateCount : Kernel.ValueCount) && which(s))
            .Select(s => s.Index).Distinct()];

    private void AddSlots(List<Slot> slots, Operand operand, PtxType type, bool isResult)
    {
        switch (operand)
        {
            case VectorOperand vector:
                foreach (var element in vector.Elements) AddSlots(slots, element, type, isResult);
                break;
            case PairOperand pair:
                AddSlots(slots, pair.First, type, isResult);
                AddSlots(slots, pair.Second, PtxType.Pred, isResult);
                break;
            default:
                slots.Add(SlotOf(operand, type) with { IsResult = isResult });
                break;
        }
    }

    private Slot SlotOf(Operand operand, PtxType type) => operand switch
    {
        RegisterOperand r => new Slot(r.Register.Index, r.Register.Type, r.Negated),
        AddressOperand a => new Slot(a.Base?.Index ?? -1, PtxType.None, Offset: a.Offset + (long)(a.Symbol?.Address ?? 0)),
        SinkOperand => type == PtxType.Pred ? new Slot(SinkPredicate, type) : new Slot(SinkRow, type),
        IntegerOperand i when type == PtxType.Pred => new Slot(i.Value != 0 ? TruePredicate : FalsePredicate, type),
        IntegerOperand i => new Slot(Constant(i.Value & type.Mask()), type, Offset: (long)i.Value),
        FloatOperand f => new Slot(Constant(VariableParser.FloatBits(f.Value, type)), type),
        SymbolOperand s => new Slot(Constant(s.Symbol.Address + (ulong)s.Offset), type),
        SpecialOperand s => new Slot(Special(s.Name), SpecialRegisters.TypeOf(s.Name)),
        _ => new Slot(-1, PtxType.None),
    };

    private int Constant(ulong value) => RowFor(_constantRows, value);

    private int Special(string name) => RowFor(_specialRows, name);

    private int RowFor<T>(Dictionary<T, int> rows, T key)
        where T : notnull
    {
        if (rows.TryGetValue(key, out var row)) return row;
        rows.Add(key, RowCount);
        return RowCount++;
    }
}
