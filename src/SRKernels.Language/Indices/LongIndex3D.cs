namespace ILGPU;

/// <summary>Index of 3 dimensions; x is the first and fastest.</summary>
public readonly struct LongIndex3D(long x, long y, long z) : IEquatable<LongIndex3D>
{
    public long X { get; } = x;

    public long Y { get; } = y;

    public long Z { get; } = z;

    public static LongIndex3D Zero => new(0, 0, 0);

    public static LongIndex3D One => new(1, 1, 1);

    public static LongIndex3D Invalid => new(-1, -1, -1);

    public long Size => X * Y * Z;

    public bool IsFirst => X == 0 && Y == 0 && Z == 0;

    public static implicit operator LongIndex3D((long, long, long) value) => new(value.Item1, value.Item2, value.Item3);

    public static LongIndex3D operator +(LongIndex3D left, LongIndex3D right) =>
        new(left.X + right.X, left.Y + right.Y, left.Z + right.Z);

    public static LongIndex3D operator -(LongIndex3D left, LongIndex3D right) =>
        new(left.X - right.X, left.Y - right.Y, left.Z - right.Z);

    public static LongIndex3D operator *(LongIndex3D left, LongIndex3D right) =>
        new(left.X * right.X, left.Y * right.Y, left.Z * right.Z);

    public static LongIndex3D operator /(LongIndex3D left, LongIndex3D right) =>
        new(left.X / right.X, left.Y / right.Y, left.Z / right.Z);

    public static bool operator ==(LongIndex3D left, LongIndex3D right) => left.X == right.X && left.Y == right.Y
        && left.Z == right.Z;

    public static bool operator !=(LongIndex3D left, LongIndex3D right) => !(left == right);

    public static LongIndex3D Add(LongIndex3D left, LongIndex3D right) => left + right;

    public static LongIndex3D Subtract(LongIndex3D left, LongIndex3D right) => left - right;

    public static LongIndex3D Multiply(LongIndex3D left, LongIndex3D right) => left * right;

    public static LongIndex3D Divide(LongIndex3D left, LongIndex3D right) => left / right;

    public static LongIndex3D Min(LongIndex3D first, LongIndex3D second) =>
        new(Math.Min(first.X, second.X), Math.Min(first.Y, second.Y), Math.Min(first.Z, second.Z));

    public static LongIndex3D Max(LongIndex3D first, LongIndex3D second) =>
        new(Math.Max(first.X, second.X), Math.Max(first.Y, second.Y), Math.Max(first.Z, second.Z));

    public static LongIndex3D Clamp(LongIndex3D value, LongIndex3D min, LongIndex3D max) => Max(Min(value, max), min);

    public bool InBounds(LongIndex3D dimension) => (ulong)X < (ulong)dimension.X && (ulong)Y < (ulong)dimension.Y
        && (ulong)Z < (ulong)dimension.Z;

    public bool InBoundsInclusive(LongIndex3D dimension) => (ulong)X <= (ulong)dimension.X
        && (ulong)Y <= (ulong)dimension.Y && (ulong)Z <= (ulong)dimension.Z;

    public Index3D ToIntIndex() => new((int)X, (int)Y, (int)Z);

    public void Deconstruct(out long x, out long y, out long z)
    {
        x = X;
        y = Y;
        z = Z;
    }

    public bool Equals(LongIndex3D other) => this == other;

    public override bool Equals(object? obj) => obj is LongIndex3D other && this == other;

    public override int GetHashCode() => HashCode.Combine(X, Y, Z);

    public override string ToString() => $"({X}, {Y}, {Z})";
}
