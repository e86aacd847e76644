using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using SRKernels.Ilgpu.Kernels;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Ilgpu;

/// <summary>
/// ILGPU's own compiler, for our kernels: PTX text without a driver or a device. Kernels come by the keys under which ours makes them. From any thread.
/// </summary>
/// <remarks>
/// At O1: O2 marks branches on values that come from calls as uniform (<c>bra.uni</c>) though they are not. A compilation that fails leaves its context
/// unusable, so the next one gets a new context.
/// </remarks>
public sealed partial class IlgpuPtxCompiler : IDisposable
{
    private readonly Lock _lock = new();
    private readonly KernelWrappers _wrappers = new();
    private readonly Dictionary<int, PTXBackend> _backends = [];
    private Context? _context;

    /// <summary>Compiles one variant of a kernel.</summary>
    /// <param name="assembly">The assembly that declares it.</param>
    /// <param name="key">Which kernel and variant.</param>
    /// <param name="target">For example 80 for sm_80.</param>
    /// <returns>The text; views are passed as ILGPU passes them (<see cref="KernelImage.PassesViewsWhole"/>).</returns>
    /// <exception cref="IlgpuCompilationException">ILGPU does not take it.</exception>
    /// <exception cref="SrkException">There is no such kernel, or it needs a higher target.</exception>
    public KernelImage Compile(Assembly assembly, KernelKey key, int target = 80)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        ArgumentNullException.ThrowIfNull(key);
        var kernel = KernelMethods.Find(assembly, key);
        var declared = KernelMethods.DeclarationOf(kernel);
        if (declared.Sm > target)
            throw new SrkException($"kernel {key}", $"a target of at least sm_{declared.Sm}", $"sm_{target}", "take the plain variant of this kernel");
        lock (_lock)
        {
            var wrapper = _wrappers.Make(kernel, key);
            try
            {
                var compiled = (PTXCompiledKernel)Backend(target).Compile(EntryPointDescription.FromExplicitlyGroupedKernel(wrapper), KernelMethods.BoundsOf(declared));
                return ImageOf(wrapper, compiled, declared.MaxThreads, target);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Drop();
                throw IlgpuCompilationException.Of($"{key}", e);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock) Drop();
    }

    private static KernelImage ImageOf(MethodInfo wrapper, PTXCompiledKernel compiled, int maxThreads, int target)
    {
        var text = compiled.PTXAssembly;
        return new KernelImage(EntryName().Match(text).Groups["name"].Value, KernelFormat.Ptx, text, KernelSignature.Of(wrapper).Flattened)
        {
            Target = target,
            MaxThreads = maxThreads,
            UsesDynamicShared = DynamicShared().IsMatch(text),
            PassesViewsWhole = true,
        };
    }

    private PTXBackend Backend(int target)
    {
        _context ??= Context.Create(builder => builder.UseSRKernels().Optimize(OptimizationLevel.O1));
        if (!_backends.TryGetValue(target, out var backend))
        {
            var architecture = new CudaArchitecture(target / 10, target % 10);
            // The ISA that our own back end writes for the target: PTX is read by any newer driver.
            var set = target >= 89 ? CudaInstructionSet.ISA_78 : CudaInstructionSet.ISA_74;
            _backends.Add(target, backend = new PTXBackend(_context, architecture, set, null!)); // no libdevice
        }

        return backend;
    }

    private void Drop()
    {
        foreach (var backend in _backends.Values) backend.Dispose();
        _backends.Clear();
        _context?.Dispose();
        _context = null;
    }

    [GeneratedRegex(@"\.entry\s+(?<name>[\w$]+)")]
    private static partial Regex EntryName();

    [GeneratedRegex(@"\.extern\s+\.shared")]
    private static partial Regex DynamicShared();
}
