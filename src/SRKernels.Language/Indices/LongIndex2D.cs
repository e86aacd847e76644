namespace ILGPU;

/// <summary>Index of 2 dimensions; x is the first and fastest.</summary>
public readonly struct LongIndex2D(long x, long y) : IEquatable<LongIndex2D>
{
    public long X { get; } = x;

    public long Y { get; } = y;

    public static LongIndex2D Zero => new(0, 0);

    public static LongIndex2D One => new(1, 1);

    public static LongIndex2D Invalid => new(-1, -1);

    public long Size => X * Y;

    public bool IsFirst => X == 0 && Y == 0;

    public static implicit operator LongIndex2D((long, long) value) => new(value.Item1, value.Item2);

    public static LongIndex2D operator +(LongIndex2D left, LongIndex2D right) =>
        new(left.X + right.X, left.Y + right.Y);

    public static LongIndex2D operator -(LongIndex2D left, LongIndex2D right) =>
        new(left.X - right.X, left.Y - right.Y);

    public static LongIndex2D operator *(LongIndex2D left, LongIndex2D right) =>
        new(left.X * right.X, left.Y * right.Y);

    public static LongIndex2D operator /(LongIndex2D left, LongIndex2D right) =>
        new(left.X / right.X, left.Y / right.Y);

    public static bool operator ==(LongIndex2D left, LongIndex2D right) => left.X == right.X && left.Y == right.Y;

    public static bool operator !=(LongIndex2D left, LongIndex2D right) => !(left == right);

    public static LongIndex2D Add(LongIndex2D left, LongIndex2D right) => left + right;

    public static LongIndex2D Subtract(LongIndex2D left, LongIndex2D right) => left - right;

    public static LongIndex2D Multiply(LongIndex2D left, LongIndex2D right) => left * right;

    public static LongIndex2D Divide(LongIndex2D left, LongIndex2D right) => left / right;

    public static LongIndex2D Min(LongIndex2D first, LongIndex2D second) =>
        new(Math.Min(first.X, second.X), Math.Min(first.Y, second.Y));

    public static LongIndex2D Max(LongIndex2D first, LongIndex2D second) =>
        new(Math.Max(first.X, second.X), Math.Max(first.Y, second.Y));

    public static LongIndex2D Clamp(LongIndex2D value, LongIndex2D min, LongIndex2D max) => Max(Min(value, max), min);

    public bool InBounds(LongIndex2D dimension) => (ulong)X < (ulong)dimension.X && (ulong)Y < (ulong)dimension.Y;

    public bool InBoundsInclusive(LongIndex2D dimension) => (ulong)X <= (ulong)dimension.X
        && (ulong)Y <= (ulong)dimension.Y;

    public Index2D ToIntIndex() => new((int)X, (int)Y);

    public void Deconstruct(out long x, out long y)
    {
        x = X;
        y = Y;
    }

    public bool Equals(LongIndex2D other) => this == other;

    public override bool Equals(object? obj) => obj is LongIndex2D other && this == other;

    public override int GetHashCode() => HashCode.Combine(X, Y);

    public override string ToString() => $"({X}, {Y})";
}
