using System.Buffers.Binary;
using System.Numerics;

namespace SRKernels.Emulation.Syntax;

/// <summary>Declarations of memory variables and parameters: alignment, type, extents, initial values.</summary>
internal static class VariableParser
{
    internal static StateSpace? SpaceOf(string directive) => directive switch
    {
        ".reg" => StateSpace.Reg,
        ".global" => StateSpace.Global,
        ".shared" => StateSpace.Shared,
        ".local" => StateSpace.Local,
        ".const" => StateSpace.Const,
        ".param" => StateSpace.Param,
        _ => null,
    };

    /// <summary>After the state space: one or more variables up to the semicolon.</summary>
    internal static IEnumerable<Variable> Declarations(TokenStream tokens, StateSpace space, bool isExtern)
    {
        var align = Align(tokens);
        if (tokens.IsDirective(".v2") || tokens.IsDirective(".v4")) throw tokens.Unsupported("a vector variable");
        var type = tokens.ExpectType();
        if (type == PtxType.Pred) throw tokens.Error("expected .reg for a predicate, got a memory space");
        do
        {
            yield return One(tokens, space, type, align, isExtern);
        }
        while (tokens.TryTake(","));
        tokens.Expect(";");
    }

    internal static Variable Parameter(TokenStream tokens)
    {
        var align = Align(tokens);
        var type = tokens.ExpectType();
        if (type == PtxType.Pred) throw tokens.Error("expected .reg for a predicate, got .param");
        if (tokens.TryTakeDirective(".ptr"))
        {
            if (tokens.Current.Kind == TokenKind.Dotted && SpaceOf(tokens.Current.Text) is not null) tokens.Take();
            Align(tokens);
        }

        return One(tokens, StateSpace.Param, type, align, isExtern: false);
    }

    private static int Align(TokenStream tokens)
    {
        if (!tokens.TryTakeDirective(".align")) return 0;
        var align = tokens.ExpectInteger();
        if (!BitOperations.IsPow2(align)) throw tokens.Error($"expected an alignment that is a power of two, got {align}");
        return align;
    }

    private static Variable One(TokenStream tokens, StateSpace space, PtxType type, int align, bool isExtern)
    {
        var name = tokens.ExpectName();
        long count = 1;
        var open = false;
        while (tokens.TryTake("["))
        {
            if (tokens.TryTake("]"))
            {
                open = true;
                continue;
            }

            count *= tokens.ExpectInteger();
            tokens.Expect("]");
            if (count * type.Bytes() > int.MaxValue) throw tokens.Error($"'{name}' expected less than 2 GB");
        }

        byte[]? initial = null;
        if (tokens.TryTake("="))
        {
            if (space is not (StateSpace.Global or StateSpace.Const))
                throw tokens.Error($"'{name}' expected no initial value in this state space");
            initial = Initial(tokens, type, open ? -1 : (int)count);
            if (open) count = initial.Length / type.Bytes();
            open = false;
        }

        if (open && !isExtern) throw tokens.Error($"'{name}' expected an extent or .extern, got []");
        if (isExtern && space != StateSpace.Shared) throw tokens.Unsupported($"extern variable '{name}'");
        return new Variable(name, space, type, align == 0 ? type.Bytes() : Math.Max(align, 1),
            open || isExtern ? 0 : (int)count * type.Bytes(), isExtern, initial);
    }

    private static byte[] Initial(TokenStream tokens, PtxType type, int count)
    {
        var bytes = new List<byte>();
        var most = count < 0 ? int.MaxValue : count;
        if (tokens.TryTake("{"))
        {
            do
            {
                Element(tokens, type, bytes);
            }
            while (tokens.TryTake(","));
            tokens.Expect("}");
        }
        else
        {
            Element(tokens, type, bytes);
        }

        if (bytes.Count / type.Bytes() > most) throw tokens.Error($"expected at most {most} initial values");
        if (count > 0) bytes.AddRange(new byte[(count * type.Bytes()) - bytes.Count]);
        return [.. bytes];
    }

    private static void Element(TokenStream tokens, PtxType type, List<byte> bytes)
    {
        if (tokens.Is("{")) throw tokens.Unsupported("a nested initial value");
        ulong bits;
        if (tokens.Current.Kind == TokenKind.Float)
        {
            bits = FloatBits(BitConverter.UInt64BitsToDouble(tokens.Take().Bits), type);
        }
        else
        {
            if (tokens.Current.Kind == TokenKind.Name) throw tokens.Unsupported("an address as initial value");
            bits = tokens.Constant().Value();
            if (type.IsFloat()) bits = FloatBits((long)bits, type);
        }

        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(word, bits);
        bytes.AddRange(word[..type.Bytes()].ToArray());
    }

    /// <summary>A real constant in the format that an operand of this type holds; bit types take float's format by size.</summary>
    internal static ulong FloatBits(double value, PtxType type) => type.Bytes() switch
    {
        8 => BitConverter.DoubleToUInt64Bits(value),
        4 => BitConverter.SingleToUInt32Bits((float)value),
        _ => BitConverter.HalfToUInt16Bits((Half)value),
    };
}
