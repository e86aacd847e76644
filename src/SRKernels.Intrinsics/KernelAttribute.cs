namespace SRKernels.Intrinsics;

/// <summary>Marks a static void method as a kernel that the compiler compiles ahead of time and <c>srk kernels</c>
/// lists.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelAttribute : Attribute
{
    /// <summary>Stable name and entry point; default: <c>Type.Method</c> without the namespace.</summary>
    public string? Name { get; set; }

    /// <summary>Lowest CUDA target that can run it, for example 80 for sm_80; default 70.</summary>
    public int Sm { get; set; } = 70;

    /// <summary>Threads per group at most (launch bounds); 0: not declared.</summary>
    public int MaxThreads { get; set; }

    /// <summary>Groups per multiprocessor at least (launch bounds); 0: not declared.</summary>
    public int MinGroups { get; set; }

    /// <summary>
    /// Whether a product that is only added may be fused with the sum: one instruction, one rounding less, so the last bit may differ from plain
    /// C#. The same on every back end. Default true.
    /// </summary>
    public bool Contract { get; set; } = true;
}

/// <summary>
/// One variant to compile ahead of time: the type arguments of a generic kernel, then the values of its
/// <c>SpecializedValue</c> parameters in order.
/// </summary>
/// <param name="types">Type arguments of the kernel method.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class SpecializeAttribute(params Type[] types) : Attribute
{
    /// <summary>Type arguments of the kernel method.</summary>
    public Type[] Types { get; } = types;

    /// <summary>Values of the specialised parameters in order; integers, floats and bools.</summary>
    public object[] Values { get; set; } = [];
}
