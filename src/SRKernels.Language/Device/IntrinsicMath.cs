using System.Numerics;

namespace ILGPU;

/// <summary>Integer and sign functions with a single instruction on most devices.</summary>
public static class IntrinsicMath
{
    public static double Abs(double value) => Math.Abs(value);

    public static float Abs(float value) => Math.Abs(value);

    public static sbyte Abs(sbyte value) => Math.Abs(value);

    public static short Abs(short value) => Math.Abs(value);

    public static int Abs(int value) => Math.Abs(value);

    public static long Abs(long value) => Math.Abs(value);

    public static Half Abs(Half value) => Half.Abs(value);

    public static sbyte Min(sbyte first, sbyte second) => Math.Min(first, second);

    public static short Min(short first, short second) => Math.Min(first, second);

    public static int Min(int first, int second) => Math.Min(first, second);

    public static long Min(long first, long second) => Math.Min(first, second);

    public static byte Min(byte first, byte second) => Math.Min(first, second);

    public static ushort Min(ushort first, ushort second) => Math.Min(first, second);

    public static uint Min(uint first, uint second) => Math.Min(first, second);

    public static ulong Min(ulong first, ulong second) => Math.Min(first, second);

    public static float Min(float first, float second) => Math.Min(first, second);

    public static double Min(double first, double second) => Math.Min(first, second);

    public static sbyte Max(sbyte first, sbyte second) => Math.Max(first, second);

    public static short Max(short first, short second) => Math.Max(first, second);

    public static int Max(int first, int second) => Math.Max(first, second);

    public static long Max(long first, long second) => Math.Max(first, second);

    public static byte Max(byte first, byte second) => Math.Max(first, second);

    public static ushort Max(ushort first, ushort second) => Math.Max(first, second);

    public static uint Max(uint first, uint second) => Math.Max(first, second);

    public static ulong Max(ulong first, ulong second) => Math.Max(first, second);

    public static float Max(float first, float second) => Math.Max(first, second);

    public static double Max(double first, double second) => Math.Max(first, second);

    public static sbyte Clamp(sbyte value, sbyte min, sbyte max) => Max(Min(value, max), min);

    public static short Clamp(short value, short min, short max) => Max(Min(value, max), min);

    public static int Clamp(int value, int min, int max) => Max(Min(value, max), min);

    public static long Clamp(long value, long min, long max) => Max(Min(value, max), min);

    public static byte Clamp(byte value, byte min, byte max) => Max(Min(value, max), min);

    public static ushort Clamp(ushort value, ushort min, ushort max) => Max(Min(value, max), min);

    public static uint Clamp(uint value, uint min, uint max) => Max(Min(value, max), min);

    public static ulong Clamp(ulong value, ulong min, ulong max) => Max(Min(value, max), min);

    public static float Clamp(float value, float min, float max) => Max(Min(value, max), min);

    public static double Clamp(double value, double min, double max) => Max(Min(value, max), min);

    public static int PopCount(int value) => BitOperations.PopCount((uint)value);

    public static int PopCount(uint value) => BitOperations.PopCount(value);

    public static int PopCount(long value) => BitOperations.PopCount((ulong)value);

    public static int PopCount(ulong value) => BitOperations.PopCount(value);

    public static int LeadingZeroCount(int value) => BitOperations.LeadingZeroCount((uint)value);

    public static int LeadingZeroCount(uint value) => BitOperations.LeadingZeroCount(value);

    public static int LeadingZeroCount(long value) => BitOperations.LeadingZeroCount((ulong)value);

    public static int LeadingZeroCount(ulong value) => BitOperations.LeadingZeroCount(value);

    public static int TrailingZeroCount(int value) => BitOperations.TrailingZeroCount(value);

    public static int TrailingZeroCount(uint value) => BitOperations.TrailingZeroCount(value);

    public static int TrailingZeroCount(long value) => BitOperations.TrailingZeroCount(value);

    public static int TrailingZeroCount(ulong value) => BitOperations.TrailingZeroCount(value);

    public static int DivRoundUp(int numerator, int denominator) => (numerator + denominator - 1) / denominator;

    public static int DivRoundDown(int numerator, int denominator) => numerator / denominator;

    public static long DivRoundUp(long numerator, long denominator) => (numerator + denominator - 1) / denominator;

    public static long DivRoundDown(long numerator, long denominator) => numerator / denominator;

    public static float CopySign(float value, float sign) => MathF.CopySign(value, sign);

    public static double CopySign(double value, double sign) => Math.CopySign(value, sign);
}
