using System.Reflection.Metadata;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

/// <summary>Fields, references, loads and stores.</summary>
internal sealed partial class Translator
{
    private bool MemoryInstruction(ILOpCode op, byte[] code, int operand)
    {
        switch (op)
        {
            case ILOpCode.Ldfld:
                LoadField(FieldToken(BitConverter.ToInt32(code, operand)).Field);
                return true;
            case ILOpCode.Ldflda:
                FieldAddress(FieldToken(BitConverter.ToInt32(code, operand)).Field);
                return true;
            case ILOpCode.Stfld:
                TypeField target = FieldToken(BitConverter.ToInt32(code, operand)).Field;
                StackValue stored = Pop();
                FieldAddress(target);
                StoreThrough(Pop(), target.Type, stored);
                return true;
            case ILOpCode.Ldsfld:
                Push(StaticField(BitConverter.ToInt32(code, operand)));
                return true;
            case ILOpCode.Ldsflda:
                StackValue constant = StaticField(BitConverter.ToInt32(code, operand));
                int first = VariablesFor(constant.Type);
                WriteVariables(first, constant);
                Push(_types.Reference(constant.Type), LocalReferenceTo(first, constant.Type));
                return true;
            case ILOpCode.Ldobj:
                Push(LoadThrough(Pop(), TypeToken(BitConverter.ToInt32(code, operand))));
                return true;
            case ILOpCode.Stobj:
                StackValue value = Pop();
                StoreThrough(Pop(), TypeToken(BitConverter.ToInt32(code, operand)), value);
                return true;
            case ILOpCode.Cpobj:
                KernelType copied = TypeToken(BitConverter.ToInt32(code, operand));
                StackValue source = Pop();
                StoreThrough(Pop(), copied, LoadThrough(source, copied));
                return true;
            case ILOpCode.Initobj:
                KernelType cleared = TypeToken(BitConverter.ToInt32(code, operand));
                StoreThrough(Pop(), cleared, ZeroOf(cleared));
                return true;
        }

        KernelType? type = op switch
        {
            ILOpCode.Ldind_i1 or ILOpCode.Stind_i1 => TypeTable.SByte,
            ILOpCode.Ldind_u1 => TypeTable.Byte,
            ILOpCode.Ldind_i2 or ILOpCode.Stind_i2 => TypeTable.Int16,
            ILOpCode.Ldind_u2 => TypeTable.UInt16,
            ILOpCode.Ldind_i4 or ILOpCode.Stind_i4 => TypeTable.Int32,
            ILOpCode.Ldind_u4 => TypeTable.UInt32,
            ILOpCode.Ldind_i8 or ILOpCode.Stind_i8 or ILOpCode.Ldind_i or ILOpCode.Stind_i => TypeTable.Int64,
            ILOpCode.Ldind_r4 or ILOpCode.Stind_r4 => TypeTable.Single,
            ILOpCode.Ldind_r8 or ILOpCode.Stind_r8 => TypeTable.Double,
            _ => null,
        };
        if (type is null) return false;
        if (op is >= ILOpCode.Ldind_i1 and <= ILOpCode.Ldind_ref)
        {
            Push(LoadThrough(Pop(), type));
            return true;
        }

        StackValue pushed = Pop();
        StoreThrough(Pop(), type, pushed);
        return true;
    }

    private void LoadField(TypeField field)
    {
        StackValue from = Pop();
        if (from.Type.Shape == TypeShape.Reference)
        {
            Push(LoadThrough(FieldOf(from, field), field.Type));
            return;
        }

        int count = field.Type.Leaves.Length;
        if (count == 1)
        {
            Push(field.Type, from[field.FirstLeaf]);
            return;
        }

        var leaves = new Value[count];
        for (int i = 0; i < count; i++) leaves[i] = from[field.FirstLeaf + i];
        Push(new StackValue(field.Type, leaves));
    }

    private void FieldAddress(TypeField field)
    {
        StackValue from = Pop();
        if (from.Type.Shape != TypeShape.Reference)
            throw Unsupported($"a field of {from.Type} that has no address is not allowed in kernels; use a struct");
        Push(FieldOf(from, field));
    }

    private StackValue FieldOf(StackValue reference, TypeField field)
    {
        KernelType type = _types.Reference(field.Type);
        return LocalOf(reference) is { } local
            ? new StackValue(type, LocalReferenceTo(local.FirstVariable + field.FirstLeaf, field.Type))
            : new StackValue(type, reference.Single!, reference.Offset + field.Offset);
    }

    private LocalReference? LocalOf(StackValue reference) =>
        reference.Single is { Op: Op.Const, Imm: > 0 } constant && constant.Type == IrType.Local
            ? _localReferences[(int)constant.Imm]
            : null;

    private StackValue LoadThrough(StackValue reference, KernelType type, bool isVolatile = false)
    {
        if (reference.Type.Shape != TypeShape.Reference)
            throw Unsupported($"a load from {reference.Type} is not allowed in kernels; use an ArrayView or ref");
        if (type.Shape == TypeShape.Unsupported || type.IsUnion) throw UnsupportedType(type);
        if (LocalOf(reference) is { } local) return LoadLocalReference(local, type);
        var leaves = new Value[type.Leaves.Length];
        for (int i = 0; i < leaves.Length; i++)
        {
            TypeLeaf leaf = type.Leaves[i];
            if (leaf.Type is null)
                throw Unsupported(
                    $"a view or reference in memory ({type}) is not allowed in kernels; pass it as a parameter");
            Value load = _build.Raw.Load(leaf.Type.Memory, reference.Single!, reference.Offset + leaf.Offset);
            load.Volatile = isVolatile;
            leaves[i] = Widened(load, leaf.Type);
        }

        return new StackValue(type, leaves);
    }

    private StackValue LoadLocalReference(LocalReference local, KernelType type)
    {
        StackValue value = ReadVariables(local.FirstVariable, local.Type);
        if (ReferenceEquals(local.Type, type)) return value;
        if (value.Count == type.Leaves.Length)
        {
            bool same = true;
            for (int i = 0; i < value.Count; i++) same &= type.Leaves[i].Type is { } leaf ? leaf.Value == value[i].Type : value[i].Type.IsPointer;
            if (same)
                return value.Leaves is { } leaves ? new StackValue(type, leaves) : new StackValue(type, value.Single!);
        }

        if (value.Single is { } single && type is { IsScalar: true } && local.Type.IsScalar
            && local.Type.Size == type.Size)
            return new StackValue(type, Reinterpret(single, type.Value));
        throw Unsupported($"a local {local.Type} read as {type} is not allowed in kernels; use Interop or LocalMemory");
    }

    private void StoreThrough(StackValue reference, KernelType type, StackValue value)
    {
        if (reference.Type.Shape != TypeShape.Reference)
            throw Unsupported($"a store to {reference.Type} is not allowed in kernels; use an ArrayView or ref");
        if (type.Shape == TypeShape.Unsupported || type.IsUnion) throw UnsupportedType(type);
        value = Materialise(Coerce(value, type));
        if (LocalOf(reference) is { } local)
        {
            StoreLocalReference(local, type, value);
            return;
        }

        for (int i = 0; i < type.Leaves.Length; i++)
        {
            TypeLeaf leaf = type.Leaves[i];
            if (leaf.Type is null)
                throw Unsupported(
                    $"a view or reference in memory ({type}) is not allowed in kernels; pass it as a parameter");
            _build.Raw.Store(reference.Single!, reference.Offset + leaf.Offset, Narrowed(value[i], leaf.Type));
        }
    }

    private void StoreLocalReference(LocalReference local, KernelType type, StackValue value)
    {
        if (type.Leaves.Length != local.Type.Leaves.Length)
            throw Unsupported(
                $"a local {local.Type} written as {type} is not allowed in kernels; use Interop or LocalMemory");
        for (int i = 0; i < value.Count; i++)
        {
            Value leaf = value[i];
            IrType wanted = local.Type.Leaves[i].Type?.Value ?? leaf.Type;
            if (leaf.Type != wanted) leaf = Reinterpret(leaf, wanted);
            _variables.Write(local.FirstVariable + i, Current, leaf);
        }
    }

    private Value Reinterpret(Value value, IrType type)
    {
        if (value.Type == type) return value;
        if (value.Type.Bits != type.Bits || value.Type.IsPointer || type.IsPointer)
            throw Unsupported(
                $"a reinterpretation of {value.Type} as {type} is not allowed in kernels; the sizes differ");
        if (value.IsConst) return _function.Const(type, value.Imm);
        return _build.Raw.Convert(Op.Bitcast, type, value);
    }

    /// <summary>A loaded value as the stack holds it.</summary>
    private Value Widened(Value value, KernelType type) =>
        value.Type == type.Value ? value : _build.Convert(type.Signed ? Op.SExt : Op.ZExt, type.Value, value);

    /// <summary>A stack value as memory holds it. An extension that the store undoes is dropped.</summary>
    private Value Narrowed(Value value, KernelType type)
    {
        if (value.Type == type.Memory) return value;
        if (value.Op is Op.ZExt or Op.SExt && value[0].Type == type.Memory) return value[0];
        return _build.Convert(Op.IntTrunc, type.Memory, value);
    }

    /// <summary>A reference with its offset added; anything else as it is.</summary>
    private StackValue Materialise(StackValue value) =>
        value.Offset == 0
            ? value
            : new StackValue(value.Type, _build.Raw.Addr(value.Single!, _function.Int(value.Offset), 1));

    /// <summary>The value under the declared type it is stored as.</summary>
    private StackValue Coerce(StackValue value, KernelType type)
    {
        if (value.Text is not null)
            throw Unsupported("IL 'ldstr' is not allowed in kernels; only CudaAsm takes text, as a constant");
        if (ReferenceEquals(value.Type, type) || type.Shape == TypeShape.Void) return value;
        if (type is { IsScalar: true } && value.Single is { } single)
        {
            if (single.Type == type.Value) return new StackValue(type, single);
            if (single.Type.IsFloat && type.IsFloat || single.Type.IsInt && type.Value.IsInt)
                return new StackValue(type, ConvertNumber(single, type));
        }

        if (type.Shape == TypeShape.Reference && value.Type.Shape == TypeShape.Reference)
            return new StackValue(type, value.Single!, value.Offset);
        if (type.Shape == TypeShape.Reference && value.Single is { IsConst: true, Imm: 0 })
            return new StackValue(type, _function.Const(IrType.Global, 0));
        if (value.Count == type.Leaves.Length && type.Shape is TypeShape.Struct or TypeShape.View)
            return value.Leaves is { } leaves ? new StackValue(type, leaves) : value.Single is { } only
                ? new StackValue(type, only) : ZeroOf(type);
        throw Unsupported(
            $"a value of type {value.Type} where {type} is expected is not allowed in kernels; convert it");
    }

    private StackValue ZeroOf(KernelType type)
    {
        if (type.Shape == TypeShape.Unsupported || type.IsUnion) throw UnsupportedType(type);
        var leaves = new Value[type.Leaves.Length];
        for (int i = 0; i < leaves.Length; i++) leaves[i] = _function.Const(type.Leaves[i].Type?.Value ?? IrType.Global, 0);
        return new StackValue(type, leaves);
    }

    /// <summary>Address plus bytes, which raw pointers and Unsafe come down to.</summary>
    private bool PointerArithmetic(ILOpCode op)
    {
        StackValue right = _stack[_depth - 1];
        StackValue left = _stack[_depth - 2];
        bool leftIs = left.Type.Shape == TypeShape.Reference;
        bool rightIs = right.Type.Shape == TypeShape.Reference;
        if (!leftIs && !rightIs) return false;
        if ((leftIs && rightIs) || (rightIs && op == ILOpCode.Sub))
            throw Unsupported("a difference of addresses is not allowed in kernels; compute with indices");
        right = Pop();
        left = Pop();
        StackValue reference = leftIs ? left : right;
        Value bytes = (leftIs ? right : left).Single!;
        if (op == ILOpCode.Sub) bytes = _build.Unary(Op.Neg, bytes);
        if (LocalOf(reference) is not null)
            throw Unsupported(
                "arithmetic on the address of a local is not allowed in kernels; use LocalMemory.Allocate");
        Push(bytes.TryGetInt(out long offset) && offset == (int)offset
            ? new StackValue(reference.Type, reference.Single!, reference.Offset + (int)offset)
            : new StackValue(reference.Type, _build.Raw.Addr(reference.Single!, bytes, 1), reference.Offset));
        return true;
    }

    private StackValue StaticField(int token)
    {
        (KernelType? declaring, string name, KernelType type, StaticConstant? constant) = _methods.StaticField(
            _frame.Method, token);
        if (declaring?.Shape == TypeShape.View && name == "ElementSize")
            return new StackValue(TypeTable.Int32, _function.Int(declaring.Element!.Size));
        if (declaring?.Shape == TypeShape.View && name == "Empty") return ZeroOf(type);
        if (constant is { Initialiser: { } initialiser, ConstructorToken: not 0 })
            return NewObject(_methods.Call(initialiser, constant.ConstructorToken), constant.Constants);
        if (constant is { Constants: [] }) return ZeroOf(type);
        if (constant is { Constants: [long bits] } && type.IsScalar)
            return new StackValue(type, _function.Const(type.Value, bits));
        if (declaring?.Name.Contains("<>c", StringComparison.Ordinal) == true)
            throw Unsupported(
                "a lambda or delegate is not allowed in kernels; use a struct that implements an interface with a static abstract method");
        throw Unsupported(
            $"IL 'ldsfld' of {declaring?.Name}.{name} is not allowed in kernels; use a const, or pass the value as a parameter");
    }

    private KernelCompilationException UnsupportedType(KernelType type)
    {
        if (type.IsUnion)
            return Unsupported(
                $"a value of {type}, whose fields overlap, is not allowed in kernels; use Interop to reinterpret");
        string remedy = type.Name.StartsWith("System.Span", StringComparison.Ordinal)
            || type.Name.Contains("Span<", StringComparison.Ordinal) ? "use an ArrayView"
            : "use structs, numbers and views";
        return Unsupported($"a value of type {type} is not allowed in kernels; {remedy}");
    }

    private KernelType TypeToken(int token) => _methods.TypeOf(_frame.Method, token);

    private (KernelType Declaring, TypeField Field) FieldToken(int token)
    {
        (KernelType declaring, TypeField? field, string name) = _methods.FieldOf(_frame.Method, token);
        return field is { } found
            ? (declaring, found)
            : throw Unsupported(
                $"the field {declaring}.{name} is not allowed in kernels; use structs of numbers and views");
    }
}
