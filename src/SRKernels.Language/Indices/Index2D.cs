namespace ILGPU;

/// <summary>Index of 2 dimensions; x is the first and fastest.</summary>
public readonly struct Index2D(int x, int y) : IEquatable<Index2D>
{
    public int X { get; } = x;

    public int Y { get; } = y;

    public static Index2D Zero => new(0, 0);

    public static Index2D One => new(1, 1);

    public static Index2D Invalid => new(-1, -1);

    public int Size => X * Y;

    public long LongSize => (long)X * Y;

    public bool IsFirst => X == 0 && Y == 0;

    public static implicit operator Index2D((int, int) value) => new(value.Item1, value.Item2);

    public static implicit operator LongIndex2D(Index2D value) => value.ToLongIndex();

    public static Index2D operator +(Index2D left, Index2D right) => new(left.X + right.X, left.Y + right.Y);

    public static Index2D operator -(Index2D left, Index2D right) => new(left.X - right.X, left.Y - right.Y);

    public static Index2D operator *(Index2D left, Index2D right) => new(left.X * right.X, left.Y * right.Y);

    public static Index2D operator /(Index2D left, Index2D right) => new(left.X / right.X, left.Y / right.Y);

    public static bool operator ==(Index2D left, Index2D right) => left.X == right.X && left.Y == right.Y;

    public static bool operator !=(Index2D left, Index2D right) => !(left == right);

    public static Index2D Add(Index2D left, Index2D right) => left + right;

    public static Index2D Subtract(Index2D left, Index2D right) => left - right;

    public static Index2D Multiply(Index2D left, Index2D right) => left * right;

    public static Index2D Divide(Index2D left, Index2D right) => left / right;

    public static Index2D Min(Index2D first, Index2D second) =>
        new(Math.Min(first.X, second.X), Math.Min(first.Y, second.Y));

    public static Index2D Max(Index2D first, Index2D second) =>
        new(Math.Max(first.X, second.X), Math.Max(first.Y, second.Y));

    public static Index2D Clamp(Index2D value, Index2D min, Index2D max) => Max(Min(value, max), min);

    public bool InBounds(Index2D dimension) => (uint)X < (uint)dimension.X && (uint)Y < (uint)dimension.Y;

    public bool InBoundsInclusive(Index2D dimension) => (uint)X <= (uint)dimension.X && (uint)Y <= (uint)dimension.Y;

    public LongIndex2D ToLongIndex() => new(X, Y);

    public void Deconstruct(out int x, out int y)
    {
        x = X;
        y = Y;
    }

    public bool Equals(Index2D other) => this == other;

    public override bool Equals(object? obj) => obj is Index2D other && this == other;

    public override int GetHashCode() => HashCode.Combine(X, Y);

    public override string ToString() => $"({X}, {Y})";
}
