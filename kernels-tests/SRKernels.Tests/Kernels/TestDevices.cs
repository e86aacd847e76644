using System.Runtime.CompilerServices;
using SRKernels.Compilation;
using SRKernels.Emulation;
using SRKernels.Ilgpu;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.OpenCl;
using SRKernels.Tests.Ilgpu;
using Xunit;

namespace SRKernels.Tests.Kernels;

/// <summary>The devices that kernels are tested on.</summary>
[Flags]
internal enum Devices
{
    None = 0,

    /// <summary>The interpreter of the IR.</summary>
    Interpreter = 1,

    /// <summary>CUDA's host code over the emulated driver, PTX for sm_80.</summary>
    EmulatedCuda = 2,

    /// <summary>The first OpenCL device: PoCL, in CI.</summary>
    OpenCl = 4,

    /// <summary>The first CUDA device, where SRKERNELS_CUDA=1 says that there is one.</summary>
    Cuda = 8,

    /// <summary>CUDA's host code over an emulated driver, with the PTX for sm_80 that ILGPU's own compiler makes; never among others: see <see cref="TestDevices.OnIlgpuPtx"/>.</summary>
    IlgpuPtx = 16,

    /// <summary>ILGPU's CPU accelerator with the kernels that a GPU gets. Slow (a barrier takes milliseconds): small shapes only.</summary>
    IlgpuCpu = 32,

    /// <summary>The same, with the kernels that <c>ilgpu:cpu</c> takes: without barriers where there are some.</summary>
    IlgpuCpuAlone = 64,

    /// <summary>The interpreter with those.</summary>
    InterpreterAlone = 128,

    /// <summary>The first CUDA device through ILGPU's driver binding and compiler, where SRKERNELS_ONLY=ilgpu:cuda asks for it; never among others.</summary>
    IlgpuCuda = 256,

    /// <summary>Those that run at the speed of a processor or better.</summary>
    Fast = OpenCl | Cuda,

    All = Interpreter | EmulatedCuda | Fast,
}

/// <summary>
/// One engine a device for all tests, so that a kernel is built once; tests take turns. A device that is missing is left out:
/// <see cref="TestDevicesTests"/> says so.
/// </summary>
internal static class TestDevices
{
    public const int EmulatedTarget = 80;

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private static bool s_hangs;

    private static readonly Lazy<EmulatedCudaDriver> s_emulated = new(() => new EmulatedCudaDriver(EmulatedTarget));

    private static readonly Lazy<GpuEngine> s_interpreter = new(() => new GpuEngine(new InterpretedDevice()));

    private static readonly Lazy<GpuEngine> s_ilgpu = new(() => new GpuEngine(IlgpuDevice.OpenCpu(shunsBarriers: false)));

    private static readonly Lazy<EmulatedCudaDriver> s_ilgpuEmulated = new(() => new EmulatedCudaDriver(EmulatedTarget));

    private static readonly AsyncLocal<bool> s_isOnIlgpuPtx = new();

    private static readonly Dictionary<Devices, Lazy<GpuEngine>> s_engines = new()
    {
        [Devices.Interpreter] = s_interpreter,
        [Devices.EmulatedCuda] = new(() => new GpuEngine(new CudaDevice(s_emulated.Value, 0))),
        [Devices.IlgpuCpu] = s_ilgpu,
        [Devices.IlgpuCpuAlone] = s_ilgpu,
        [Devices.InterpreterAlone] = s_interpreter,
        [Devices.IlgpuPtx] = new(() => new GpuEngine(new IlgpuPtxDevice(new CudaDevice(s_ilgpuEmulated.Value, 0)))),
        [Devices.OpenCl] = new(() => new GpuEngine(OpenClDevice.Open(0))),
        [Devices.Cuda] = new(() => new GpuEngine(CudaDevice.Open(0))),
        [Devices.IlgpuCuda] = new(() => new GpuEngine(IlgpuDevice.OpenCuda(0))),
    };

    /// <summary>Kernels know nothing of the processor's vectors: the processes that try narrower ones leave the devices out.</summary>
    private static readonly bool s_isAboutVectors = Environment.GetEnvironmentVariable(VectorWidthTests.ExpectedWidth) is not null;

    public static bool HasOpenCl { get; } = !s_isAboutVectors && !AloneDevice.IsCuda && OpenClDevice.List().Count > 0;

    public static bool HasCuda { get; } = AloneDevice.IsCuda || Environment.GetEnvironmentVariable("SRKERNELS_CUDA") == "1";

    /// <summary>The one device that this run is about (SRKERNELS_ONLY), which stands in for the emulated one too; null: all that are here.</summary>
    private static readonly Devices? s_alone = AloneDevice.Name switch
    {
        AloneDevice.Cuda => Devices.Cuda, AloneDevice.IlgpuCuda => Devices.IlgpuCuda, AloneDevice.OpenCl => Devices.OpenCl, _ => null,
    };

    /// <summary>How often tests were lent the engine of <see cref="OnIlgpuPtx"/>.</summary>
    public static int UsesOfIlgpuPtx { get; private set; }

    /// <summary>Runs a test whose devices have the emulated CUDA device among them with ILGPU's PTX there, and on no other device.</summary>
    public static void OnIlgpuPtx(Action test)
    {
        s_isOnIlgpuPtx.Value = true;
        try
        {
            test();
        }
        finally
        {
            s_isOnIlgpuPtx.Value = false;
        }
    }

    /// <summary>Those of <paramref name="devices"/> that are here.</summary>
    public static IEnumerable<Devices> Present(Devices devices) => s_isOnIlgpuPtx.Value
        ? devices.HasFlag(Devices.EmulatedCuda) ? [Devices.IlgpuPtx] : []
        : s_alone is { } alone
        ? (devices & (alone == Devices.OpenCl ? Devices.OpenCl : Devices.Cuda | Devices.EmulatedCuda)) == Devices.None ? [] : [alone]
        : s_engines.Keys.Where(d => !s_isAboutVectors && devices.HasFlag(d) && (d != Devices.OpenCl || HasOpenCl) && (d != Devices.Cuda || HasCuda) && d != Devices.IlgpuCuda);

    /// <summary>Each name with each of the devices that are here, for a test of both.</summary>
    public static TheoryData<string, object> OnEach(Devices devices, params IEnumerable<string> names)
    {
        var data = new TheoryData<string, object>();
        foreach (var name in names)
            foreach (var device in Present(devices)) data.Add(name, device);
        return data;
    }

    /// <summary>Runs a test on each of the devices that are here.</summary>
    public static void Run(Devices devices, Precision precision, Action<string, KernelContext> run)
    {
        foreach (var device in Present(devices)) Use(device, engine =>
        {
            var info = engine.Device.Info;
            if (device is Devices.IlgpuCpuAlone or Devices.InterpreterAlone) info = info with { IsProcessor = true, ShunsBarriers = true };
            using var cx = new KernelContext(new GpuRecorder(info, precision), engine);
            run($"{device}", cx);
        });
    }

    /// <summary>Lends a device's engine; what the emulator finds wrong in a kernel fails the test.</summary>
    public static void Use(Devices device, Action<GpuEngine> use)
    {
        var engine = s_engines[device];
        lock (engine)
        {
            if (device is Devices.IlgpuCpu or Devices.IlgpuCpuAlone) WithLimit(() => use(engine.Value));
            else use(engine.Value);
            if (device is not (Devices.EmulatedCuda or Devices.IlgpuPtx)) return;
            if (device == Devices.IlgpuPtx) UsesOfIlgpuPtx++;
            var driver = (device == Devices.IlgpuPtx ? s_ilgpuEmulated : s_emulated).Value;
            var findings = driver.Findings.ToArray();
            driver.Findings.Clear();
            Assert.True(findings.Length == 0, $"the emulator found: {string.Join("; ", findings.Take(5))}");
        }
    }

    /// <summary>
    /// ILGPU's CPU accelerator waits for ever at a barrier that not all threads of a group reach. Such a test fails after two minutes, and those behind it
    /// at once: the threads are still waiting.
    /// </summary>
    public static void WithLimit(Action work, TimeSpan? limit = null)
    {
        Assert.False(s_hangs, "ILGPU's CPU accelerator: a test before this one did not end, so its threads are taken");
        var done = Task.Run(work);
        if (((IAsyncResult)done).AsyncWaitHandle.WaitOne(limit ?? s_limit))
        {
            done.GetAwaiter().GetResult();
            return;
        }

        s_hangs = true;
        Assert.Fail($"ILGPU's CPU accelerator: no end after {(limit ?? s_limit).TotalSeconds} s; a barrier that not all threads of a group reach? The interpreter says which");
    }

    /// <summary>Passes over shared memory beyond the least, of everything that <paramref name="use"/> runs in the emulator.</summary>
    public static long BankConflicts(Action<GpuEngine> use)
    {
        long conflicts = 0;
        Use(Devices.EmulatedCuda, engine =>
        {
            var before = s_emulated.Value.BankConflicts;
            use(engine);
            conflicts = s_emulated.Value.BankConflicts - before;
        });
        return conflicts;
    }
}

/// <summary>A test that is skipped, with the reason, where there is no OpenCL device.</summary>
public sealed class OpenClFactAttribute : FactAttribute
{
    public OpenClFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = TestDevices.HasOpenCl
            ? null
            : AloneDevice.IsCuda ? "SRKERNELS_ONLY asks for another device" : "no OpenCL device: install one, for example the Debian package pocl-opencl-icd";
}

public sealed class TestDevicesTests
{
    [OpenClFact]
    public void AnOpenClDeviceIsHere() => Assert.Contains(Devices.OpenCl, TestDevices.Present(Devices.All));
}
