using SRKernels.Emulation;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.Interpreted;
using SRKernels.Runtime.OpenCl;
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

    private static readonly Lazy<EmulatedCudaDriver> s_emulated = new(() => new EmulatedCudaDriver(EmulatedTarget));

    private static readonly Dictionary<Devices, Lazy<GpuEngine>> s_engines = new()
    {
        [Devices.Interpreter] = new(() => new GpuEngine(new InterpretedDevice())),
        [Devices.EmulatedCuda] = new(() => new GpuEngine(new CudaDevice(s_emulated.Value, 0))),
        [Devices.OpenCl] = new(() => new GpuEngine(OpenClDevice.Open(0))),
        [Devices.Cuda] = new(() => new GpuEngine(CudaDevice.Open(0))),
    };

    /// <summary>Kernels know nothing of the processor's vectors: the processes that try narrower ones leave the devices out.</summary>
    private static readonly bool s_isAboutVectors = Environment.GetEnvironmentVariable(VectorWidthTests.ExpectedWidth) is not null;

    public static bool HasOpenCl { get; } = !s_isAboutVectors && OpenClDevice.List().Count > 0;

    public static bool HasCuda { get; } = Environment.GetEnvironmentVariable("SRKERNELS_CUDA") == "1";

    /// <summary>Those of <paramref name="devices"/> that are here.</summary>
    public static IEnumerable<Devices> Present(Devices devices) =>
        s_engines.Keys.Where(d => !s_isAboutVectors && devices.HasFlag(d) && (d != Devices.OpenCl || HasOpenCl) && (d != Devices.Cuda || HasCuda));

    /// <summary>Runs a test on each of the devices that are here.</summary>
    public static void Run(Devices devices, Precision precision, Action<string, KernelContext> run)
    {
        foreach (var device in Present(devices)) Use(device, engine =>
        {
            using var cx = new KernelContext(new GpuRecorder(engine.Device.Info, precision), engine);
            run($"{device}", cx);
        });
    }

    /// <summary>Lends a device's engine; what the emulator finds wrong in a kernel fails the test.</summary>
    public static void Use(Devices device, Action<GpuEngine> use)
    {
        var engine = s_engines[device];
        lock (engine)
        {
            use(engine.Value);
            if (device != Devices.EmulatedCuda) return;
            var findings = s_emulated.Value.Findings.ToArray();
            s_emulated.Value.Findings.Clear();
            Assert.True(findings.Length == 0, $"the emulator found: {string.Join("; ", findings.Take(5))}");
        }
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
    public OpenClFactAttribute() => Skip = TestDevices.HasOpenCl ? null : "no OpenCL device: install one, for example the Debian package pocl-opencl-icd";
}

public sealed class TestDevicesTests
{
    [OpenClFact]
    public void AnOpenClDeviceIsHere() => Assert.Contains(Devices.OpenCl, TestDevices.Present(Devices.All));
}
