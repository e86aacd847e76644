namespace ILGPU;

/// <summary>Index of 3 dimensions; x is the first and fastest.</summary>
public readonly struct Index3D(int x, int y, int z) : IEquatable<Index3D>
{
    public Index3D(Index2D xy, int z)
        : this(xy.X, xy.Y, z)
    {
    }

    public Index3D(int x, Index2D yz)
        : this(x, yz.X, yz.Y)
    {
    }

    public int X { get; } = x;

    public int Y { get; } = y;

    public int Z { get; } = z;

    public static Index3D Zero => new(0, 0, 0);

    public static Index3D One => new(1, 1, 1);

    public static Index3D Invalid => new(-1, -1, -1);

    public int Size => X * Y * Z;

    public long LongSize => (long)X * Y * Z;

    public bool IsFirst => X == 0 && Y == 0 && Z == 0;

    public static implicit operator Index3D((int, int, int) value) => new(value.Item1, value.Item2, value.Item3);

    public static implicit operator LongIndex3D(Index3D value) => value.ToLongIndex();

    public static Index3D operator +(Index3D left, Index3D right) =>
        new(left.X + right.X, left.Y + right.Y, left.Z + right.Z);

    public static Index3D operator -(Index3D left, Index3D right) =>
        new(left.X - right.X, left.Y - right.Y, left.Z - right.Z);

    public static Index3D operator *(Index3D left, Index3D right) =>
        new(left.X * right.X, left.Y * right.Y, left.Z * right.Z);

    public static Index3D operator /(Index3D left, Index3D right) =>
        new(left.X / right.X, left.Y / right.Y, left.Z / right.Z);

    public static bool operator ==(Index3D left, Index3D right) => left.X == right.X && left.Y == right.Y
        && left.Z == right.Z;

    public static bool operator !=(Index3D left, Index3D right) => !(left == right);

    public static Index3D Add(Index3D left, Index3D right) => left + right;

    public static Index3D Subtract(Index3D left, Index3D right) => left - right;

    public static Index3D Multiply(Index3D left, Index3D right) => left * right;

    public static Index3D Divide(Index3D left, Index3D right) => left / right;

    public static Index3D Min(Index3D first, Index3D second) =>
        new(Math.Min(first.X, second.X), Math.Min(first.Y, second.Y), Math.Min(first.Z, second.Z));

    public static Index3D Max(Index3D first, Index3D second) =>
        new(Math.Max(first.X, second.X), Math.Max(first.Y, second.Y), Math.Max(first.Z, second.Z));

    public static Index3D Clamp(Index3D value, Index3D min, Index3D max) => Max(Min(value, max), min);

    public bool InBounds(Index3D dimension) => (uint)X < (uint)dimension.X && (uint)Y < (uint)dimension.Y
        && (uint)Z < (uint)dimension.Z;

    public bool InBoundsInclusive(Index3D dimension) => (uint)X <= (uint)dimension.X && (uint)Y <= (uint)dimension.Y
        && (uint)Z <= (uint)dimension.Z;

    public LongIndex3D ToLongIndex() => new(X, Y, Z);

    public void Deconstruct(out int x, out int y, out int z)
    {
        x = X;
        y = Y;
        z = Z;
    }

    public bool Equals(Index3D other) => this == other;

    public override bool Equals(object? obj) => obj is Index3D other && this == other;

    public override int GetHashCode() => HashCode.Combine(X, Y, Z);

    public override string ToString() => $"({X}, {Y}, {Z})";
}
