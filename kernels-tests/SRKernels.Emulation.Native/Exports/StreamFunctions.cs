using System.Runtime.InteropServices;
using SRKernels.Emulation.Native.Driver;

namespace SRKernels.Emulation.Native.Exports;

/// <summary>Streams, and graphs captured from them.</summary>
internal static unsafe class StreamFunctions
{
    private const uint NonBlocking = 1;

    [UnmanagedCallersOnly(EntryPoint = "cuStreamCreate")]
    public static CuResult Create(nint* stream, uint flags) => Boundary.InContext(context => Create(context, stream, flags));

    [UnmanagedCallersOnly(EntryPoint = "cuStreamCreateWithPriority")]
    public static CuResult CreateWithPriority(nint* stream, uint flags, int priority) => Boundary.InContext(context =>
    {
        _ = priority; // streams run when they are waited for, whatever their priority
        Create(context, stream, flags);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamDestroy_v2")]
    public static CuResult Destroy(nint stream) => Boundary.InContext(context =>
    {
        if (stream is 0 or 1 or 2) throw new CuFailure(CuResult.InvalidHandle);
        var found = context.Stream(stream);
        Machine.Running.Remove(found);
        context.Streams.Remove(found);
        // The device would go on with what is queued; so much is done here now.
        found.Drain();
        found.Abandon();
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamSynchronize")]
    public static CuResult Synchronize(nint stream) => Boundary.InContext(context =>
    {
        var found = context.Stream(stream);
        found.ThrowIfCapturing();
        found.Drain();
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamBeginCapture_v2")]
    public static CuResult BeginCapture(nint stream, CaptureMode mode) => Boundary.InContext(context =>
    {
        if (!Enum.IsDefined(mode)) throw new CuFailure(CuResult.InvalidValue);
        context.Stream(stream).BeginCapture(mode);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamEndCapture")]
    public static CuResult EndCapture(nint stream, nint* graph) => Boundary.InContext(context =>
    {
        Boundary.Require((nint)graph);
        *graph = 0;
        *graph = Machine.Running.Add(context.Stream(stream).EndCapture());
    });

    [UnmanagedCallersOnly(EntryPoint = "cuGraphInstantiateWithFlags")]
    public static CuResult Instantiate(nint* executable, nint graph, ulong flags) => Boundary.Call(machine =>
    {
        Boundary.Require((nint)executable);
        _ = flags; // how its memory is freed and where it is launched from
        *executable = machine.Add(new ExecutableGraph(machine.Get<EmulatedGraph>(graph)));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuGraphLaunch")]
    public static CuResult Launch(nint executable, nint stream) =>
        Boundary.InContext(context => Machine.Running.Get<ExecutableGraph>(executable).Launch(context.Stream(stream)));

    [UnmanagedCallersOnly(EntryPoint = "cuGraphExecDestroy")]
    public static CuResult DestroyExecutable(nint executable) =>
        Boundary.InContext(_ => Machine.Running.Remove(Machine.Running.Get<ExecutableGraph>(executable)));

    [UnmanagedCallersOnly(EntryPoint = "cuGraphDestroy")]
    public static CuResult DestroyGraph(nint graph) => Boundary.InContext(_ => Machine.Running.Remove(Machine.Running.Get<EmulatedGraph>(graph)));

    private static void Create(EmulatedContext context, nint* stream, uint flags)
    {
        Boundary.Require((nint)stream);
        if (flags > NonBlocking) throw new CuFailure(CuResult.InvalidValue);
        var made = new EmulatedStream(context, flags == NonBlocking ? StreamKind.NonBlocking : StreamKind.Blocking);
        context.Streams.Add(made);
        *stream = Machine.Running.Add(made);
    }
}
