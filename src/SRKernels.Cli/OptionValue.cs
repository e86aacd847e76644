using System.CommandLine;
using System.Globalization;
using SRKernels.Models;

namespace SRKernels.Cli;

/// <summary>Numbers, sizes and choices from what the user typed.</summary>
internal static class OptionValue
{
    public static int? Integer(ParseResult parsed, Option<string?> option, int lowest, int highest)
    {
        if (parsed.GetValue(option) is not { } text) return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= lowest && value <= highest
            ? value
            : throw new UsageException(option.Name, $"a whole number from {lowest} to {highest}", $"'{text}'");
    }

    /// <summary>A number from 0 to 1.</summary>
    public static double? Share(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text) return null;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value <= 1
            ? value
            : throw new UsageException(option.Name, "a number from 0 to 1", $"'{text}'");
    }

    public static ulong? Seed(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text) return null;
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new UsageException(option.Name, "a whole number from 0 to 2^64-1", $"'{text}'");
    }

    /// <summary>Bytes with K, M or G for powers of 1024.</summary>
    public static long? Bytes(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text) return null;
        var number = text.TrimEnd('b', 'B', 'i');
        var shift = number.Length == 0 ? 0 : char.ToUpperInvariant(number[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        if (shift > 0) number = number[..^1];
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value > 0 && value * (1L << shift) < long.MaxValue
            ? (long)(value * (1L << shift))
            : throw new UsageException(option.Name, "a size such as 1500M or 2G", $"'{text}'");
    }

    /// <summary>A part of a file's name.</summary>
    public static string? NamePart(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text) return null;
        return text.Length > 0 && text.IndexOfAny(Path.GetInvalidFileNameChars()) < 0 && !text.Any(char.IsControl)
            ? text
            : throw new UsageException(option.Name, "letters that a file's name may hold", $"'{text}'");
    }

    /// <summary>All tasks' names, for a description or an error.</summary>
    public static string TaskNames { get; } = string.Join(", ", ModelTask.All.Select(p => p.Name));

    public static string? Task(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not { } task || ModelTask.TryFind(task) is not null
        ? parsed.GetValue(option)
        : throw new UsageException(option.Name, $"one of {TaskNames}", $"'{task}'");

    public static T Choice<T>(ParseResult parsed, Option<string?> option, T fallback, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        if (parsed.GetValue(option) is not { } text) return fallback;
        var names = new List<string>();
        foreach (var (name, value) in choices)
        {
            if (string.Equals(name, text, StringComparison.OrdinalIgnoreCase)) return value;
            names.Add(name);
        }

        throw new UsageException(option.Name, $"one of {string.Join(", ", names)}", $"'{text}'");
    }
}
