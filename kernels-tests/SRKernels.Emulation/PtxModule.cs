using System.Buffers.Binary;
using SRKernels.Emulation.Execution;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation;

/// <summary>
/// A PTX module, parsed and checked as strictly as the real assembler does, for running on the CPU:
/// text -> tokens -> syntax -> checked, decoded instructions -> blocks of warps -> findings and counters.
/// </summary>
public sealed class PtxModule
{
    private readonly string _text;
    private readonly ModuleSyntax _syntax;

    private PtxModule(string text, ModuleSyntax syntax) => (_text, _syntax) = (text, syntax);

    /// <summary>The target, 80 for sm_80.</summary>
    public int Target => _syntax.Target;

    /// <summary>The kernels by name.</summary>
    public IEnumerable<string> Kernels => _syntax.Kernels.Select(k => k.Name);

    /// <summary>Parses and checks.</summary>
    /// <exception cref="PtxException">The text is wrong, or (<see cref="PtxUnsupportedException"/>) beyond the emulator.</exception>
    public static PtxModule Parse(string text)
    {
        var syntax = PtxParser.Parse(text);
        foreach (var kernel in syntax.Kernels.Concat(syntax.Functions))
            foreach (var instruction in kernel.Instructions)
                OpTable.Bind(instruction, syntax.Target);
        return new PtxModule(text, syntax);
    }

    /// <summary>The module with its variables placed in a device's memory, ready to launch.</summary>
    public LoadedPtxModule Load(EmulatedMemory memory) => new(PtxParser.Parse(_text), memory);

    /// <summary>Loads, launches once with typed arguments, and unloads.</summary>
    public LaunchResult Launch(string kernel, Extent grid, Extent block, EmulatedMemory memory, params object[] arguments)
    {
        using var loaded = Load(memory);
        return loaded.Launch(kernel, grid, block, 0, loaded.PackArguments(kernel, arguments));
    }
}

/// <summary>A module on a device. Launches of one loaded module may run on several threads.</summary>
public sealed class LoadedPtxModule : IDisposable
{
    private readonly ModuleSyntax _syntax;
    private readonly EmulatedMemory _memory;
    private readonly byte[] _constants;
    private readonly Dictionary<string, Program> _programs = [];
    private readonly List<ulong> _globals = [];

    internal LoadedPtxModule(ModuleSyntax syntax, EmulatedMemory memory)
    {
        (_syntax, _memory) = (syntax, memory);
        var constants = new VariableStore();
        foreach (var variable in syntax.Variables)
        {
            if (variable.Space == StateSpace.Const) constants.Place(variable);
            if (variable.Space != StateSpace.Global) continue;
            variable.Address = memory.Allocate(variable.Bytes);
            _globals.Add(variable.Address);
            var bytes = memory.Bytes(variable.Address, variable.Bytes);
            bytes.Clear();
            variable.Initial?.CopyTo(bytes);
        }

        _constants = new byte[constants.EndBytes];
        foreach (var variable in syntax.Variables.Where(v => v.Space == StateSpace.Const))
            variable.Initial?.CopyTo(_constants, (int)variable.Address);
        // Extern shared variables lie behind each kernel's own, so kernels are decoded one after the other.
        foreach (var kernel in syntax.Kernels) _programs.Add(kernel.Name, Program.Decode(kernel, syntax));
    }

    /// <summary>The address and size of a module variable in global memory.</summary>
    public (ulong Address, int Bytes) Global(string name) =>
        _syntax.Variables.Find(v => v.Name == name && v.Space == StateSpace.Global) is { } variable
            ? (variable.Address, variable.Bytes)
            : throw new EmulationException($"expected a global variable of the module, got '{name}'");

    /// <summary>Name, offset and size of each parameter of a kernel, in order.</summary>
    public IReadOnlyList<(string Name, int Offset, int Bytes)> Parameters(string kernel) =>
        [.. Find(kernel).Kernel.Parameters.Select(p => (p.Name, (int)p.Address, p.Bytes))];

    /// <summary>Static shared memory of a kernel in bytes, packed as the assembler packs it.</summary>
    public int StaticSharedBytes(string kernel) => Find(kernel).Shared.PackedBytes;

    /// <summary>Local memory of a kernel in bytes per thread, as declared.</summary>
    public int LocalBytes(string kernel) => Find(kernel).Local.PackedBytes;

    /// <summary>The most threads that a block of this kernel may have.</summary>
    public int MaxThreadsPerBlock(string kernel) => Find(kernel).Kernel is var syntax && (syntax.RequiredThreads ?? syntax.MaxThreads) is { } most
        ? most[0] * most[1] * most[2]
        : 1024;

    /// <summary>Whether the module has this kernel.</summary>
    public bool Has(string kernel) => _programs.ContainsKey(kernel);

    /// <summary>Typed arguments (integers, float, double, Half, byte[]) as the bytes that the kernel's parameters take.</summary>
    public byte[] PackArguments(string kernel, params ReadOnlySpan<object> arguments)
    {
        var syntax = Find(kernel).Kernel;
        if (arguments.Length != syntax.Parameters.Count)
            throw new EmulationException($"{kernel}: expected {syntax.Parameters.Count} arguments, got {arguments.Length}");
        var bytes = new byte[syntax.ParameterBytes];
        for (var i = 0; i < arguments.Length; i++)
        {
            var place = bytes.AsSpan((int)syntax.Parameters[i].Address, syntax.Parameters[i].Bytes);
            var size = Write(arguments[i], place);
            if (size != place.Length)
            {
                throw new EmulationException($"{kernel}: parameter '{syntax.Parameters[i].Name}' expected {place.Length} bytes, "
                    + $"got {size} ({arguments[i].GetType().Name})");
            }
        }

        return bytes;
    }

    /// <summary>
    /// Runs a kernel to its end, block by block, and tells what it did wrong. <paramref name="parameters"/> are laid out
    /// as <see cref="Parameters"/> says.
    /// </summary>
    public LaunchResult Launch(string kernel, Extent grid, Extent block, int dynamicSharedBytes, byte[] parameters,
        EmulatorOptions? options = null)
    {
        var program = Find(kernel);
        var shape = new LaunchShape(grid, block, dynamicSharedBytes);
        var launch = new LaunchState(program, _memory, _constants, parameters, shape, options ?? new EmulatorOptions());
        if (!Limits(launch)) return launch.Result();
        var state = new BlockState(launch);
        for (var z = 0; z < grid.Z; z++)
            for (var y = 0; y < grid.Y; y++)
                for (var x = 0; x < grid.X; x++)
                    if (!state.Run(new Extent(x, y, z)))
                        return launch.Result();
        return launch.Result();
    }

    /// <summary>Gives the module's variables back.</summary>
    public void Dispose()
    {
        foreach (var address in _globals) _memory.Free(address);
        _globals.Clear();
    }

    private Program Find(string kernel) => _programs.TryGetValue(kernel, out var program)
        ? program
        : throw new EmulationException($"expected one of the kernels {string.Join(", ", _programs.Keys)}, got '{kernel}'");

    private static int Write(object argument, Span<byte> place)
    {
        Span<byte> word = stackalloc byte[8];
        var (bits, size) = argument switch
        {
            byte v => (v, 1),
            sbyte v => ((ulong)v, 1),
            short v => ((ulong)v, 2),
            ushort v => (v, 2),
            Half v => (BitConverter.HalfToUInt16Bits(v), 2),
            int v => ((ulong)v, 4),
            uint v => (v, 4),
            float v => (BitConverter.SingleToUInt32Bits(v), 4),
            long v => ((ulong)v, 8),
            ulong v => (v, 8),
            double v => (BitConverter.DoubleToUInt64Bits(v), 8),
            byte[] v => (0UL, v.Length),
            _ => throw new EmulationException($"expected a number or byte[] as argument, got {argument.GetType().Name}"),
        };
        if (size != place.Length) return size;
        if (argument is byte[] block)
        {
            block.CopyTo(place);
            return size;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(word, bits);
        word[..size].CopyTo(place);
        return size;
    }

    private static bool Limits(LaunchState launch)
    {
        var (kernel, shape) = (launch.Program.Kernel, launch.Shape);
        int[] block = [shape.Block.X, shape.Block.Y, shape.Block.Z];
        var threads = (long)block[0] * block[1] * block[2];
        var target = launch.Options.DeviceTarget ?? launch.Program.TargetSm;
        string? wrong = null;
        if (Array.Exists(block, e => e < 1) || threads > 1024 || block[2] > 64)
            wrong = $"expected 1..1024 threads per block, got {string.Join("x", block)}";
        else if (shape.Grid.X < 1 || shape.Grid.Y is < 1 or > 65535 || shape.Grid.Z is < 1 or > 65535)
            wrong = $"expected a grid of 1..2147483647 x 1..65535 x 1..65535 blocks, got {shape.Grid}";
        else if (kernel.RequiredThreads is { } required && !required.AsSpan().SequenceEqual(block))
            wrong = $".reqntid expected {string.Join("x", required)} threads, got {string.Join("x", block)}";
        else if (kernel.MaxThreads is { } most && threads > (long)most[0] * most[1] * most[2])
            wrong = $".maxntid expected at most {string.Join("x", most)} threads, got {string.Join("x", block)}";
        else if (shape.DynamicSharedBytes + launch.Program.Shared.PackedBytes > PtxTargets.SharedBytes(target))
            wrong = $"expected at most {PtxTargets.SharedBytes(target)} bytes of shared memory on sm_{target}, "
                + $"got {shape.DynamicSharedBytes + launch.Program.Shared.PackedBytes}";
        else if (launch.Parameters.Length < kernel.ParameterBytes)
            wrong = $"expected {kernel.ParameterBytes} bytes of parameters, got {launch.Parameters.Length}";
        if (wrong is not null) launch.Report(FindingKind.LaunchLimit, null, wrong);
        return wrong is null;
    }
}
