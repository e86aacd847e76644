using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using SRKernels.Ilgpu.Kernels;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.Loading;
using Device = SRKernels.Runtime.Device;

namespace SRKernels.Ilgpu;

/// <summary>
/// One of ILGPU's accelerators as a device: its memory, its streams, and kernels as its own compiler makes them of their methods.
/// </summary>
/// <remarks>
/// On its CPU accelerator a kernel is what the .NET JIT makes of it, each thread of a group one of the system: it is there to check with, not for speed
/// (a barrier of 256 threads takes milliseconds). It waits for ever at a barrier that not all threads of a group reach, and an index outside a view or
/// an exception in a kernel ends the process: where that is to be found out, the interpreter says kernel, line and thread.
/// </remarks>
public sealed class IlgpuDevice : Device
{
    private const int DefaultSharedBytes = 48 * 1024;

    private readonly Accelerator _accelerator;
    private readonly AcceleratorStream _stream;
    private readonly Context? _ownContext;
    private readonly KernelWrappers _wrappers = new();
    private IlgpuCompilationException? _broken;
    private bool _hasRefused;
    private bool _disposed;

    private IlgpuDevice(Accelerator accelerator, AcceleratorStream stream, Context? ownContext, bool shunsBarriers)
    {
        if (accelerator is CudaAccelerator && accelerator.Context.Properties.OptimizationLevel >= OptimizationLevel.O2)
            throw new SrkException(
                $"ILGPU accelerator {accelerator.Name}", "a context at O1 or below", $"{accelerator.Context.Properties.OptimizationLevel}",
                "build it with Optimize(OptimizationLevel.O1): at O2 ILGPU marks branches as uniform that are not, on values that come from intrinsics");
        (_accelerator, _stream, _ownContext) = (accelerator, stream, ownContext);
        Info = AcceleratorFacts.Of(accelerator, shunsBarriers);
    }

    /// <inheritdoc/>
    public override DeviceInfo Info { get; }

    /// <summary>ILGPU's CPU accelerator, with warps of 32 and groups of up to 1024 threads, as on NVIDIA's devices.</summary>
    /// <param name="shunsBarriers">Whether kernels without barriers are taken where there are some (<see cref="DeviceInfo.ShunsBarriers"/>); false: those of a GPU.</param>
    public static IlgpuDevice OpenCpu(bool shunsBarriers = true) =>
        Open(builder => builder.CPU(CPUDevice.Nvidia), context => context.CreateCPUAccelerator(0), shunsBarriers);

    /// <summary>A CUDA device through ILGPU's driver binding and compiler.</summary>
    /// <param name="index">Its place among ILGPU's CUDA devices.</param>
    /// <exception cref="DriverMissingException">There is no CUDA driver.</exception>
    /// <exception cref="SrkException">There is no such device.</exception>
    public static IlgpuDevice OpenCuda(int index)
    {
        if (NativeCudaDriver.TryOpen(out var reason) is null)
            throw new DriverMissingException("CUDA driver", reason, "install the NVIDIA display driver, or use --device ilgpu:cpu");
        return Open(builder => builder.Cuda(), context =>
        {
            var count = context.GetCudaDevices().Count;
            return (uint)index < (uint)count
                ? context.CreateCudaAccelerator(index)
                : throw new SrkException($"device ilgpu:cuda:{index}", $"one of {count} CUDA devices that ILGPU sees, counted from 0", $"{index}", "list them with srk devices");
        });
    }

    /// <summary>ILGPU's CUDA devices, in its order. Empty when there is no driver or it has no device.</summary>
    public static IReadOnlyList<DeviceInfo> ListCuda()
    {
        if (NativeCudaDriver.TryOpen(out _) is null) return [];
        using var context = Context.Create(builder => builder.Cuda());
        var found = new List<DeviceInfo>();
        foreach (var device in context.GetCudaDevices()) found.Add(AcceleratorFacts.Of(device));
        return found;
    }

    /// <summary>A device over somebody else's accelerator and stream, which stay theirs.</summary>
    /// <param name="accelerator">A CPU accelerator, or a CUDA one whose context knows our intrinsics (<see cref="IlgpuIntrinsics.UseSRKernels"/>).</param>
    /// <param name="stream">Where the work is queued.</param>
    internal static IlgpuDevice Over(Accelerator accelerator, AcceleratorStream stream) => new(accelerator, stream, null, shunsBarriers: true);

    /// <summary>Memory of the accelerator that someone else allocated and frees.</summary>
    internal static DeviceBuffer Borrow(MemoryBuffer memory) => new Buffer(memory, memory.LengthInBytes, isBorrowed: true);

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        using var bound = _accelerator.BindScoped();
        try
        {
            return new Buffer(_accelerator.AllocateRaw(bytes, 1), bytes);
        }
        catch (Exception e) when (e is OutOfMemoryException or CudaException { Error: "CUDA_ERROR_OUT_OF_MEMORY" })
        {
            throw new DeviceOutOfMemoryException("ILGPU AllocateRaw", "no memory", bytes);
        }
        catch (AcceleratorException e)
        {
            throw Failure("AllocateRaw", null, e);
        }
    }

    /// <inheritdoc/>
    public override DeviceKernel Load(KernelImage image) =>
        throw new ArgumentException($"IlgpuDevice.Load: expected a kernel's method, got {image.Format} for {image.Name}; load it by assembly and key", nameof(image));

    /// <inheritdoc/>
    /// <exception cref="IlgpuCompilationException">ILGPU does not take it. Its context is of no use afterwards: every later load on this device says the same.</exception>
    public override DeviceKernel Load(Assembly assembly, KernelKey key)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_broken is not null)
            throw new SrkException(
                $"kernel {key}", "a context in which nothing failed to compile", $"one in which {_broken.Kernel} did", "open the device again: a failed compilation leaves ILGPU's context unusable",
                _broken);
        var method = KernelMethods.Find(assembly, key);
        var declared = KernelMethods.DeclarationOf(method);
        if (declared.Sm > Info.Target)
            throw new SrkException($"kernel {key}", $"a device of at least sm_{declared.Sm}", $"{Info.Name}, sm_{Info.Target}", "take the plain variant of this kernel");
        var wrapper = _wrappers.Make(method, key);
        var signature = KernelSignature.Of(wrapper);
        var image = new KernelImage(wrapper.Name, KernelFormat.Method, $"{key}", signature.Flattened) { Target = declared.Sm, MaxThreads = declared.MaxThreads };
        CompiledKernel compiled;
        using var bound = _accelerator.BindScoped();
        try
        {
            compiled = _accelerator.CompileKernel(EntryPointDescription.FromExplicitlyGroupedKernel(wrapper), KernelMethods.BoundsOf(declared));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw _broken = IlgpuCompilationException.Of($"{key}", e);
        }

        try
        {
            return new Kernel(image, _accelerator.LoadKernel(compiled), new KernelLaunchArguments(signature));
        }
        catch (CudaException e)
        {
            _hasRefused = true;
            throw new KernelBuildException("cuModuleLoadDataEx", e.Error, $"{key}", LogOf(compiled));
        }
    }

    /// <inheritdoc/>
    public override void Launch(DeviceKernel kernel, in LaunchShape shape, KernelArguments arguments)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var own = (Kernel)kernel;
        kernel.CheckLaunch(Info, shape, arguments);
        own.AllowDynamicShared(shape.DynamicSharedBytes);
        var (grid, group) = (IndexOf(shape.Grid), IndexOf(shape.Group));
        var config = shape.DynamicSharedBytes == 0
            ? new KernelConfig(grid, group)
            : new KernelConfig(grid, group, SharedMemoryConfig.RequestDynamic<byte>(shape.DynamicSharedBytes));
        // As everywhere here: what the application has bound to its thread stays bound.
        using var bound = _accelerator.BindScoped();
        Try("Launch", kernel.Image.Name, () => own.Ilgpu.Launch(_stream, config, own.Arguments.Of(arguments.Items, buffer => ((Buffer)buffer).Memory)));
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> from, DeviceBuffer to, long offsetBytes = 0)
    {
        to.CheckRange("IlgpuDevice.Upload", offsetBytes, from.Length);
        if (from.IsEmpty) return;
        using var bound = _accelerator.BindScoped();
        try
        {
            ((Buffer)to).Memory.AsRawArrayView(offsetBytes, from.Length).CopyFromCPU(_stream, from);
            _stream.Synchronize(); // the source may change as soon as this returns
        }
        catch (AcceleratorException e)
        {
            throw Failure("Upload", null, e);
        }
    }

    /// <inheritdoc/>
    public override void Download(DeviceBuffer from, Span<byte> to, long offsetBytes = 0)
    {
        from.CheckRange("IlgpuDevice.Download", offsetBytes, to.Length);
        if (to.IsEmpty) return;
        Synchronize();
        using var bound = _accelerator.BindScoped();
        try
        {
            ((Buffer)from).Memory.AsRawArrayView(offsetBytes, to.Length).CopyToCPU(_stream, to);
            _stream.Synchronize();
        }
        catch (AcceleratorException e)
        {
            throw Failure("Download", null, e);
        }
    }

    /// <inheritdoc/>
    public override void Synchronize() => Try("Synchronize", null, () =>
    {
        using var bound = _accelerator.BindScoped();
        _stream.Synchronize();
    });

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_ownContext is null) return;
        try
        {
            _stream.Dispose();
            _accelerator.Dispose();
            _ownContext.Dispose();
        }
        catch (AcceleratorException) when (_hasRefused)
        {
            // A kernel that the driver refused has no module, and ILGPU unloads it all the same; what the refusal said was thrown before.
        }
    }

    private static IlgpuDevice Open(Func<Context.Builder, Context.Builder> devices, Func<Context, Accelerator> accelerator, bool shunsBarriers = false)
    {
        var context = Context.Create(builder => devices(builder).UseSRKernels().Optimize(OptimizationLevel.O1));
        try
        {
            var made = accelerator(context);
            using var bound = made.BindScoped();
            return new IlgpuDevice(made, made.CreateStream(), context, shunsBarriers);
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>What the driver says of a text that it refused: ILGPU's exception has its code alone.</summary>
    private string LogOf(CompiledKernel compiled)
    {
        using var bound = _accelerator.BindScoped();
        if (CudaAPI.CurrentAPI.LoadModule(out var module, ((PTXCompiledKernel)compiled).PTXAssembly, out var log) == CudaError.CUDA_SUCCESS)
            _ = CudaAPI.CurrentAPI.DestroyModule(module);
        return log?.TrimEnd('\0') ?? "";
    }

    private static Index3D IndexOf(Extent extent) => new(extent.X, extent.Y, extent.Z);

    private static void Try(string what, string? kernel, Action work)
    {
        try
        {
            work();
        }
        catch (Exception raised) when (Cause(raised) is { } e)
        {
            throw Failure(what, kernel, e);
        }
    }

    private static DeviceException Failure(string what, string? kernel, AcceleratorException e) => Failure(what, kernel, (e as CudaException)?.Error ?? e.Message, e);

    /// <summary>The error of ours for one of ILGPU's codes: of the same type as where our own host code meets it.</summary>
    internal static DeviceException Failure(string what, string? kernel, string code, Exception? e)
    {
        // ILGPU's codes are the driver's.
        return Enum.TryParse<CudaError>(code, out var error) && CudaErrors.IsLost((CudaResult)error)
            ? new DeviceLostException($"ILGPU {what}", code, kernel, e)
            : new DeviceException($"ILGPU {what}", code, "see srk devices for what the device can do; its errors come out at the next wait", kernel, inner: e);
    }

    // ILGPU launches by reflection, which wraps what its launcher throws.
    private static AcceleratorException? Cause(Exception e) => e as AcceleratorException ?? (e as TargetInvocationException)?.InnerException as AcceleratorException;

    // On a context that a fault broke nothing can be freed, and its memory is gone with it.
    private static void Free(IDisposable? ilgpu)
    {
        try
        {
            ilgpu?.Dispose();
        }
        catch (AcceleratorException)
        {
            // What broke it was thrown where it happened.
        }
    }

    private sealed class Buffer(MemoryBuffer memory, long bytes, bool isBorrowed = false) : DeviceBuffer(bytes)
    {
        private MemoryBuffer? _memory = memory;

        public MemoryBuffer Memory => _memory ?? throw new ObjectDisposedException(nameof(DeviceBuffer));

        public override void Dispose()
        {
            if (!isBorrowed) Free(_memory);
            _memory = null;
        }
    }

    private sealed class Kernel(KernelImage image, ILGPU.Runtime.Kernel ilgpu, KernelLaunchArguments arguments) : DeviceKernel(image)
    {
        private int _allowedBytes = DefaultSharedBytes;

        public ILGPU.Runtime.Kernel Ilgpu { get; } = ilgpu;

        public KernelLaunchArguments Arguments { get; } = arguments;

        /// <summary>Beyond 48 KB the driver wants to be asked once per function; ILGPU's binding has no word for that, ours does.</summary>
        public void AllowDynamicShared(int bytes)
        {
            if (Ilgpu is not CudaKernel cuda || bytes <= _allowedBytes) return;
            using var bound = cuda.Accelerator.BindScoped();
            var driver = NativeCudaDriver.TryOpen(out _)!;
            var code = driver.FunctionSetAttribute(cuda.FunctionPtr, CudaFunctionAttribute.MaxDynamicSharedBytes, bytes);
            if (code != CudaResult.Success)
                throw new DeviceException("cuFuncSetAttribute", driver.ErrorName(code), "take the variant with smaller tiles", Image.Name);
            _allowedBytes = bytes;
        }

        public override void Dispose() => Free(Ilgpu);
    }
}
