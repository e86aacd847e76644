namespace ILGPU.Algorithms;

/// <summary>Math of float and double, with the meaning of MathF and Math.</summary>
public static class XMath
{
    public const float E = (float)ED;

    public const double ED = 2.718281828459045;

    public const float PI = (float)PID;

    public const double PID = 3.141592653589793;

    public const float PIHalf = (float)PIHalfD;

    public const double PIHalfD = 1.5707963267948966;

    public const float PIFourth = (float)PIFourthD;

    public const double PIFourthD = 0.7853981633974483;

    public const float OneOverPI = (float)OneOverPID;

    public const double OneOverPID = 0.3183098861837907;

    public const float TwoOverPI = (float)TwoOverPID;

    public const double TwoOverPID = 0.6366197723675814;

    public const float Sqrt2 = (float)Sqrt2D;

    public const double Sqrt2D = 1.4142135623730951;

    public const float OneOverSqrt2 = (float)OneOverSqrt2D;

    public const double OneOverSqrt2D = 0.7071067811865476;

    public const float Ln2 = (float)Ln2D;

    public const double Ln2D = 0.6931471805599453;

    public const float OneOverLn2 = (float)OneOverLn2D;

    public const double OneOverLn2D = 1.4426950408889634;

    public const float Ln10 = (float)Ln10D;

    public const double Ln10D = 2.302585092994046;

    public const float Log2E = (float)Log2ED;

    public const double Log2ED = 1.4426950408889634;

    public const float Log10E = (float)Log10ED;

    public const double Log10ED = 0.4342944819032518;

    public const float OneThird = (float)OneThirdD;

    public const double OneThirdD = 0.3333333333333333;

    public static float Exp(float value) => MathF.Exp(value);

    public static double Exp(double value) => Math.Exp(value);

    public static float Log(float value) => MathF.Log(value);

    public static double Log(double value) => Math.Log(value);

    public static float Log2(float value) => MathF.Log2(value);

    public static double Log2(double value) => Math.Log2(value);

    public static float Log10(float value) => MathF.Log10(value);

    public static double Log10(double value) => Math.Log10(value);

    public static float Sqrt(float value) => MathF.Sqrt(value);

    public static double Sqrt(double value) => Math.Sqrt(value);

    public static float Sin(float value) => MathF.Sin(value);

    public static double Sin(double value) => Math.Sin(value);

    public static float Cos(float value) => MathF.Cos(value);

    public static double Cos(double value) => Math.Cos(value);

    public static float Tan(float value) => MathF.Tan(value);

    public static double Tan(double value) => Math.Tan(value);

    public static float Sinh(float value) => MathF.Sinh(value);

    public static double Sinh(double value) => Math.Sinh(value);

    public static float Cosh(float value) => MathF.Cosh(value);

    public static double Cosh(double value) => Math.Cosh(value);

    public static float Tanh(float value) => MathF.Tanh(value);

    public static double Tanh(double value) => Math.Tanh(value);

    public static float Asin(float value) => MathF.Asin(value);

    public static double Asin(double value) => Math.Asin(value);

    public static float Acos(float value) => MathF.Acos(value);

    public static double Acos(double value) => Math.Acos(value);

    public static float Atan(float value) => MathF.Atan(value);

    public static double Atan(double value) => Math.Atan(value);

    public static float Floor(float value) => MathF.Floor(value);

    public static double Floor(double value) => Math.Floor(value);

    public static float Ceiling(float value) => MathF.Ceiling(value);

    public static double Ceiling(double value) => Math.Ceiling(value);

    public static float Truncate(float value) => MathF.Truncate(value);

    public static double Truncate(double value) => Math.Truncate(value);

    public static float Abs(float value) => MathF.Abs(value);

    public static double Abs(double value) => Math.Abs(value);

    public static float Exp2(float value) => float.Exp2(value);

    public static double Exp2(double value) => double.Exp2(value);

    public static float Log(float value, float newBase) => MathF.Log(value) / MathF.Log(newBase);

    public static double Log(double value, double newBase) => Math.Log(value) / Math.Log(newBase);

    public static float Pow(float value, float exponent) => MathF.Pow(value, exponent);

    public static double Pow(double value, double exponent) => Math.Pow(value, exponent);

    public static float Rsqrt(float value) => 1 / MathF.Sqrt(value);

    public static double Rsqrt(double value) => 1 / Math.Sqrt(value);

    public static float Rcp(float value) => 1 / value;

    public static double Rcp(double value) => 1 / value;

    public static float Atan2(float y, float x) => MathF.Atan2(y, x);

    public static double Atan2(double y, double x) => Math.Atan2(y, x);

    public static void SinCos(float value, out float sin, out float cos)
    {
        sin = Sin(value);
        cos = Cos(value);
    }

    public static void SinCos(double value, out double sin, out double cos)
    {
        sin = Sin(value);
        cos = Cos(value);
    }

    public static float Round(float value) => MathF.Round(value);

    public static double Round(double value) => Math.Round(value);

    public static float RoundToEven(float value) => MathF.Round(value);

    public static double RoundToEven(double value) => Math.Round(value);

    public static float RoundAwayFromZero(float value) => MathF.Round(value, MidpointRounding.AwayFromZero);

    public static double RoundAwayFromZero(double value) => Math.Round(value, MidpointRounding.AwayFromZero);

    public static float Rem(float x, float y) => x % y;

    public static double Rem(double x, double y) => x % y;

    public static float Min(float first, float second) => MathF.Min(first, second);

    public static double Min(double first, double second) => Math.Min(first, second);

    public static float Max(float first, float second) => MathF.Max(first, second);

    public static double Max(double first, double second) => Math.Max(first, second);

    public static float Clamp(float value, float min, float max) => Max(Min(value, max), min);

    public static double Clamp(double value, double min, double max) => Max(Min(value, max), min);

    public static float DegToRad(float degrees) => degrees * (PI / 180);

    public static double DegToRad(double degrees) => degrees * (PID / 180);

    public static float RadToDeg(float radians) => radians * (180 / PI);

    public static double RadToDeg(double radians) => radians * (180 / PID);

    public static int Sign(float value) => value < 0 ? -1 : value > 0 ? 1 : 0;

    public static bool IsNaN(float value) => float.IsNaN(value);

    public static bool IsInfinity(float value) => Abs(value) == float.PositiveInfinity;

    public static bool IsFinite(float value) => Abs(value) < float.PositiveInfinity;

    public static int Sign(double value) => value < 0 ? -1 : value > 0 ? 1 : 0;

    public static bool IsNaN(double value) => double.IsNaN(value);

    public static bool IsInfinity(double value) => Abs(value) == double.PositiveInfinity;

    public static bool IsFinite(double value) => Abs(value) < double.PositiveInfinity;

    public static int Abs(int value) => Math.Abs(value);

    public static long Abs(long value) => Math.Abs(value);

    public static int Min(int first, int second) => Math.Min(first, second);

    public static int Max(int first, int second) => Math.Max(first, second);

    public static int Clamp(int value, int min, int max) => Max(Min(value, max), min);

    public static int PopCount(int value) => IntrinsicMath.PopCount(value);

    public static int LeadingZeroCount(int value) => IntrinsicMath.LeadingZeroCount(value);

    public static int TrailingZeroCount(int value) => IntrinsicMath.TrailingZeroCount(value);

    public static long Min(long first, long second) => Math.Min(first, second);

    public static long Max(long first, long second) => Math.Max(first, second);

    public static long Clamp(long value, long min, long max) => Max(Min(value, max), min);

    public static int PopCount(long value) => IntrinsicMath.PopCount(value);

    public static int LeadingZeroCount(long value) => IntrinsicMath.LeadingZeroCount(value);

    public static int TrailingZeroCount(long value) => IntrinsicMath.TrailingZeroCount(value);

    public static uint Min(uint first, uint second) => Math.Min(first, second);

    public static uint Max(uint first, uint second) => Math.Max(first, second);

    public static uint Clamp(uint value, uint min, uint max) => Max(Min(value, max), min);

    public static int PopCount(uint value) => IntrinsicMath.PopCount(value);

    public static int LeadingZeroCount(uint value) => IntrinsicMath.LeadingZeroCount(value);

    public static int TrailingZeroCount(uint value) => IntrinsicMath.TrailingZeroCount(value);

    public static ulong Min(ulong first, ulong second) => Math.Min(first, second);

    public static ulong Max(ulong first, ulong second) => Math.Max(first, second);

    public static ulong Clamp(ulong value, ulong min, ulong max) => Max(Min(value, max), min);

    public static int PopCount(ulong value) => IntrinsicMath.PopCount(value);

    public static int LeadingZeroCount(ulong value) => IntrinsicMath.LeadingZeroCount(value);

    public static int TrailingZeroCount(ulong value) => IntrinsicMath.TrailingZeroCount(value);

    public static int DivRoundUp(int numerator, int denominator) => IntrinsicMath.DivRoundUp(numerator, denominator);

    public static int DivRoundDown(int numerator, int denominator) =>
        IntrinsicMath.DivRoundDown(numerator, denominator);

    public static long DivRoundUp(long numerator, long denominator) => IntrinsicMath.DivRoundUp(numerator, denominator);

    public static long DivRoundDown(long numerator, long denominator) =>
        IntrinsicMath.DivRoundDown(numerator, denominator);
}
