using System.Runtime.CompilerServices;

namespace ILGPU;

/// <summary>Reads and writes nobody else comes between. Every method returns the old value.</summary>
public static class Atomic
{
    public static int Add(ref int target, int value) => Interlocked.Add(ref target, value) - value;

    public static long Add(ref long target, long value) => Interlocked.Add(ref target, value) - value;

    public static uint Add(ref uint target, uint value) => Interlocked.Add(ref target, value) - value;

    public static ulong Add(ref ulong target, ulong value) => Interlocked.Add(ref target, value) - value;

    public static float Add(ref float target, float value)
    {
        while (true)
        {
            float old = Volatile.Read(ref target);
            float next = old + value;
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static double Add(ref double target, double value)
    {
        while (true)
        {
            double old = Volatile.Read(ref target);
            double next = old + value;
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static int Min(ref int target, int value)
    {
        while (true)
        {
            int old = Volatile.Read(ref target);
            int next = Math.Min(old, value);
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static long Min(ref long target, long value)
    {
        while (true)
        {
            long old = Volatile.Read(ref target);
            long next = Math.Min(old, value);
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static uint Min(ref uint target, uint value)
    {
        while (true)
        {
            uint old = Volatile.Read(ref target);
            uint next = Math.Min(old, value);
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static ulong Min(ref ulong target, ulong value)
    {
        while (true)
        {
            ulong old = Volatile.Read(ref target);
            ulong next = Math.Min(old, value);
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static float Min(ref float target, float value)
    {
        while (true)
        {
            float old = Volatile.Read(ref target);
            float next = Math.Min(old, value);
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static double Min(ref double target, double value)
    {
        while (true)
        {
            double old = Volatile.Read(ref target);
            double next = Math.Min(old, value);
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static int Max(ref int target, int value)
    {
        while (true)
        {
            int old = Volatile.Read(ref target);
            int next = Math.Max(old, value);
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static long Max(ref long target, long value)
    {
        while (true)
        {
            long old = Volatile.Read(ref target);
            long next = Math.Max(old, value);
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static uint Max(ref uint target, uint value)
    {
        while (true)
        {
            uint old = Volatile.Read(ref target);
            uint next = Math.Max(old, value);
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static ulong Max(ref ulong target, ulong value)
    {
        while (true)
        {
            ulong old = Volatile.Read(ref target);
            ulong next = Math.Max(old, value);
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static float Max(ref float target, float value)
    {
        while (true)
        {
            float old = Volatile.Read(ref target);
            float next = Math.Max(old, value);
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static double Max(ref double target, double value)
    {
        while (true)
        {
            double old = Volatile.Read(ref target);
            double next = Math.Max(old, value);
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static int And(ref int target, int value) => Interlocked.And(ref target, value);

    public static long And(ref long target, long value) => Interlocked.And(ref target, value);

    public static uint And(ref uint target, uint value) => Interlocked.And(ref target, value);

    public static ulong And(ref ulong target, ulong value) => Interlocked.And(ref target, value);

    public static int Or(ref int target, int value) => Interlocked.Or(ref target, value);

    public static long Or(ref long target, long value) => Interlocked.Or(ref target, value);

    public static uint Or(ref uint target, uint value) => Interlocked.Or(ref target, value);

    public static ulong Or(ref ulong target, ulong value) => Interlocked.Or(ref target, value);

    public static int Xor(ref int target, int value)
    {
        while (true)
        {
            int old = Volatile.Read(ref target);
            int next = old ^ value;
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static long Xor(ref long target, long value)
    {
        while (true)
        {
            long old = Volatile.Read(ref target);
            long next = old ^ value;
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static uint Xor(ref uint target, uint value)
    {
        while (true)
        {
            uint old = Volatile.Read(ref target);
            uint next = old ^ value;
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static ulong Xor(ref ulong target, ulong value)
    {
        while (true)
        {
            ulong old = Volatile.Read(ref target);
            ulong next = old ^ value;
            if (Same(CompareExchange(ref target, old, next), old)) return old;
        }
    }

    public static int Exchange(ref int target, int value) => Interlocked.Exchange(ref target, value);

    public static long Exchange(ref long target, long value) => Interlocked.Exchange(ref target, value);

    public static uint Exchange(ref uint target, uint value) => Interlocked.Exchange(ref target, value);

    public static ulong Exchange(ref ulong target, ulong value) => Interlocked.Exchange(ref target, value);

    public static float Exchange(ref float target, float value) => Interlocked.Exchange(ref target, value);

    public static double Exchange(ref double target, double value) => Interlocked.Exchange(ref target, value);

    public static int CompareExchange(ref int target, int compare, int value) =>
        Interlocked.CompareExchange(ref target, value, compare);

    public static long CompareExchange(ref long target, long compare, long value) =>
        Interlocked.CompareExchange(ref target, value, compare);

    public static uint CompareExchange(ref uint target, uint compare, uint value) =>
        Interlocked.CompareExchange(ref target, value, compare);

    public static ulong CompareExchange(ref ulong target, ulong compare, ulong value) =>
        Interlocked.CompareExchange(ref target, value, compare);

    public static float CompareExchange(ref float target, float compare, float value) =>
        Interlocked.CompareExchange(ref target, value, compare);

    public static double CompareExchange(ref double target, double compare, double value) =>
        Interlocked.CompareExchange(ref target, value, compare);

    public static Index1D Add(ref Index1D target, Index1D value) =>
        Add(ref Unsafe.As<Index1D, int>(ref target), value.X);

    public static Index1D Exchange(ref Index1D target, Index1D value) =>
        Exchange(ref Unsafe.As<Index1D, int>(ref target), value.X);

    public static Index1D CompareExchange(ref Index1D target, Index1D compare, Index1D value) =>
        CompareExchange(ref Unsafe.As<Index1D, int>(ref target), compare.X, value.X);

    private static bool Same(int a, int b) => a == b;

    private static bool Same(long a, long b) => a == b;

    private static bool Same(uint a, uint b) => a == b;

    private static bool Same(ulong a, ulong b) => a == b;

    private static bool Same(float a, float b) => Interop.FloatAsInt(a) == Interop.FloatAsInt(b);

    private static bool Same(double a, double b) => Interop.FloatAsInt(a) == Interop.FloatAsInt(b);
}
