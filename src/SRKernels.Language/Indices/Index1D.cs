namespace ILGPU;

/// <summary>Index of 1 dimension; x is the first and fastest.</summary>
public readonly struct Index1D(int x) : IEquatable<Index1D>
{
    public int X { get; } = x;

    public static Index1D Zero => new(0);

    public static Index1D One => new(1);

    public static Index1D Invalid => new(-1);

    public int Size => X;

    public long LongSize => (long)X;

    public bool IsFirst => X == 0;

    public static implicit operator Index1D(int value) => new(value);

    public static implicit operator int(Index1D value) => value.X;

    public static explicit operator uint(Index1D value) => (uint)value.X;

    public static implicit operator LongIndex1D(Index1D value) => value.ToLongIndex();

    public static Index1D operator +(Index1D left, Index1D right) => new(left.X + right.X);

    public static Index1D operator -(Index1D left, Index1D right) => new(left.X - right.X);

    public static Index1D operator *(Index1D left, Index1D right) => new(left.X * right.X);

    public static Index1D operator /(Index1D left, Index1D right) => new(left.X / right.X);

    public static bool operator ==(Index1D left, Index1D right) => left.X == right.X;

    public static bool operator !=(Index1D left, Index1D right) => !(left == right);

    public static Index1D Add(Index1D left, Index1D right) => left + right;

    public static Index1D Subtract(Index1D left, Index1D right) => left - right;

    public static Index1D Multiply(Index1D left, Index1D right) => left * right;

    public static Index1D Divide(Index1D left, Index1D right) => left / right;

    public static Index1D Min(Index1D first, Index1D second) => new(Math.Min(first.X, second.X));

    public static Index1D Max(Index1D first, Index1D second) => new(Math.Max(first.X, second.X));

    public static Index1D Clamp(Index1D value, Index1D min, Index1D max) => Max(Min(value, max), min);

    public bool InBounds(Index1D dimension) => (uint)X < (uint)dimension.X;

    public bool InBoundsInclusive(Index1D dimension) => (uint)X <= (uint)dimension.X;

    public LongIndex1D ToLongIndex() => new(X);

    public bool Equals(Index1D other) => this == other;

    public override bool Equals(object? obj) => obj is Index1D other && this == other;

    public override int GetHashCode() => HashCode.Combine(X);

    public override string ToString() => $"({X})";
}
