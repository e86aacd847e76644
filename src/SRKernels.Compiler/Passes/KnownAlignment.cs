using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Of which power of two a value is certainly a multiple, up to 16: what vector access needs to know.
/// </summary>
/// <remarks>
/// A view's first element is aligned to the element's own size only (it may start anywhere in its buffer), and the IR does not say what
/// the element is: a pointer that is a parameter counts as 1 until the kernel promises more (<see cref="Op.AssumeAligned"/>).
/// The greatest fixed point: loops are assumed aligned and lowered until nothing contradicts.
/// </remarks>
internal sealed class KnownAlignment
{
    private const int Most = 16;
    private readonly Function _function;
    private readonly byte[] _known;

    internal KnownAlignment(Function function)
    {
        _function = function;
        _known = new byte[function.ValueCount];
        Array.Fill(_known, (byte)Most);
        foreach (Value parameter in function.Parameters) _known[parameter.Id] = 1;
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (Block block in function.Blocks)
                for (Value? v = block.First; v is not null; v = v.Next)
                {
                    if (v.Type.IsVector || !(v.Type.IsAnyInt || v.Type.IsPointer)) continue;
                    var power = (byte)Math.Min(Compute(v), _known[v.Id]);
                    if (power == _known[v.Id]) continue;
                    _known[v.Id] = power;
                    changed = true;
                }
        }
    }

    /// <summary>The power of two; the value must have been in the function when this was made.</summary>
    internal int Of(Value v) => v.TryGetInt(out long constant) ? Power(constant) : _known[v.Id];

    private int Compute(Value v)
    {
        switch (v.Op)
        {
            case Op.DynShared:
                return Most;
            case Op.AllocAddr:
                return Math.Min(Most, Math.Max(_function.Allocations[(int)v.Imm].Align, 1));
            case Op.Addr:
                return Math.Min(Of(v[0]), Product(Of(v[1]), Power(v.Imm)));
            case Op.AssumeAligned:
                return Math.Max(Of(v[0]), Power(v.Imm));
            case Op.Add or Op.Sub or Op.Or or Op.Xor:
                return Math.Min(Of(v[0]), Of(v[1]));
            case Op.Mul:
                return Product(Of(v[0]), Of(v[1]));
            case Op.Shl when v[1].TryGetInt(out long by):
                return Product(Of(v[0]), Power(1L << (int)(by & (v.Type.Bits - 1))));
            case Op.And:
                return Math.Max(Of(v[0]), Of(v[1]));
            case Op.Neg:
                return Of(v[0]);
            case Op.SExt or Op.ZExt or Op.IntTrunc when v[0].Type.Kind != Kind.I1:
                return Of(v[0]);
            case Op.Select:
                return Math.Min(Of(v[1]), Of(v[2]));
            case Op.Phi:
                int least = Most;
                foreach (Value operand in v.Operands) least = Math.Min(least, Of(operand));
                return least;
            default:
                return 1;
        }
    }

    private static int Product(int a, int b) => Math.Min(Most, a * b);

    private static int Power(long value) => value == 0 ? Most : (int)Math.Min(Most, value & -value);
}
