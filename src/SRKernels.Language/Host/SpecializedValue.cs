namespace ILGPU.Runtime;

/// <summary>A kernel argument that is compiled in as a constant.</summary>
public struct SpecializedValue<T>(T value)
    where T : unmanaged, IEquatable<T>
{
    public T Value { get; set; } = value;

    public static implicit operator T(SpecializedValue<T> value) => value.Value;
}

/// <summary>Makes specialised values without naming the type.</summary>
public static class SpecializedValue
{
    public static SpecializedValue<T> New<T>(T value)
        where T : unmanaged, IEquatable<T> => new(value);
}
