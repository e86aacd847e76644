using System.Runtime.CompilerServices;

namespace SRKernels.Emulation.Native.Sample;

/// <summary>What a check asserts; the text says which expression was not so.</summary>
internal static class Expect
{
    public static void Equal<T>(T expected, T got, [CallerArgumentExpression(nameof(got))] string what = "")
    {
        if (!EqualityComparer<T>.Default.Equals(expected, got)) throw new InvalidOperationException($"{what}: expected {expected}, got {got}");
    }

    public static void Same<T>(IReadOnlyList<T> expected, IReadOnlyList<T> got, [CallerArgumentExpression(nameof(got))] string what = "")
    {
        Equal(expected.Count, got.Count, $"length of {what}");
        for (var i = 0; i < expected.Count; i++) Equal(expected[i], got[i], $"{what}[{i}]");
    }

    public static void Holds(string part, string? whole, [CallerArgumentExpression(nameof(whole))] string what = "")
    {
        if (whole?.Contains(part, StringComparison.Ordinal) != true) throw new InvalidOperationException($"{what}: expected '{part}' in it, got '{whole}'");
    }

    public static void True(bool holds, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        if (!holds) throw new InvalidOperationException($"expected {what}");
    }

    public static T Throws<T>(Action work, [CallerArgumentExpression(nameof(work))] string what = "")
        where T : Exception
    {
        try
        {
            work();
        }
        catch (T e)
        {
            return e;
        }

        throw new InvalidOperationException($"{what}: expected a {typeof(T).Name}, got none");
    }
}
