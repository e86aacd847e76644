using ILGPU;

namespace SRKernels.Intrinsics;

/// <summary>
/// What the compiler puts in place of System.Math's rarer functions, in terms of those that devices have. Never called
/// on the CPU, where System.Math itself is the meaning; the conformance suite holds one against the other.
/// Series: Taylor's, with arguments reduced until the first term left out is below half a unit in the last place.
/// </summary>
internal static class DeviceMath
{
    /// <summary>Group.Broadcast: the value of one thread of the group, for all.</summary>
    internal static T Broadcast<T>(T value, int groupIndex)
        where T : unmanaged
    {
        ref T slot = ref SharedMemory.Allocate<T>();
        if (Group.LinearIndex == groupIndex) slot = value;
        Group.Barrier();
        T result = slot;
        Group.Barrier();
        return result;
    }

    internal static float Atan(float x)
    {
        float a = MathF.Abs(x);
        float shift = 0;
        float rest = 0;
        if (a > 2.414213562373095f)
        {
            // atan a = pi/2 - atan(1/a); the constant in two parts
            shift = (float)(Math.PI / 2);
            rest = -4.37113883e-8f;
            a = -1 / a;
        }
        else if (a > 0.414213562373095f)
        {
            shift = (float)(Math.PI / 4);
            rest = -4.37113883e-8f / 2;
            a = (a - 1) / (a + 1);
        }

        float z = a * a;
        float sum = 0;
        for (int k = 9; k >= 1; k--) sum = z * (((float)1 / ((2 * k) + 1)) - sum);
        return MathF.CopySign(shift + (a - (a * sum) + rest), x);
    }

    internal static float Atan2(float y, float x)
    {
        float ax = MathF.Abs(x);
        float ay = MathF.Abs(y);
        float large = MathF.Max(ax, ay);
        float small = MathF.Min(ax, ay);
        float ratio = large == 0 ? 0 : small == large ? 1 : small / large;
        float angle = float.IsNaN(large) ? large : Atan(ratio);
        if (ay > ax) angle = (float)(Math.PI / 2) - angle + -4.37113883e-8f;
        if (MathF.CopySign(1, x) < 0) angle = (float)Math.PI - angle + (2 * -4.37113883e-8f);
        return MathF.CopySign(angle, y);
    }

    internal static float Asin(float x)
    {
        float a = MathF.Abs(x);
        float angle = a <= 0.5f ? Atan(a / MathF.Sqrt((1 - a) * (1 + a))) : (float)(Math.PI / 2) - (
            (2 * HalfAngle(1 - a)) - -4.37113883e-8f);
        return MathF.CopySign(angle, x);
    }

    internal static float Acos(float x)
    {
        if (x > 0.5f) return 2 * HalfAngle(1 - x);
        if (x < -0.5f) return (float)Math.PI - ((2 * HalfAngle(1 + x)) - (2 * -4.37113883e-8f));
        return (float)(Math.PI / 2) - (Asin(x) - -4.37113883e-8f);
    }

    internal static float Sinh(float x)
    {
        float a = MathF.Abs(x);
        if (a < 1)
        {
            float z = x * x;
            float sum = 0;
            for (int k = 6; k >= 1; k--) sum = z * ((1 + sum) / ((2 * k) * ((2 * k) + 1)));
            return x + (x * sum);
        }

        // Halves first, so that the square does not overflow before the result does.
        float root = MathF.Exp(a / 2);
        float e = a < 80 ? MathF.Exp(a) : 0;
        return MathF.CopySign(a < 80 ? (e - (1 / e)) / 2 : root / 2 * root, x);
    }

    internal static float Cosh(float x)
    {
        float a = MathF.Abs(x);
        float root = MathF.Exp(a / 2);
        float e = a < 80 ? MathF.Exp(a) : 1;
        return a < 80 ? (e + (1 / e)) / 2 : root / 2 * root;
    }

    /// <summary>asin(sqrt(v / 2)) for v = 1 - |x| of at most 1/2.</summary>
    private static float HalfAngle(float v) => Atan(MathF.Sqrt(v / 2 / (1 - (v / 2))));

    internal static double Atan(double x)
    {
        double a = Math.Abs(x);
        double shift = 0;
        double rest = 0;
        if (a > 2.414213562373095)
        {
            // atan a = pi/2 - atan(1/a); the constant in two parts
            shift = (double)(Math.PI / 2);
            rest = 6.123233995736766e-17;
            a = -1 / a;
        }
        else if (a > 0.414213562373095)
        {
            shift = (double)(Math.PI / 4);
            rest = 6.123233995736766e-17 / 2;
            a = (a - 1) / (a + 1);
        }

        double z = a * a;
        double sum = 0;
        for (int k = 19; k >= 1; k--) sum = z * (((double)1 / ((2 * k) + 1)) - sum);
        return Math.CopySign(shift + (a - (a * sum) + rest), x);
    }

    internal static double Atan2(double y, double x)
    {
        double ax = Math.Abs(x);
        double ay = Math.Abs(y);
        double large = Math.Max(ax, ay);
        double small = Math.Min(ax, ay);
        double ratio = large == 0 ? 0 : small == large ? 1 : small / large;
        double angle = double.IsNaN(large) ? large : Atan(ratio);
        if (ay > ax) angle = (double)(Math.PI / 2) - angle + 6.123233995736766e-17;
        if (Math.CopySign(1, x) < 0) angle = (double)Math.PI - angle + (2 * 6.123233995736766e-17);
        return Math.CopySign(angle, y);
    }

    internal static double Asin(double x)
    {
        double a = Math.Abs(x);
        double angle = a <= 0.5 ? Atan(a / Math.Sqrt((1 - a) * (1 + a))) : (double)(Math.PI / 2) - (
            (2 * HalfAngle(1 - a)) - 6.123233995736766e-17);
        return Math.CopySign(angle, x);
    }

    internal static double Acos(double x)
    {
        if (x > 0.5) return 2 * HalfAngle(1 - x);
        if (x < -0.5) return (double)Math.PI - ((2 * HalfAngle(1 + x)) - (2 * 6.123233995736766e-17));
        return (double)(Math.PI / 2) - (Asin(x) - 6.123233995736766e-17);
    }

    internal static double Sinh(double x)
    {
        double a = Math.Abs(x);
        if (a < 1)
        {
            double z = x * x;
            double sum = 0;
            for (int k = 10; k >= 1; k--) sum = z * ((1 + sum) / ((2 * k) * ((2 * k) + 1)));
            return x + (x * sum);
        }

        // Halves first, so that the square does not overflow before the result does.
        double root = Math.Exp(a / 2);
        double e = a < 80 ? Math.Exp(a) : 0;
        return Math.CopySign(a < 80 ? (e - (1 / e)) / 2 : root / 2 * root, x);
    }

    internal static double Cosh(double x)
    {
        double a = Math.Abs(x);
        double root = Math.Exp(a / 2);
        double e = a < 80 ? Math.Exp(a) : 1;
        return a < 80 ? (e + (1 / e)) / 2 : root / 2 * root;
    }

    /// <summary>asin(sqrt(v / 2)) for v = 1 - |x| of at most 1/2.</summary>
    private static double HalfAngle(double v) => Atan(Math.Sqrt(v / 2 / (1 - (v / 2))));
}
