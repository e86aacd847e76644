using SRKernels.Compiler.Interpretation;
using SRKernels.Compiler.IR;
using SRKernels.Runtime;

namespace SRKernels.Compilation;

/// <summary>
/// The interpreter of our IR as a device: slow, exact and strict. What a kernel may not do (addresses outside a buffer, barriers that not all threads
/// reach, division by zero) is an error that names kernel, source line and thread.
/// </summary>
public sealed unsafe class InterpretedDevice : Device
{
    private const int SharedBytes = 227 * 1024;

    private readonly InterpretedMemory _memory = new();
    private bool _disposed;

    /// <inheritdoc/>
    public override DeviceInfo Info { get; } = new(
        DeviceKind.Interpreted, "IR interpreter", "runs on the processor", 1L << 36, 1L << 36, SharedBytes, 1024, 1, 0, true, true);

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        try
        {
            return new Buffer(this, _memory.Allocate(bytes), bytes);
        }
        catch (OutOfMemoryException)
        {
            throw new DeviceOutOfMemoryException("InterpretedDevice.Allocate", "no memory", bytes);
        }
    }

    /// <inheritdoc/>
    public override DeviceKernel Load(KernelImage image)
    {
        if (image.Format != KernelFormat.Ir) throw new ArgumentException($"InterpretedDevice.Load: expected IR text, got {image.Format} for {image.Name}", nameof(image));
        return new Kernel(image, IrParser.Parse(image.Text));
    }

    /// <inheritdoc/>
    public override void Launch(DeviceKernel kernel, in LaunchShape shape, KernelArguments arguments)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        kernel.CheckLaunch(Info, shape, arguments);
        var items = arguments.Items;
        var bits = new ulong[items.Length];
        for (var i = 0; i < bits.Length; i++)
            bits[i] = items[i].Buffer is Buffer buffer ? buffer.Address + (ulong)items[i].Bits : (ulong)items[i].Bits & Mask(items[i].Bytes);
        var interpreter = new Interpreter(((Kernel)kernel).Function, _memory);
        try
        {
            interpreter.Launch((shape.Grid.X, shape.Grid.Y, shape.Grid.Z), (shape.Group.X, shape.Group.Y, shape.Group.Z), shape.DynamicSharedBytes, bits);
        }
        catch (InterpretationException e)
        {
            throw new DeviceException("InterpretedDevice.Launch", "undefined behaviour", e.Message, e.Kernel, inner: e);
        }
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> from, DeviceBuffer to, long offsetBytes = 0)
    {
        to.CheckRange("InterpretedDevice.Upload", offsetBytes, from.Length);
        from.CopyTo(new Span<byte>(_memory.At(((Buffer)to).Address + (ulong)offsetBytes, from.Length), from.Length));
    }

    /// <inheritdoc/>
    public override void Download(DeviceBuffer from, Span<byte> to, long offsetBytes = 0)
    {
        from.CheckRange("InterpretedDevice.Download", offsetBytes, to.Length);
        new ReadOnlySpan<byte>(_memory.At(((Buffer)from).Address + (ulong)offsetBytes, to.Length), to.Length).CopyTo(to);
    }

    /// <inheritdoc/>
    public override void Synchronize()
    {
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _disposed = true;
        _memory.Dispose();
    }

    private static ulong Mask(int bytes) => bytes == 8 ? ulong.MaxValue : (1UL << (8 * bytes)) - 1;

    private sealed class Buffer(InterpretedDevice device, ulong address, long bytes) : DeviceBuffer(bytes)
    {
        private ulong _address = address;

        public ulong Address => _address != 0 ? _address : throw new ObjectDisposedException(nameof(DeviceBuffer));

        public override void Dispose()
        {
            if (_address != 0 && !device._disposed) device._memory.Free(_address);
            _address = 0;
        }
    }

    private sealed class Kernel(KernelImage image, Function function) : DeviceKernel(image)
    {
        public Function Function { get; } = function;

        public override void Dispose()
        {
        }
    }
}
