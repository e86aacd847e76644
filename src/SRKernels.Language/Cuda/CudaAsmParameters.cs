namespace ILGPU.Runtime.Cuda;

/// <summary>A parameter of <c>CudaAsm.EmitRef</c>.</summary>
public interface ICudaAsmEmitParameter
{
}

/// <summary>Read by the assembly.</summary>
public struct Input<T> : ICudaAsmEmitParameter
    where T : struct
{
    public T Value;

    public static implicit operator Input<T>(T value) => new() { Value = value };
}

/// <summary>Written by the assembly.</summary>
public struct Output<T> : ICudaAsmEmitParameter
    where T : struct
{
    public T Value;
}

/// <summary>Read and written by the assembly.</summary>
public struct Ref<T> : ICudaAsmEmitParameter
    where T : struct
{
    public T Value;

    public static implicit operator Ref<T>(T value) => new() { Value = value };
}
