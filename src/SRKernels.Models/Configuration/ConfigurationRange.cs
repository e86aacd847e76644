using System.Globalization;
using SRKernels.Runtime;

namespace SRKernels.Models.Configuration;

/// <summary>Range checks of the configuration records, with errors in four parts.</summary>
internal readonly struct ConfigurationRange(string who)
{
    private const string Remedy = "the configuration is damaged or not meant for this program";

    public void Within(string name, double value, double lowest, double highest)
    {
        if (value >= lowest && value <= highest) return;
        throw new SrkException(
            $"{who}: '{name}'",
            string.Create(CultureInfo.InvariantCulture, $"{lowest:g6} to {highest:g6}"),
            value.ToString("g6", CultureInfo.InvariantCulture),
            Remedy);
    }

    public void Equal(string name, int value, int expected)
    {
        if (value == expected) return;
        throw new SrkException($"{who}: {name}", $"{expected}", $"{value}", Remedy);
    }
}
