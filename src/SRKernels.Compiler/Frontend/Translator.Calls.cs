using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

/// <summary>Calls: language methods become operations, everything else is translated in place.</summary>
internal sealed partial class Translator
{
    internal delegate StackValue Intrinsic(Translator t, CallTarget call, StackValue[] a);

    private void Call(int token, KernelType? constraint)
    {
        CallTarget call = _methods.Call(_frame.Method, token);
        int hidden = call.IsInstance ? 1 : 0;
        var arguments = new StackValue[call.Parameters.Length + hidden];
        for (int i = arguments.Length - 1; i >= 0; i--)
        {
            StackValue value = Pop();
            arguments[i] = i < hidden || value.Text is not null ? value : Coerce(value, call.Parameters[i - hidden]);
        }

        StackValue result = constraint is null ? Invoke(call, arguments) : InvokeConstrained(
            call, constraint, arguments);
        if (call.ReturnType.Shape != TypeShape.Void) Push(result);
    }

    private StackValue Invoke(CallTarget call, StackValue[] arguments)
    {
        if (call.Key is { } key && Intrinsics.TryGet(key, call, out Intrinsic? intrinsic))
            return intrinsic(this, call, arguments);
        foreach (StackValue argument in arguments)
            if (argument.Text is not null)
                throw Unsupported("IL 'ldstr' is not allowed in kernels; only CudaAsm takes text, as a constant");
        if (call.Name == ".ctor" && Construct(call, arguments.AsSpan(1)) is { } constructed)
        {
            StoreThrough(arguments[0], call.Declaring!, constructed);
            return default;
        }

        bool isClass = call.Declaring is { Shape: TypeShape.Unsupported, Module: not null } && call.IsInstance;
        if (isClass)
            throw Unsupported(
                $"a virtual call ({call.DeclaringName}.{call.Name}) is not allowed in kernels; use a struct and a generic constraint");
        if (call.Target is { Body: not null } target) return Inline(target, arguments);
        if (call.DeclaringName.Contains("Func`", StringComparison.Ordinal)
            || call.DeclaringName.Contains("Action", StringComparison.Ordinal))
            throw Unsupported(
                "a lambda or delegate is not allowed in kernels; use a struct that implements an interface with a static abstract method");
        if (call.DeclaringName.Contains("Span", StringComparison.Ordinal))
            throw Unsupported(
                $"a call of {TypeTable.DisplayName(call.DeclaringName, [])}.{call.Name} is not allowed in kernels; use an ArrayView");
        throw Unsupported(
            $"a call of {call.DeclaringName}.{call.Name}({string.Join(", ", call.Parameters.Select(p => p.Name))}) is not allowed in kernels; it has no meaning on the device");
    }

    private StackValue InvokeConstrained(CallTarget call, KernelType type, StackValue[] arguments)
    {
        if (type.IsScalar)
        {
            if (call.IsInstance) arguments[0] = LoadThrough(arguments[0], type);
            return NumericInterface(call, type, arguments)
                ?? throw Unsupported(
                    $"a call of {call.DeclaringName}.{call.Name} on {type} is not allowed in kernels; use an operator or XMath");
        }

        if (_methods.Implementation(type, call) is { } implementation) return Inline(implementation, arguments);
        if (call.Target is { Body: not null } defaultBody) return Inline(defaultBody, arguments);
        throw Unsupported(
            $"a call of {call.DeclaringName}.{call.Name} on {type} is not allowed in kernels; {type} does not implement it");
    }

    private void NewObject(int token)
    {
        CallTarget call = _methods.Call(_frame.Method, token);
        var arguments = new StackValue[call.Parameters.Length + 1];
        for (int i = arguments.Length - 1; i > 0; i--) arguments[i] = Coerce(Pop(), call.Parameters[i - 1]);
        Push(NewObject(call, arguments));
    }

    private StackValue NewObject(CallTarget call, long[] constants)
    {
        var arguments = new StackValue[constants.Length + 1];
        for (int i = 0; i < constants.Length; i++)
            arguments[i + 1] = new StackValue(
                call.Parameters[i], _function.Const(call.Parameters[i].Value, constants[i]));
        return NewObject(call, arguments);
    }

    /// <param name="call">The constructor.</param>
    /// <param name="arguments">Its arguments, behind a free place for the object's address.</param>
    private StackValue NewObject(CallTarget call, StackValue[] arguments)
    {
        KernelType type = call.Declaring!;
        if (Construct(call, arguments.AsSpan(1)) is { } constructed) return constructed;

        if (type.Shape != TypeShape.Struct || type.IsUnion)
        {
            bool isDelegate = call.DeclaringName.StartsWith("System.Func", StringComparison.Ordinal)
                || call.DeclaringName.StartsWith("System.Action", StringComparison.Ordinal);
            throw Unsupported(isDelegate
                ? "a lambda or delegate is not allowed in kernels; use a struct that implements an interface with a static abstract method"
                : $"IL 'newobj' of {type} is not allowed in kernels; use a struct");
        }

        int first = VariablesFor(type);
        WriteVariables(first, ZeroOf(type));
        arguments[0] = new StackValue(_types.Reference(type), LocalReferenceTo(first, type));
        Invoke(call, arguments);
        return ReadVariables(first, type);
    }

    /// <summary>Constructors of the types that have no body here: tuples, and the 16-bit floats from their
    /// bits.</summary>
    private StackValue? Construct(CallTarget call, ReadOnlySpan<StackValue> arguments)
    {
        KernelType type = call.Declaring!;
        if (type is { Shape: TypeShape.Struct, Module: null })
        {
            var leaves = new List<Value>();
            foreach (StackValue argument in arguments)
            {
                StackValue item = Materialise(argument);
                for (int i = 0; i < item.Count; i++) leaves.Add(item[i]);
            }

            return new StackValue(type, leaves.ToArray());
        }

        if (ReferenceEquals(type, TypeTable.Half) || ReferenceEquals(type, TypeTable.BFloat16))
            return new StackValue(type, Reinterpret(
                _build.Convert(Op.IntTrunc, IrType.I16, arguments[0].Single!), type.Value));
        return null;
    }

    /// <summary>Members of System.Numerics' interfaces on a number.</summary>
    private StackValue? NumericInterface(CallTarget call, KernelType type, StackValue[] a)
    {
        bool isFloat = type.IsFloat;
        if (!isFloat && !type.Value.IsInt) return SixteenBitFloat(call, type, a);
        Value? result = call.Name switch
        {
            "op_Addition" => _build.Binary(isFloat ? Op.FAdd : Op.Add, a[0].Single!, a[1].Single!),
            "op_Subtraction" => _build.Binary(isFloat ? Op.FSub : Op.Sub, a[0].Single!, a[1].Single!),
            "op_Multiply" => _build.Binary(isFloat ? Op.FMul : Op.Mul, a[0].Single!, a[1].Single!),
            "op_Division" => _build.Binary(
                isFloat ? Op.FDiv : type.Signed ? Op.DivS : Op.DivU, a[0].Single!, a[1].Single!),
            "op_Modulus" => _build.Binary(
                isFloat ? Op.FRem : type.Signed ? Op.RemS : Op.RemU, a[0].Single!, a[1].Single!),
            "op_UnaryNegation" => _build.Unary(isFloat ? Op.FNeg : Op.Neg, a[0].Single!),
            "op_UnaryPlus" => a[0].Single,
            "op_Increment" => _build.Binary(isFloat ? Op.FAdd : Op.Add, a[0].Single!, One(type)),
            "op_Decrement" => _build.Binary(isFloat ? Op.FSub : Op.Sub, a[0].Single!, One(type)),
            "op_BitwiseAnd" => _build.Binary(Op.And, a[0].Single!, a[1].Single!),
            "op_BitwiseOr" => _build.Binary(Op.Or, a[0].Single!, a[1].Single!),
            "op_ExclusiveOr" => _build.Binary(Op.Xor, a[0].Single!, a[1].Single!),
            "op_OnesComplement" => _build.Unary(Op.Not, a[0].Single!),
            "op_LeftShift" => _build.Binary(Op.Shl, a[0].Single!, a[1].Single!),
            "op_RightShift" => _build.Binary(type.Signed ? Op.ShrS : Op.ShrU, a[0].Single!, a[1].Single!),
            "op_UnsignedRightShift" => _build.Binary(Op.ShrU, a[0].Single!, a[1].Single!),
            "Min" => _build.Binary(isFloat ? Op.FMin : type.Signed ? Op.MinS : Op.MinU, a[0].Single!, a[1].Single!),
            "Max" => _build.Binary(isFloat ? Op.FMax : type.Signed ? Op.MaxS : Op.MaxU, a[0].Single!, a[1].Single!),
            "Abs" => type.Signed ? _build.Unary(isFloat ? Op.FAbs : Op.AbsS, a[0].Single!) : a[0].Single,
            "Sqrt" when isFloat => _build.Raw.Unary(Op.Sqrt, a[0].Single!),
            "Exp" when isFloat => _build.Raw.Unary(Op.Exp, a[0].Single!),
            "get_Zero" or "get_AdditiveIdentity" => _function.Const(type.Value, 0),
            "get_One" or "get_MultiplicativeIdentity" => One(type),
            "CreateTruncating" or "CreateChecked" or "CreateSaturating" when call.MethodArguments is [{ IsScalar: true } from] && from.Value.Kind is not (Kind.F16 or Kind.BF16) =>
                !from.Signed && type.IsFloat && !from.IsFloat
                    ? _build.Convert(Op.UiToFp, type.Value, a[0].Single!)
                    : from.Signed || type.Value.Bits <= from.Value.Bits || from.IsFloat || type.IsFloat
                        ? ConvertNumber(a[0].Single!, type)
                        : _build.Convert(Op.ZExt, type.Value, a[0].Single!),
            _ => null,
        };
        if (result is not null) return new StackValue(type, type.Size < 4 ? Wrap(result, type) : result);
        int kind = call.Name switch
        {
            "op_Equality" or "Equals" => 0,
            "op_GreaterThanOrEqual" => 1,
            "op_GreaterThan" => 2,
            "op_LessThanOrEqual" => 3,
            "op_LessThan" => 4,
            "op_Inequality" => 5,
            _ => -1,
        };
        if (kind < 0) return null;
        if (!isFloat && !type.Signed && kind is >= 1 and <= 4) kind += 5;
        return new StackValue(TypeTable.Bool, _build.Convert(
            Op.ZExt, IrType.I32, Compare(kind, (a[0].Single!, a[1].Single!))));
    }

    /// <summary>Half and BFloat16 compute in float.</summary>
    private StackValue? SixteenBitFloat(CallTarget call, KernelType type, StackValue[] a)
    {
        var wide = new StackValue[a.Length];
        for (int i = 0; i < a.Length; i++)
            wide[i] = new StackValue(
                TypeTable.Single, a[i].Single!.Type.IsFloat ? a[i].Single!
                : _build.Raw.Convert(Op.FpExt, IrType.F32, a[i].Single!));
        if (NumericInterface(call, TypeTable.Single, wide) is not { } result) return null;
        return result.Single!.Type == IrType.F32 ? new StackValue(
            type, _build.Raw.Convert(Op.FpTrunc, type.Value, result.Single!)) : result;
    }

    private Value One(KernelType type) => type.Value.Kind switch
    {
        Kind.F32 => _function.Float(1),
        Kind.F64 => _function.Double(1),
        _ => _function.Const(type.Value, 1),
    };
}
