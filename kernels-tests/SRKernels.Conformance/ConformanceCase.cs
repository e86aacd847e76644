using System.Reflection;
using ILGPU;
using ILGPU.Runtime;

namespace SRKernels.Conformance;

/// <summary>
/// One kernel with one launch and its data. The truth is what ILGPU's CPU accelerator makes of it
/// (<see cref="IlgpuCpuBackend"/>); every other back end gets the same bytes and must leave the same, floats within <see cref="Ulps"/>.
/// </summary>
public sealed class ConformanceCase
{
    internal ConformanceCase(Delegate kernel, Argument[] arguments, Action<Accelerator, KernelConfig, object[]> launch,
        Func<object[], Action> bind)
    {
        Method = kernel.Method;
        Arguments = arguments;
        Launch = launch;
        Bind = bind;
    }

    internal ConformanceCase(ConformanceCase other)
    {
        Method = other.Method;
        Arguments = other.Arguments;
        Launch = other.Launch;
        Bind = other.Bind;
        Grid = other.Grid;
        Group = other.Group;
        Refusals = other.Refusals;
        NotTakenByIlgpu = other.NotTakenByIlgpu;
        WrongInIlgpu = other.WrongInIlgpu;
        Expected = other.Expected;
    }

    public MethodInfo Method { get; }

    /// <summary>Unique: method, type arguments, specialised values, variant.</summary>
    public string Name => Method.DeclaringType!.Name + "." + Method.Name
        + string.Concat(TypeArguments.Select(t => "_" + t[(t.LastIndexOfAny(['.', '+']) + 1)..]))
        + string.Concat(Specialized.Select(v => $"_{v}")) + Variant;

    public string Variant { get; init; } = "";

    /// <summary>The file to compile the kernel from.</summary>
    public string AssemblyPath => Method.DeclaringType!.Assembly.Location;

    public string TypeName => Method.DeclaringType!.FullName!;

    public string MethodName => Method.Name;

    public IReadOnlyList<string> TypeArguments => [.. Method.GetGenericArguments().Select(t => t.FullName!)];

    /// <summary>Values of the SpecializedValue arguments in order.</summary>
    public IReadOnlyList<long> Specialized =>
        [.. Arguments.Where(a => a.Specialized is not null).Select(a => a.Specialized!.Value)];

    /// <summary>The arguments in order: views with their content, numbers and structs as bytes.</summary>
    public IReadOnlyList<Argument> Arguments { get; }

    public (int X, int Y, int Z) Grid { get; init; } = (1, 1, 1);

    public (int X, int Y, int Z) Group { get; init; } = (64, 1, 1);

    public int DynamicSharedBytes { get; init; }

    /// <summary>Allowed distance of float results from the truth, in units in the last place; 0: the same bits (any NaN
    /// equals any).</summary>
    public double Ulps { get; init; }

    /// <summary>Why a back end cannot run it, by back end name; shown as a skip.</summary>
    public IReadOnlyDictionary<string, string> Refusals { get; init; } = new Dictionary<string,
        string>(StringComparer.Ordinal);

    /// <summary>Why ILGPU's front end does not take the kernel; its CPU accelerator's threads then run it as the C# that
    /// it is. Null: it takes it.</summary>
    public string? NotTakenByIlgpu { get; init; }

    /// <summary>What ILGPU's CPU accelerator gets wrong in it, so that <see cref="Expected"/> is the truth; null:
    /// nothing.</summary>
    public string? WrongInIlgpu { get; init; }

    /// <summary>Writes the results by hand over fresh memory, where ILGPU's are wrong.</summary>
    public Action<byte[][]>? Expected { get; init; }

    /// <summary>Compiles and starts the kernel on an ILGPU accelerator.</summary>
    internal Action<Accelerator, KernelConfig, object[]> Launch { get; }

    /// <summary>The kernel as C# of one thread.</summary>
    internal Func<object[], Action> Bind { get; }

    /// <summary>A fresh copy of the input: per argument the view's content or the number's bytes.</summary>
    public byte[][] NewMemory() => [.. Arguments.Select(a => (byte[])a.Initial.Clone())];

    public override string ToString() => Name;
}

/// <summary>A way to execute kernels.</summary>
public interface IConformanceBackend
{
    string Name { get; }

    /// <summary>Why it cannot run here at all; null: it can.</summary>
    string? Unavailable { get; }

    /// <summary>Runs the case once; view arguments' entries of <paramref name="memory"/> are read and written in
    /// place.</summary>
    void Run(ConformanceCase test, byte[][] memory);
}

/// <summary>How the bytes of a view are compared.</summary>
public enum ElementKind
{
    Bits,
    Half,
    BFloat16,
    Single,
    Double,
}

/// <summary>One argument of a kernel.</summary>
public abstract class Argument
{
    public required byte[] Initial { get; init; }

    public bool IsView { get; init; }

    public int ElementSize { get; init; }

    public ElementKind Kind { get; init; }

    /// <summary>Elements of a view.</summary>
    public int Length => IsView ? Initial.Length / ElementSize : 1;

    public long? Specialized { get; init; }

    /// <summary>The C# value over pinned memory.</summary>
    internal abstract object Value(Accelerator accelerator, nint memory);
}
