namespace ILGPU;

/// <summary>IEEE binary16. Arithmetic is float arithmetic rounded once, which is correctly rounded for + - *
/// /.</summary>
public readonly struct Half : IEquatable<Half>
{
    internal Half(ushort rawValue) => RawValue = rawValue;

    public static Half Zero => new(0x0000);

    public static Half One => new(0x3C00);

    public static Half Epsilon => new(0x0001);

    public static Half MinValue => new(0xFBFF);

    public static Half MaxValue => new(0x7BFF);

    public static Half NaN => new(0xFE00);

    public static Half PositiveInfinity => new(0x7C00);

    public static Half NegativeInfinity => new(0xFC00);

    internal ushort RawValue { get; }

    public static implicit operator float(Half value) => (float)BitConverter.UInt16BitsToHalf(value.RawValue);

    public static implicit operator double(Half value) => (double)BitConverter.UInt16BitsToHalf(value.RawValue);

    public static explicit operator Half(float value) => new(BitConverter.HalfToUInt16Bits((System.Half)value));

    public static explicit operator Half(double value) => new(BitConverter.HalfToUInt16Bits((System.Half)value));

    public static explicit operator sbyte(Half value) => (sbyte)(float)value;

    public static explicit operator Half(sbyte value) => (Half)(float)value;

    public static explicit operator byte(Half value) => (byte)(float)value;

    public static explicit operator Half(byte value) => (Half)(float)value;

    public static explicit operator short(Half value) => (short)(float)value;

    public static explicit operator Half(short value) => (Half)(float)value;

    public static explicit operator ushort(Half value) => (ushort)(float)value;

    public static explicit operator Half(ushort value) => (Half)(float)value;

    public static explicit operator int(Half value) => (int)(float)value;

    public static explicit operator Half(int value) => (Half)(double)value;

    public static explicit operator uint(Half value) => (uint)(float)value;

    public static explicit operator Half(uint value) => (Half)(double)value;

    public static explicit operator long(Half value) => (long)(float)value;

    public static explicit operator Half(long value) => (Half)(double)value;

    public static explicit operator ulong(Half value) => (ulong)(float)value;

    public static explicit operator Half(ulong value) => (Half)(double)value;

    public static Half operator +(Half left, Half right) => (Half)((float)left + (float)right);

    public static Half operator -(Half left, Half right) => (Half)((float)left - (float)right);

    public static Half operator *(Half left, Half right) => (Half)((float)left * (float)right);

    public static Half operator /(Half left, Half right) => (Half)((float)left / (float)right);

    public static Half operator -(Half value) => new((ushort)(value.RawValue ^ 0x8000));

    public static bool operator ==(Half left, Half right) => (float)left == (float)right;

    public static bool operator !=(Half left, Half right) => (float)left != (float)right;

    public static bool operator <(Half left, Half right) => (float)left < (float)right;

    public static bool operator <=(Half left, Half right) => (float)left <= (float)right;

    public static bool operator >(Half left, Half right) => (float)left > (float)right;

    public static bool operator >=(Half left, Half right) => (float)left >= (float)right;

    public static Half Abs(Half value) => new((ushort)(value.RawValue & 0x7FFF));

    public static bool IsNaN(Half value) => (value.RawValue & 0x7FFF) > 0x7C00;

    public static bool IsZero(Half value) => (value.RawValue & 0x7FFF) == 0;

    public static bool IsInfinity(Half value) => (value.RawValue & 0x7FFF) == 0x7C00;

    public static bool IsPositiveInfinity(Half value) => value.RawValue == 0x7C00;

    public static bool IsNegativeInfinity(Half value) => value.RawValue == 0xFC00;

    public static bool IsFinite(Half value) => (value.RawValue & 0x7FFF) < 0x7C00;

    public bool Equals(Half other) => this == other;

    public override bool Equals(object? obj) => obj is Half other && this == other;

    public override int GetHashCode() => RawValue;

    public override string ToString() => ((float)this).ToString();
}
