using SRKernels.Models.Imaging;

namespace SRKernels.Tests.Imaging;

/// <summary>Pixels that another decoder gave, as binary PNM, and the files in JpegFiles that come with them.</summary>
internal static class JpegReference
{
    public static string Folder { get; } = Path.Combine(JpegPillowFactAttribute.Root, "kernels-tests", "SRKernels.Tests", "Imaging", "JpegFiles");

    public static byte[] File(string name) => System.IO.File.ReadAllBytes(Path.Combine(Folder, name + ".jpg"));

    /// <summary>Null where every sample is equal to the file's, else what differs.</summary>
    public static string? Difference(Image image, string pnmFile)
    {
        byte[] pnm = System.IO.File.ReadAllBytes(pnmFile);
        // P5 or P6, width, height, 255, each behind one white space.
        int at = 0;
        string Word()
        {
            int start = at;
            while (pnm[at] > ' ') at++;
            return System.Text.Encoding.ASCII.GetString(pnm, start, at++ - start);
        }

        int channels = Word() is "P5" ? 1 : 3;
        int width = int.Parse(Word()), height = int.Parse(Word());
        Word();
        if ((width, height, channels) != (image.Width, image.Height, image.Channels))
            return $"expected {width} x {height} x {channels}, got {image.Width} x {image.Height} x {image.Channels}";
        var expected = pnm.AsSpan(at);
        int differing = 0, worst = 0, first = -1;
        for (int i = 0; i < expected.Length; i++)
        {
            int gap = Math.Abs(expected[i] - image.Samples8[i]);
            if (gap == 0) continue;
            if (first < 0) first = i;
            differing++;
            worst = Math.Max(worst, gap);
        }

        if (differing == 0) return null;
        int pixel = first / channels;
        return $"{differing} of {expected.Length} samples differ, by {worst} at most; the first at ({pixel % width}, {pixel / width}) " +
               $"channel {first % channels}: expected {expected[first]}, got {image.Samples8[first]}";
    }
}
