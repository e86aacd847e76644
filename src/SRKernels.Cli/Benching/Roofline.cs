using System.Globalization;
using System.Security;
using System.Text;
using SRKernels.Models.Measuring;

namespace SRKernels.Cli.Benching;

/// <summary>
/// A roofline picture (Williams, Waterman, Patterson 2009): operations a second over operations a byte, both logarithmic, under the roofs of bandwidth and arithmetic.
/// Readable on light and dark grounds.
/// </summary>
internal static class Roofline
{
    private const int MostTitle = 100;
    private const double Width = 860, Height = 560, Left = 70, Right = 210, Top = 50, Bottom = 60;
    private static readonly string[] s_shapes = ["circle", "square", "diamond", "triangle", "cross", "ring"];

    /// <summary>The picture as SVG.</summary>
    /// <param name="title">Device and precision.</param>
    /// <param name="peaks">The roofs.</param>
    /// <param name="timings">The points; ops without arithmetic are left out.</param>
    public static string Draw(string title, Peaks peaks, IReadOnlyList<OpTiming> timings)
    {
        OpTiming[] points = [.. timings.Where(t => t.Case.Flops > 0)];
        var top = Math.Max(peaks.Flops, peaks.TensorFlops);
        var (minX, maxX) = (Power(Math.Min(1, points.Select(p => p.Intensity).DefaultIfEmpty(1).Min()), -1), Power(Math.Max(1000, points.Select(p => p.Intensity).DefaultIfEmpty(1).Max()), 1));
        var (minY, maxY) = (Power(Math.Min(top / 1000, points.Select(p => p.FlopsPerSecond).DefaultIfEmpty(top).Min()), -1), Power(points.Select(p => p.FlopsPerSecond).Append(top).Max(), 1));
        double X(double intensity) => Left + ((Width - Left - Right) * Math.Log(intensity / minX) / Math.Log(maxX / minX));
        double Y(double flops) => Height - Bottom - ((Height - Top - Bottom) * Math.Log(flops / minY) / Math.Log(maxY / minY));

        var svg = new StringBuilder();
        svg.Append(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n"));
        svg.Append("<style>.ink{stroke:#222;fill:none}.text{fill:#222}.grid{stroke:#bbb;stroke-width:.5}.paper{fill:#fff}");
        svg.Append("@media (prefers-color-scheme:dark){.ink{stroke:#ddd}.text{fill:#ddd}.grid{stroke:#555}.paper{fill:#161616}}</style>\n");
        svg.Append(Invariant($"<title>{Escape(title)}</title>\n<rect class=\"paper\" width=\"{Width}\" height=\"{Height}\"/>\n"));
        // Some drivers' names are longer than the picture is wide.
        Text(svg, Left, 28, Escape(title.Length <= MostTitle ? title : $"{title[..(MostTitle - 1)]}\u2026"), 13);
        for (var x = minX; x <= maxX * 1.01; x *= 10)
        {
            Line(svg, "grid", X(x), Y(minY), X(x), Y(maxY));
            Text(svg, X(x), Height - Bottom + 18, x.ToString("G4", CultureInfo.InvariantCulture), anchor: "middle");
        }

        for (var y = minY; y <= maxY * 1.01; y *= 10)
        {
            Line(svg, "grid", X(minX), Y(y), X(maxX), Y(y));
            Text(svg, Left - 8, Y(y) + 4, (y / 1e9).ToString("G4", CultureInfo.InvariantCulture), anchor: "end");
        }

        Text(svg, (Left + Width - Right) / 2, Height - 18, "operations a byte", anchor: "middle");
        svg.Append(Invariant($"<text class=\"text\" text-anchor=\"middle\" transform=\"translate(18 {(Top + Height - Bottom) / 2:F1}) rotate(-90)\">GFLOP/s</text>\n"));
        Roof(peaks.Flops, "fp32");
        if (peaks.TensorFlops > 0) Roof(peaks.TensorFlops, "tensor cores");
        var ridge = top / peaks.BytesPerSecond;
        Line(svg, "ink", X(minX), Y(Math.Max(minY, minX * peaks.BytesPerSecond)), X(Math.Min(maxX, ridge)), Y(Math.Min(top, maxX * peaks.BytesPerSecond)), 2);
        Text(svg, X(minX) + 6, Y(Math.Max(minY, minX * peaks.BytesPerSecond)) - 22, Invariant($"{peaks.BytesPerSecond / 1e9:F0} GB/s"));

        string[] families = [.. points.Select(p => p.Case.Family).Distinct()];
        foreach (var point in points)
        {
            var family = Array.IndexOf(families, point.Case.Family);
            svg.Append(Invariant($"<g><title>{Escape(point.Case.Name)}: {point.FlopsPerSecond / 1e9:F1} GFLOP/s, {point.Seconds * 1e6:F1} us</title>"));
            Mark(svg, family, families.Length, X(point.Intensity), Y(point.FlopsPerSecond));
            svg.Append("</g>\n");
        }

        for (var i = 0; i < families.Length; i++)
        {
            Mark(svg, i, families.Length, Width - Right + 24, Top + 12 + (22 * i));
            Text(svg, Width - Right + 38, Top + 16 + (22 * i), Escape(families[i]));
        }

        return svg.Append("</svg>\n").ToString();

        void Roof(double flops, string name)
        {
            Line(svg, "ink", X(Math.Clamp(flops / peaks.BytesPerSecond, minX, maxX)), Y(flops), X(maxX), Y(flops), 2);
            Text(svg, X(maxX) - 4, Y(flops) - 6, Invariant($"{name} {flops / 1e9:F0} GFLOP/s"), anchor: "end");
        }
    }

    /// <summary>Told apart by shape as much as by colour; the hues have the same lightness on both grounds.</summary>
    private static void Mark(StringBuilder svg, int family, int families, double x, double y)
    {
        var colour = Invariant($"hsl({360.0 * family / Math.Max(1, families):F0} 65% 50%)");
        svg.Append(s_shapes[family % s_shapes.Length] switch
        {
            "square" => Invariant($"<rect x=\"{x - 4:F1}\" y=\"{y - 4:F1}\" width=\"8\" height=\"8\" fill=\"{colour}\"/>"),
            "diamond" => Invariant($"<path d=\"M{x:F1} {y - 6:F1}l6 6l-6 6l-6-6z\" fill=\"{colour}\"/>"),
            "triangle" => Invariant($"<path d=\"M{x:F1} {y - 5:F1}l6 10h-12z\" fill=\"{colour}\"/>"),
            "cross" => Invariant($"<path d=\"M{x - 5:F1} {y - 5:F1}l10 10m0-10l-10 10\" stroke=\"{colour}\" stroke-width=\"3\" fill=\"none\"/>"),
            "ring" => Invariant($"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"4.5\" stroke=\"{colour}\" stroke-width=\"2.5\" fill=\"none\"/>"),
            _ => Invariant($"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"5\" fill=\"{colour}\"/>"),
        });
    }

    private static void Line(StringBuilder svg, string style, double x1, double y1, double x2, double y2, double width = 1) =>
        svg.Append(Invariant($"<line class=\"{style}\" x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\"{(width == 1 ? "" : Invariant($" stroke-width=\"{width}\""))}/>\n"));

    private static void Text(StringBuilder svg, double x, double y, string text, int size = 12, string anchor = "start") =>
        svg.Append(Invariant($"<text class=\"text\" x=\"{x:F1}\" y=\"{y:F1}\" font-size=\"{size}\" text-anchor=\"{anchor}\">{text}</text>\n"));

    /// <summary>The power of ten at or below (-1) or at or above (1) a value.</summary>
    private static double Power(double value, int direction) => Math.Pow(10, direction < 0 ? Math.Floor(Math.Log10(value)) : Math.Ceiling(Math.Log10(value)));

    private static string Escape(string text) => SecurityElement.Escape(text);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
