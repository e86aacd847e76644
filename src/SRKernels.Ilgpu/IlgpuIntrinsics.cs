using System.Reflection;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.Frontend.Intrinsic;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using SRKernels.Ilgpu.Ptx;
using SRKernels.Intrinsics;

namespace SRKernels.Ilgpu;

/// <summary>
/// Tells an ILGPU context of what our kernels use beyond ILGPU's own words, so that its compiler takes them as they are.
/// </summary>
/// <remarks>
/// The intrinsics carry <c>[IntrinsicImplementation]</c>: ILGPU's front end does not look into their bodies, its CPU accelerator runs them, and for PTX
/// each has its instructions here (<see cref="PtxInstructions"/>). A back end copies the table when it is made, so this belongs on the builder: on an
/// accelerator that exists it comes too late.
/// </remarks>
public static class IlgpuIntrinsics
{
    /// <summary>The namespace of the intrinsics, for who lists them.</summary>
    private static readonly Type[] s_homes = [typeof(TensorCore), typeof(AsyncCopy), typeof(VectorAccess), typeof(FastMath), typeof(DeviceBits)];

    /// <summary>For the whole process, as ILGPU's table of framework methods is.</summary>
    private static readonly Lazy<bool> s_framework = new(() =>
    {
        FrameworkMethods.Remap();
        return true;
    });

    /// <summary>Every method that has instructions of its own.</summary>
    internal static IEnumerable<MethodInfo> Methods =>
        s_homes.SelectMany(home => home.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttribute<IntrinsicImplementationAttribute>() is not null);

    /// <summary>
    /// Registers tensor-core products, asynchronous copies, wide accesses, fast maths, packing and the framework methods that our kernels call; with
    /// ILGPU's own algorithms, whose maths functions they use.
    /// </summary>
    /// <param name="builder">The context's builder.</param>
    /// <returns>The builder.</returns>
    public static Context.Builder UseSRKernels(this Context.Builder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _ = s_framework.Value;
        builder.EnableAlgorithms();
        var manager = builder.GetIntrinsicManager();
        foreach (var method in Methods)
            manager.RegisterMethod(method, new PTXIntrinsic(typeof(PtxInstructions), nameof(PtxInstructions.Write), IntrinsicImplementationMode.GenerateCode));
        return builder;
    }
}
