namespace ILGPU;

/// <summary>Index of 1 dimension; x is the first and fastest.</summary>
public readonly struct LongIndex1D(long x) : IEquatable<LongIndex1D>
{
    public long X { get; } = x;

    public static LongIndex1D Zero => new(0);

    public static LongIndex1D One => new(1);

    public static LongIndex1D Invalid => new(-1);

    public long Size => X;

    public bool IsFirst => X == 0;

    public static implicit operator LongIndex1D(long value) => new(value);

    public static implicit operator long(LongIndex1D value) => value.X;

    public static LongIndex1D operator +(LongIndex1D left, LongIndex1D right) => new(left.X + right.X);

    public static LongIndex1D operator -(LongIndex1D left, LongIndex1D right) => new(left.X - right.X);

    public static LongIndex1D operator *(LongIndex1D left, LongIndex1D right) => new(left.X * right.X);

    public static LongIndex1D operator /(LongIndex1D left, LongIndex1D right) => new(left.X / right.X);

    public static bool operator ==(LongIndex1D left, LongIndex1D right) => left.X == right.X;

    public static bool operator !=(LongIndex1D left, LongIndex1D right) => !(left == right);

    public static LongIndex1D Add(LongIndex1D left, LongIndex1D right) => left + right;

    public static LongIndex1D Subtract(LongIndex1D left, LongIndex1D right) => left - right;

    public static LongIndex1D Multiply(LongIndex1D left, LongIndex1D right) => left * right;

    public static LongIndex1D Divide(LongIndex1D left, LongIndex1D right) => left / right;

    public static LongIndex1D Min(LongIndex1D first, LongIndex1D second) => new(Math.Min(first.X, second.X));

    public static LongIndex1D Max(LongIndex1D first, LongIndex1D second) => new(Math.Max(first.X, second.X));

    public static LongIndex1D Clamp(LongIndex1D value, LongIndex1D min, LongIndex1D max) => Max(Min(value, max), min);

    public bool InBounds(LongIndex1D dimension) => (ulong)X < (ulong)dimension.X;

    public bool InBoundsInclusive(LongIndex1D dimension) => (ulong)X <= (ulong)dimension.X;

    public Index1D ToIntIndex() => new((int)X);

    public bool Equals(LongIndex1D other) => this == other;

    public override bool Equals(object? obj) => obj is LongIndex1D other && this == other;

    public override int GetHashCode() => HashCode.Combine(X);

    public override string ToString() => $"({X})";
}
