using System.Reflection;
using System.Runtime.CompilerServices;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Gpu;

/// <summary>A device with the kernels and weights that have been loaded on it. One program runs at a time.</summary>
/// <param name="device">The device; disposed with the engine.</param>
/// <param name="loader">Finds kernels; null: embedded, cached or compiled.</param>
/// <param name="kernels">The assembly that declares the kernels; null: this one.</param>
internal sealed class GpuEngine(Device device, KernelLoader? loader = null, Assembly? kernels = null) : IDisposable
{
    private readonly KernelLoader _loader = loader ?? new KernelLoader();
    private readonly Assembly _assembly = kernels ?? typeof(GpuEngine).Assembly;
    private readonly Dictionary<KernelKey, DeviceKernel> _kernels = [];
    private readonly Dictionary<(ByReference, string), DeviceBuffer> _weights = [];
    private readonly HashSet<GpuProgram> _programs = [];
    private bool _disposed;

#pragma warning disable MA0055 // Buffers and kernels go before their device: an order that finalisers of their own could not promise.
    /// <summary>Frees what nobody disposed.</summary>
    ~GpuEngine()
    {
        try
        {
            Dispose();
        }
        catch (DeviceException)
        {
            // A device that is lost cannot be freed, and nobody is here to be told.
        }
    }
#pragma warning restore MA0055

    /// <summary>The device.</summary>
    public Device Device { get; } = device;

    /// <summary>Bytes of weights on the device.</summary>
    public long WeightBytes { get; private set; }

    /// <summary>The kernels loaded so far.</summary>
    public IReadOnlyCollection<DeviceKernel> LoadedKernels => _kernels.Values;

    /// <summary>A kernel, loaded at its first use.</summary>
    public DeviceKernel Kernel(KernelKey key)
    {
        if (!_kernels.TryGetValue(key, out var kernel)) _kernels.Add(key, kernel = _loader.Load(Device, _assembly, key));
        return kernel;
    }

    /// <summary>A form of weights, made and uploaded at its first use.</summary>
    public DeviceBuffer Weights(WeightPlace place)
    {
        var key = (new ByReference(place.Owner), place.Layout);
        if (_weights.TryGetValue(key, out var buffer)) return buffer;
        var bytes = place.Make();
        buffer = Device.Allocate(bytes.Length);
        Device.Upload(bytes, buffer);
        WeightBytes += bytes.Length;
        _weights.Add(key, buffer);
        return buffer;
    }

    /// <summary>A program lives on the device from now on.</summary>
    public void Remember(GpuProgram program) => _programs.Add(program);

    /// <summary>A program lives there no longer.</summary>
    public void Forget(GpuProgram program) => _programs.Remove(program);

    /// <summary>Frees programs, weights, kernels and the device.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        GC.SuppressFinalize(this);
        foreach (var program in _programs.ToArray()) program.Dispose();
        foreach (var buffer in _weights.Values) buffer.Dispose();
        foreach (var kernel in _kernels.Values) kernel.Dispose();
        _weights.Clear();
        _kernels.Clear();
        Device.Dispose();
    }

    private readonly struct ByReference(object target) : IEquatable<ByReference>
    {
        private readonly object _target = target;

        public bool Equals(ByReference other) => ReferenceEquals(_target, other._target);

        public override bool Equals(object? obj) => obj is ByReference other && Equals(other);

        public override int GetHashCode() => RuntimeHelpers.GetHashCode(_target);
    }
}
