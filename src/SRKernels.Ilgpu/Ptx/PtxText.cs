using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Types;
using ILGPU.IR.Values;
using Register = ILGPU.Backends.RegisterAllocator<ILGPU.Backends.PTX.PTXRegisterKind>.Register;
using Registers = ILGPU.Backends.RegisterAllocator<ILGPU.Backends.PTX.PTXRegisterKind>;

namespace SRKernels.Ilgpu.Ptx;

/// <summary>Puts the registers of one call into an intrinsic's text (see <see cref="PtxInstructions"/> for its signs).</summary>
/// <param name="generator">Gives registers and takes the text.</param>
/// <param name="call">The call.</param>
internal sealed partial class PtxText(PTXCodeGenerator generator, Value call)
{
    private readonly Dictionary<string, string> _own = new(StringComparer.Ordinal);
    private readonly StringBuilder _before = new();
    private string? _result;

    /// <summary>Appends the text to the function.</summary>
    public void Write(string text)
    {
        var written = Sign().Replace(text, Operand);
        generator.Builder.Append(_before);
        foreach (var instruction in written.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            generator.Builder.Append('\t').Append(instruction).Append(";\n");
    }

    private string Operand(Match sign)
    {
        var kind = sign.Groups["kind"].Value;
        if (kind == "d") return _result ??= Name(generator.Allocate(call));
        var number = int.Parse(sign.Groups["number"].Value, CultureInfo.InvariantCulture);
        return kind switch
        {
            "" => Name(generator.Load(call[number].Resolve())),
            "c" => Constant(number),
            "a" => Name(generator.Load(Pointer(number))),
            "q" => SpaceOf(Pointer(number)) switch { MemoryAddressSpace.Shared => ".shared", MemoryAddressSpace.Global => ".global", _ => "" },
            "s" => Address(number, MemoryAddressSpace.Shared, "shared"),
            "g" => Address(number, MemoryAddressSpace.Global, "global"),
            _ => Own(sign.Value, kind),
        };
    }

    private string Constant(int number) => call[number].Resolve() is PrimitiveValue constant
        ? constant.Int32Value.ToString(CultureInfo.InvariantCulture)
        : throw new NotSupportedException($"{((MethodCall)call).Target.Source.Name}: its argument must be a constant");

    /// <summary>The address of a reference in one state space; ILGPU passes references to calls as generic addresses.</summary>
    private string Address(int number, MemoryAddressSpace space, string name)
    {
        var pointer = Pointer(number);
        var register = Name(generator.Load(pointer));
        if (SpaceOf(pointer) == space) return register;
        var key = $"{name}{number}";
        if (_own.TryGetValue(key, out var own)) return own;
        own = Name(generator.AllocateRegister(BasicValueType.Int64, PTXRegisterKind.Int64));
        _before.Append(CultureInfo.InvariantCulture, $"\tcvta.to.{name}.u64 {own}, {register};\n");
        return _own[key] = own;
    }

    /// <summary>The pointer before the call made it a generic one.</summary>
    private Value Pointer(int number)
    {
        var value = call[number].Resolve();
        while (value is AddressSpaceCast cast) value = cast.Value.Resolve();
        return value;
    }

    private static MemoryAddressSpace SpaceOf(Value pointer) => ((AddressSpaceType)pointer.Type).AddressSpace;

    private string Own(string sign, string kind)
    {
        if (_own.TryGetValue(sign, out var name)) return name;
        var (type, register) = kind switch
        {
            "f" => (BasicValueType.Float32, PTXRegisterKind.Float32),
            "u" => (BasicValueType.Int32, PTXRegisterKind.Int32),
            _ => (BasicValueType.Int16, PTXRegisterKind.Int16),
        };
        return _own[sign] = Name(generator.AllocateRegister(type, register));
    }

    private string Name(Register register) => register switch
    {
        Registers.CompoundRegister compound => "{" + string.Join(", ", compound.Children.Select(Name)) + "}",
        Registers.PrimitiveRegister primitive => "%" + PTXRegisterAllocator.GetStringRepresentation(generator.EnsureHardwareRegister(primitive)),
        _ => throw new NotSupportedException($"{((MethodCall)call).Target.Source.Name}: an argument of {register.GetType().Name}"),
    };

    [GeneratedRegex(@"\$(?<kind>[a-z]?)(?<number>\d?)")]
    private static partial Regex Sign();
}
