using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

/// <summary>One IL instruction at a time: constants, variables, arithmetic, branches.</summary>
internal sealed partial class Translator
{
    /// <summary>Translates one instruction; false if it ended the block.</summary>
    private bool Instruction(ILOpCode op, byte[] code, int operand, int block)
    {
        switch (op)
        {
            case ILOpCode.Nop or ILOpCode.Break or ILOpCode.Volatile or ILOpCode.Readonly or ILOpCode.Unaligned or ILOpCode.Tail:
                return true;
            case >= ILOpCode.Ldarg_0 and <= ILOpCode.Ldarg_3:
                LoadArgument(op - ILOpCode.Ldarg_0);
                return true;
            case ILOpCode.Ldarg_s:
                LoadArgument(code[operand]);
                return true;
            case ILOpCode.Ldarg:
                LoadArgument(BitConverter.ToUInt16(code, operand));
                return true;
            case ILOpCode.Ldarga_s:
                LoadArgumentAddress(code[operand]);
                return true;
            case ILOpCode.Ldarga:
                LoadArgumentAddress(BitConverter.ToUInt16(code, operand));
                return true;
            case ILOpCode.Starg_s:
                StoreArgument(code[operand]);
                return true;
            case ILOpCode.Starg:
                StoreArgument(BitConverter.ToUInt16(code, operand));
                return true;
            case >= ILOpCode.Ldloc_0 and <= ILOpCode.Ldloc_3:
                LoadLocal(op - ILOpCode.Ldloc_0);
                return true;
            case ILOpCode.Ldloc_s:
                LoadLocal(code[operand]);
                return true;
            case ILOpCode.Ldloc:
                LoadLocal(BitConverter.ToUInt16(code, operand));
                return true;
            case ILOpCode.Ldloca_s:
                LoadLocalAddress(code[operand]);
                return true;
            case ILOpCode.Ldloca:
                LoadLocalAddress(BitConverter.ToUInt16(code, operand));
                return true;
            case >= ILOpCode.Stloc_0 and <= ILOpCode.Stloc_3:
                StoreLocal(op - ILOpCode.Stloc_0);
                return true;
            case ILOpCode.Stloc_s:
                StoreLocal(code[operand]);
                return true;
            case ILOpCode.Stloc:
                StoreLocal(BitConverter.ToUInt16(code, operand));
                return true;
            case >= ILOpCode.Ldc_i4_m1 and <= ILOpCode.Ldc_i4_8:
                // The enum is unsigned: -1 would wrap in its own subtraction.
                Push(_function.Int((int)op - (int)ILOpCode.Ldc_i4_0));
                return true;
            case ILOpCode.Ldc_i4_s:
                Push(_function.Int((sbyte)code[operand]));
                return true;
            case ILOpCode.Ldc_i4:
                Push(_function.Int(BitConverter.ToInt32(code, operand)));
                return true;
            case ILOpCode.Ldc_i8:
                Push(_function.Long(BitConverter.ToInt64(code, operand)));
                return true;
            case ILOpCode.Ldc_r4:
                Push(_function.Const(IrType.F32, BitConverter.ToInt32(code, operand)));
                return true;
            case ILOpCode.Ldc_r8:
                Push(_function.Const(IrType.F64, BitConverter.ToInt64(code, operand)));
                return true;
            case ILOpCode.Ldstr:
                Push(new StackValue(_frame.Method.Module.Metadata.GetUserString(
                    (UserStringHandle)MetadataTokens.Handle(BitConverter.ToInt32(code, operand)))));
                return true;
            case ILOpCode.Dup:
                StackValue top = Materialise(Pop());
                Push(top);
                Push(top);
                return true;
            case ILOpCode.Pop:
                Pop();
                return true;
            case ILOpCode.Call or ILOpCode.Callvirt:
                Call(BitConverter.ToInt32(code, operand), constraint: null);
                return true;
            case ILOpCode.Newobj:
                NewObject(BitConverter.ToInt32(code, operand));
                return true;
            case ILOpCode.Ret:
                bool isVoid = _frame.Method.ReturnType.Shape == TypeShape.Void;
                _frame.Returns.Add((Current, isVoid ? default : Pop()));
                return false;
            case ILOpCode.Sizeof:
                Push(_function.Int(TypeToken(BitConverter.ToInt32(code, operand)).Size));
                return true;
            case ILOpCode.Switch:
                Switch(code, operand, block);
                return false;
            case ILOpCode.Br or ILOpCode.Br_s or ILOpCode.Leave or ILOpCode.Leave_s:
                int to = _frame.Method.Body!.Blocks[block].Successors[0];
                SaveStack(to);
                _build.Raw.Br(Target(to));
                return false;
            case >= ILOpCode.Brfalse_s and <= ILOpCode.Blt_un_s:
                Branch(op - ILOpCode.Brfalse_s, block);
                return false;
            case >= ILOpCode.Brfalse and <= ILOpCode.Blt_un:
                Branch(op - ILOpCode.Brfalse, block);
                return false;
            case >= ILOpCode.Add and <= ILOpCode.Not:
                Arithmetic(op);
                return true;
            case ILOpCode.Ceq:
                PushCondition(Compare(0, PopPair()));
                return true;
            case ILOpCode.Cgt:
                PushCondition(Compare(2, PopPair()));
                return true;
            case ILOpCode.Clt:
                PushCondition(Compare(4, PopPair()));
                return true;
            case ILOpCode.Cgt_un:
                PushCondition(Compare(7, PopPair()));
                return true;
            case ILOpCode.Clt_un:
                PushCondition(Compare(9, PopPair()));
                return true;
            default:
                if (!Conversion(op) && !MemoryInstruction(op, code, operand)) throw Refused(op, code, operand);
                return true;
        }
    }

    private void LoadArgument(int index)
    {
        int variable = _frame.ArgumentVariables[index];
        Push(variable < 0 ? _frame.Arguments[index] : ReadVariables(variable, _frame.Arguments[index].Type));
    }

    private void StoreArgument(int index) =>
        WriteVariables(_frame.ArgumentVariables[index], Coerce(Pop(), _frame.Arguments[index].Type));

    private void LoadArgumentAddress(int index)
    {
        KernelType type = _frame.Arguments[index].Type;
        Push(_types.Reference(type), LocalReferenceTo(_frame.ArgumentVariables[index], type));
    }

    private void LoadLocal(int index)
    {
        KernelType type = _frame.Method.LocalTypes[index];
        if (_frame.LocalBindings[index].Count > 0) Push(_frame.LocalBindings[index]);
        else Push(ReadVariables(LocalVariable(index), type));
    }

    /// <summary>
    /// A local with one store is bound to what is stored: C# assigns definitely, so the store dominates every read.
    /// This keeps constants constant and references known inside loops, where a variable would be an open phi.
    /// </summary>
    private void StoreLocal(int index)
    {
        KernelType type = _frame.Method.LocalTypes[index];
        StackValue value = Coerce(Pop(), type);
        if (_frame.Method.Body!.LocalStores[index] == 1 && value.Count > 0)
            _frame.LocalBindings[index] = Materialise(value);
        else WriteVariables(LocalVariable(index), Materialise(value));
    }

    private void LoadLocalAddress(int index)
    {
        KernelType type = _frame.Method.LocalTypes[index];
        Push(_types.Reference(type), LocalReferenceTo(LocalVariable(index), type));
    }

    private int LocalVariable(int index)
    {
        KernelType type = _frame.Method.LocalTypes[index];
        if (type.Shape == TypeShape.Unsupported || type.IsUnion) throw UnsupportedType(type);
        if (_frame.LocalVariables[index] < 0) _frame.LocalVariables[index] = VariablesFor(type);
        return _frame.LocalVariables[index];
    }

    private Value LocalReferenceTo(int firstVariable, KernelType type)
    {
        var reference = new LocalReference(firstVariable, type);
        if (_localReferenceValues.TryGetValue(reference, out Value? value)) return value;
        value = _function.Const(IrType.Local, _localReferences.Count);
        _localReferences.Add(reference);
        _localReferenceValues.Add(reference, value);
        return value;
    }

    private void Arithmetic(ILOpCode op)
    {
        if (op is ILOpCode.Neg or ILOpCode.Not)
        {
            Value a = PopValue();
            Push(_build.Unary(op == ILOpCode.Not ? Op.Not : a.Type.IsFloat ? Op.FNeg : Op.Neg, a));
            return;
        }

        if (op is ILOpCode.Add or ILOpCode.Sub && PointerArithmetic(op)) return;
        if (op is ILOpCode.Shl or ILOpCode.Shr or ILOpCode.Shr_un)
        {
            Value count = PopValue();
            if (count.Type == IrType.I64) count = _build.Convert(Op.IntTrunc, IrType.I32, count);
            Value a = PopValue();
            Push(_build.Binary(op == ILOpCode.Shl ? Op.Shl : op == ILOpCode.Shr ? Op.ShrS : Op.ShrU, a, Unmasked(
                count, a.Type.Bits)));
            return;
        }

        (Value left, Value right) = PopPair();
        bool isFloat = left.Type.IsFloat;
        Push(_build.Binary(
            op switch
            {
                ILOpCode.Add => isFloat ? Op.FAdd : Op.Add,
                ILOpCode.Sub => isFloat ? Op.FSub : Op.Sub,
                ILOpCode.Mul => isFloat ? Op.FMul : Op.Mul,
                ILOpCode.Div => isFloat ? Op.FDiv : Op.DivS,
                ILOpCode.Div_un => Op.DivU,
                ILOpCode.Rem => isFloat ? Op.FRem : Op.RemS,
                ILOpCode.Rem_un => Op.RemU,
                ILOpCode.And => Op.And,
                ILOpCode.Or => Op.Or,
                _ => Op.Xor,
            },
            left,
            right));
    }

    /// <summary>C# masks shift counts in IL; the IR's shifts do so themselves.</summary>
    private static Value Unmasked(Value count, int bits) =>
        count.Op == Op.And && count[1].TryGetInt(out long mask) && mask == bits - 1 ? count[0] : count;

    /// <summary>Two numbers of one type: a native int next to an int, or a float next to a double, is
    /// widened.</summary>
    private (Value Left, Value Right) PopPair()
    {
        Value right = PopAny();
        Value left = PopAny();
        if (left.Type == right.Type) return (left, right);
        if (left.Type.IsPointer && right.Type.IsPointer)
        {
            if (right.IsConst && right.Imm == 0) return (left, _function.Const(left.Type, 0));
            if (left.IsConst && left.Imm == 0) return (_function.Const(right.Type, 0), right);
        }

        if (left.Type.IsPointer && right.TryGetInt(out long zero) && zero == 0)
            return (left, _function.Const(left.Type, 0));
        if (left.Type == IrType.I32 && right.Type == IrType.I64)
            return (_build.Convert(Op.SExt, IrType.I64, left), right);
        if (left.Type == IrType.I64 && right.Type == IrType.I32)
            return (left, _build.Convert(Op.SExt, IrType.I64, right));
        if (left.Type == IrType.F32 && right.Type == IrType.F64)
            return (_build.Convert(Op.FpExt, IrType.F64, left), right);
        if (left.Type == IrType.F64 && right.Type == IrType.F32)
            return (left, _build.Convert(Op.FpExt, IrType.F64, right));
        throw Unsupported(
            $"an operation on {left.Type} and {right.Type} is not allowed in kernels; convert one of them");
    }

    private Value PopAny()
    {
        StackValue value = Materialise(Pop());
        return value.Single ?? throw Unsupported(
            $"an operation on a value of type {value.Type} is not allowed in kernels; use its fields");
    }

    /// <summary>Comparison by the order of IL's branches: 0 eq, 1 ge, 2 gt, 3 le, 4 lt, 5 ne.un, 6 ge.un, 7 gt.un, 8
    /// le.un, 9 lt.un.</summary>
    private Value Compare(int kind, (Value Left, Value Right) pair)
    {
        (Value a, Value b) = pair;
        if (a.Type.IsFloat)
        {
            return kind switch
            {
                0 => _build.Binary(Op.FCmpEq, a, b),
                1 => _build.Binary(Op.FCmpLe, b, a),
                2 => _build.Binary(Op.FCmpLt, b, a),
                3 => _build.Binary(Op.FCmpLe, a, b),
                4 => _build.Binary(Op.FCmpLt, a, b),
                5 => _build.Binary(Op.FCmpNe, a, b),
                6 => _build.Binary(Op.FCmpLeUn, b, a),
                7 => _build.Binary(Op.FCmpLtUn, b, a),
                8 => _build.Binary(Op.FCmpLeUn, a, b),
                _ => _build.Binary(Op.FCmpLtUn, a, b),
            };
        }

        // A bool compared with 0 is its negation.
        if (kind is 0 or 5 or 7 && b.TryGetInt(out long zero) && zero == 0 && a.Op == Op.ZExt && a[0].Type == IrType.I1)
            return kind == 0 ? _build.Negate(a[0]) : a[0];
        if (kind == 7 && a.Type.IsPointer) kind = 5;
        return kind switch
        {
            0 => _build.Binary(Op.CmpEq, a, b),
            1 => _build.Binary(Op.CmpLeS, b, a),
            2 => _build.Binary(Op.CmpLtS, b, a),
            3 => _build.Binary(Op.CmpLeS, a, b),
            4 => _build.Binary(Op.CmpLtS, a, b),
            5 => _build.Binary(Op.CmpNe, a, b),
            6 => _build.Binary(Op.CmpLeU, b, a),
            7 => _build.Binary(Op.CmpLtU, b, a),
            8 => _build.Binary(Op.CmpLeU, a, b),
            _ => _build.Binary(Op.CmpLtU, a, b),
        };
    }

    private void PushCondition(Value condition) => Push(TypeTable.Bool, _build.Convert(Op.ZExt, IrType.I32, condition));

    /// <summary>An int as a condition; of a comparison's int, the comparison.</summary>
    private Value Condition(Value value)
    {
        if (value.Op == Op.ZExt && value[0].Type == IrType.I1) return value[0];
        if (value.Type.IsPointer)
            return value.IsConst ? _function.Bool(value.Imm != 0) : _build.Binary(
                Op.CmpNe, value, _function.Const(value.Type, 0));
        return _build.Binary(Op.CmpNe, value, _function.Const(value.Type, 0));
    }

    /// <summary>Whether an int or address is zero.</summary>
    private Value Zero(Value value) =>
        value.Op == Op.ZExt && value[0].Type == IrType.I1 || value.Type.IsPointer
            ? _build.Negate(Condition(value))
            : _build.Binary(Op.CmpEq, value, _function.Const(value.Type, 0));

    /// <summary>Branches in IL's order: brfalse, brtrue, then the comparisons.</summary>
    private void Branch(int kind, int block)
    {
        int[] successors = _frame.Method.Body!.Blocks[block].Successors;
        Value condition = kind switch
        {
            0 => Zero(PopAny()),
            1 => Condition(PopAny()),
            _ => Compare(kind - 2, PopPair()),
        };
        if (condition.TryGetInt(out long known))
        {
            int only = successors[known != 0 ? 0 : 1];
            SaveStack(only);
            _build.Raw.Br(Target(only));
            return;
        }

        SaveStack(successors[0]);
        if (successors[1] != successors[0]) SaveStack(successors[1]);
        _build.Raw.CondBr(condition, Target(successors[0]), Target(successors[1]));
    }

    /// <summary>A switch is a binary search: value in [0, n) as unsigned, then halves.</summary>
    private void Switch(byte[] code, int operand, int block)
    {
        int count = BitConverter.ToInt32(code, operand);
        int[] successors = _frame.Method.Body!.Blocks[block].Successors;
        Value value = PopValue();
        if (value.TryGetInt(out long known))
        {
            int only = successors[(ulong)known < (ulong)count ? known : count];
            SaveStack(only);
            _build.Raw.Br(Target(only));
            return;
        }

        for (int i = 0; i <= count; i++)
            if (Array.IndexOf(successors, successors[i], 0, i) < 0)
                SaveStack(successors[i]);
        Block cases = _function.AddBlock();
        _build.Raw.CondBr(_build.Binary(Op.CmpLtU, value, _function.Int(count)), cases, Target(successors[count]));
        Search(value, successors, 0, count, cases);
    }

    private void Search(Value value, int[] successors, int low, int high, Block block)
    {
        _build.Raw.SetEnd(block);
        bool same = true;
        for (int i = low + 1; i < high; i++) same &= successors[i] == successors[low];
        if (same)
        {
            _build.Raw.Br(Target(successors[low]));
            return;
        }

        int middle = (low + high) / 2;
        Block lower = _function.AddBlock();
        Block upper = _function.AddBlock();
        _build.Raw.CondBr(_build.Binary(Op.CmpLtS, value, _function.Int(middle)), lower, upper);
        Search(value, successors, low, middle, lower);
        Search(value, successors, middle, high, upper);
    }

    private bool Conversion(ILOpCode op)
    {
        KernelType? target = op switch
        {
            ILOpCode.Conv_i1 => TypeTable.SByte,
            ILOpCode.Conv_i2 => TypeTable.Int16,
            ILOpCode.Conv_i4 => TypeTable.Int32,
            ILOpCode.Conv_i8 or ILOpCode.Conv_i => TypeTable.Int64,
            ILOpCode.Conv_u1 => TypeTable.Byte,
            ILOpCode.Conv_u2 => TypeTable.UInt16,
            ILOpCode.Conv_u4 => TypeTable.UInt32,
            ILOpCode.Conv_u8 or ILOpCode.Conv_u => TypeTable.UInt64,
            ILOpCode.Conv_r4 => TypeTable.Single,
            ILOpCode.Conv_r8 => TypeTable.Double,
            _ => null,
        };
        if (op == ILOpCode.Conv_r_un)
        {
            Value a = PopValue();
            Push(a.Type.IsFloat ? a : _build.Convert(Op.UiToFp, IrType.F64, a));
            return true;
        }

        if (target is null) return false;
        StackValue top = Pop();
        // Addresses pass through conversions to native ints unchanged.
        if (top.Type.Shape == TypeShape.Reference && op is ILOpCode.Conv_i or ILOpCode.Conv_u)
        {
            Push(top);
            return true;
        }

        Value value = Materialise(top).Single ?? throw Unsupported(
            $"a conversion of {top.Type} is not allowed in kernels; convert its fields");
        Push(target, ConvertNumber(value, target));
        return true;
    }

    /// <summary>IL's conv to a number type: wraps between integers, saturates from floats, rounds to floats.</summary>
    private Value ConvertNumber(Value value, KernelType target)
    {
        IrType from = value.Type;
        if (target.IsFloat)
        {
            if (from == target.Value) return value;
            if (!from.IsFloat) return ConvertToFloat(value, target);
            return _build.Convert(from.Bits < target.Value.Bits ? Op.FpExt : Op.FpTrunc, target.Value, value);
        }

        if (from.IsFloat)
        {
            // Narrower than int: to int first, then wrapped, as .NET does.
            Value integer = _build.Raw.Convert(
                target.Signed || target.Size < 4 ? Op.FpToSi : Op.FpToUi, target.Value, value);
            return Wrap(integer, target);
        }

        if (from.Bits < target.Value.Bits)
            value = _build.Convert(target.Signed ? Op.SExt : Op.ZExt, target.Value, value);
        else if (from.Bits > target.Value.Bits) value = _build.Convert(Op.IntTrunc, target.Value, value);
        return Wrap(value, target);
    }

    private Value ConvertToFloat(Value value, KernelType target) => _build.Convert(Op.SiToFp, target.Value, value);

    /// <summary>An i32 as a bool, byte, short, char holds it: upper bits by its sign.</summary>
    private Value Wrap(Value value, KernelType type)
    {
        if (type.Size >= 4) return value;
        if (value.Op is Op.ZExt or Op.SExt && value[0].Type.Bits <= type.Memory.Bits
            && (value.Op == Op.ZExt) == !type.Signed)
            return value;
        return _build.Convert(type.Signed ? Op.SExt : Op.ZExt, IrType.I32, _build.Convert(
            Op.IntTrunc, type.Memory, value));
    }

    private KernelCompilationException Refused(ILOpCode op, byte[] code, int operand)
    {
        string name = op.ToString().ToLowerInvariant().Replace('_', '.');
        string remedy = op switch
        {
            ILOpCode.Newarr =>
                $"use SharedMemory.Allocate<{ArrayElement(code, operand)}>({ArrayLength()}) or LocalMemory.Allocate",
            ILOpCode.Throw or ILOpCode.Rethrow => "write an error code to a buffer",
            ILOpCode.Box => "use a generic method with a struct constraint",
            ILOpCode.Localloc => "use LocalMemory.Allocate",
            ILOpCode.Ldftn or ILOpCode.Ldvirtftn =>
                "use a struct that implements an interface with a static abstract method in place of the delegate",
            ILOpCode.Stsfld => "pass the value as a parameter",
            ILOpCode.Castclass or ILOpCode.Isinst or ILOpCode.Unbox or ILOpCode.Unbox_any => "use structs and generics",
            ILOpCode.Calli => "call a static method",
            ILOpCode.Ldtoken => "use a generic parameter",
            ILOpCode.Ldlen or ILOpCode.Ldelem or ILOpCode.Ldelema or ILOpCode.Stelem => "use an ArrayView",
            >= ILOpCode.Ldelem_i1 and <= ILOpCode.Stelem_ref => "use an ArrayView",
            _ when name.Contains("ovf", StringComparison.Ordinal) => "use unchecked arithmetic",
            _ => "write it with the kernel language",
        };
        return Unsupported($"IL '{name}' is not allowed in kernels; {remedy}");
    }

    private string ArrayElement(byte[] code, int operand) => TypeToken(BitConverter.ToInt32(code, operand)).Name;

    private string ArrayLength() =>
        _depth > _frame.StackBase && _stack[_depth - 1].Single is { } length && length.TryGetInt(out long n)
            ? n.ToString() : "n";
}
