namespace SRKernels.Models.Imaging;

/// <summary>What a <see cref="PixelDensity"/> counts over.</summary>
public enum DensityUnit
{
    /// <summary>Nothing: only the ratio of both numbers, the shape of a pixel, is known.</summary>
    None,

    /// <summary>Pixels per inch.</summary>
    Inch,

    /// <summary>Pixels per centimetre.</summary>
    Centimetre,

    /// <summary>Pixels per metre.</summary>
    Metre,
}

/// <summary>How large a picture is to be printed: the density of JFIF and of PNG's pHYs.</summary>
/// <param name="X">Pixels per unit across, more than 0.</param>
/// <param name="Y">Pixels per unit down, more than 0.</param>
/// <param name="Unit">The unit.</param>
public sealed record PixelDensity(double X, double Y, DensityUnit Unit)
{
    private const double InchesPerMetre = 1 / 0.0254;
    private const int MostOfJfif = ushort.MaxValue;

    /// <summary>The density with which a picture that is so many times as large is printed as large as before.</summary>
    /// <param name="scale">How many times as large.</param>
    public PixelDensity Times(double scale) => Unit == DensityUnit.None ? this : new PixelDensity(X * scale, Y * scale, Unit);

    /// <summary>As pHYs stores it; null where the numbers do not fit.</summary>
    internal (uint X, uint Y, bool IsPerMetre)? ForPng()
    {
        double factor = Unit switch { DensityUnit.Inch => InchesPerMetre, DensityUnit.Centimetre => 100, _ => 1 };
        double x = Math.Round(X * factor), y = Math.Round(Y * factor);
        // PNG's integers end at 2^31 - 1.
        return x is >= 1 and <= int.MaxValue && y is >= 1 and <= int.MaxValue ? ((uint)x, (uint)y, Unit != DensityUnit.None) : null;
    }

    /// <summary>As JFIF stores it: units 0 (a ratio), 1 (inch) or 2 (centimetre); null where the numbers do not fit.</summary>
    internal (byte Units, ushort X, ushort Y)? ForJfif() => Unit switch
    {
        DensityUnit.None => Whole(0, 1 / Math.Max(1, Math.Max(X, Y) / MostOfJfif)),
        DensityUnit.Inch => Whole(1, 1),
        DensityUnit.Centimetre => Whole(2, 1),
        // The unit in which the numbers come nearest to whole ones: 11811 a metre are 300 an inch, 5300 are 53 a centimetre.
        _ => Error(1 / InchesPerMetre) <= Error(0.01) ? Whole(1, 1 / InchesPerMetre) : Whole(2, 0.01),
    };

    // How far rounding moves the numbers, as a share of them.
    private double Error(double factor) => Math.Max(Share(X * factor), Share(Y * factor));

    private static double Share(double number) => Math.Abs(Math.Round(number) - number) / number;

    private (byte Units, ushort X, ushort Y)? Whole(byte units, double factor)
    {
        double x = Math.Round(X * factor), y = Math.Round(Y * factor);
        return x is >= 1 and <= MostOfJfif && y is >= 1 and <= MostOfJfif ? (units, (ushort)x, (ushort)y) : null;
    }
}
