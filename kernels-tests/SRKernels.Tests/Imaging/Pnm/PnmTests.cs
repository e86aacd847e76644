using System.Text;
using SRKernels.Models.Imaging;
using SRKernels.Tests.Fuzz;
using Xunit;
using static SRKernels.Tests.Imaging.ImageAssert;

namespace SRKernels.Tests.Imaging.Pnm;

/// <summary>All seven kinds of portable pixmaps, files made to do harm, mutants.</summary>
public class PnmTests(ITestOutputHelper output)
{
    private static readonly ImageLimits Limits = new() { MaxWidth = 4096, MaxHeight = 4096, MaxPixels = 1 << 20 };

    private static byte[] File(string text, params byte[] pixels) => [.. Encoding.Latin1.GetBytes(text), .. pixels];

    private static Image Decode(string text, params byte[] pixels) => ImageCodecs.Decode(File(text, pixels));

    private static void Check(Image image, int width, PixelLayout layout, int bits, params int[] expected)
    {
        Assert.Equal((width, layout, bits), (image.Width, image.Layout, image.BitDepth));
        Assert.Equal(expected.Length, image.Width * image.Height * image.Channels);
        Samples(image, (x, y, c) => expected[(y * image.Width + x) * image.Channels + c]);
    }

    [Fact]
    public void Plain()
    {
        Check(Decode("P1\n# a comment\n3 2\n1 0 1\n01#inside\n0"), 3, PixelLayout.Grey, 8, 0, 255, 0, 255, 0, 255);
        Check(Decode("P2 2 2 255\n0 128\n255 7\n"), 2, PixelLayout.Grey, 8, 0, 128, 255, 7);
        Check(Decode("P3\n1 2\n3\n0 1 2\n3 3 0"), 1, PixelLayout.Rgb, 8, 0, 85, 170, 255, 255, 0);
        Check(Decode("P2#c\n2 1 1000 0 1000"), 2, PixelLayout.Grey, 16, 0, 65535);
    }

    [Fact]
    public void Raw()
    {
        Check(Decode("P4\n9 2\n", 0b10100000, 0b10000000, 0xFF, 0), 9, PixelLayout.Grey, 8,
            0, 255, 0, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255);
        // The pixel after the one white space may itself look like white space or a comment.
        Check(Decode("P5 2 1 255\n", 10, 35), 2, PixelLayout.Grey, 8, 10, 35);
        Check(Decode("P6\n1 1\n65535\n", 1, 2, 3, 4, 255, 255), 1, PixelLayout.Rgb, 16, 0x0102, 0x0304, 0xFFFF);
        Check(Decode("P5 2 1 100\n", 50, 100), 2, PixelLayout.Grey, 8, 128, 255);
        Check(Decode("P5 2 1 256\n", 0, 128, 1, 0), 2, PixelLayout.Grey, 16, 32768, 65535);
    }

    /// <summary>Section 5: as many pictures as one likes may follow one another; that only the first is taken is known.</summary>
    [Theory]
    [InlineData("P5 2 1 255\nab", false)]
    [InlineData("P5 2 1 255\nabP5 2 1 255\ncd", true)]
    [InlineData("P4 8 1\naP6 1 1 255\nabc", true)]
    [InlineData("P1 2 1\n1 0\n", false)]
    [InlineData("P1 2 1\n1 0\n\nP2 1 1 9 9", true)]
    [InlineData("P5 2 1 255\nabP9", false)]
    [InlineData("P5 2 1 255\nab\n", false)]
    [InlineData("P5 2 1 255\nabjunk", false)]
    public void WhatFollowsTheFirstPictureIsKnown(string file, bool more)
    {
        Assert.Equal(more, Decode(file).Metadata.HasMorePictures);
    }

    [Fact]
    public void Arbitrary()
    {
        Check(Decode("P7\nWIDTH 1\n# c\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n", 1, 2, 3, 4), 1, PixelLayout.Rgba, 8, 1, 2, 3, 4);
        Check(Decode("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE\nENDHDR\n", 0, 1), 2, PixelLayout.Grey, 8, 0, 255);
        Check(Decode("P7\nHEIGHT 1\nWIDTH 1\nMAXVAL 65535\nDEPTH 2\nENDHDR\n", 1, 2, 3, 4), 1, PixelLayout.GreyAlpha, 16, 0x0102, 0x0304);
    }

    [Theory]
    [InlineData("P5 0 1 255\n", "header", "at least 1 x 1")]
    [InlineData("P5 1 0 255\n", "header", "at least 1 x 1")]
    [InlineData("P5 131073 1 255\n", "header", "at most")]
    [InlineData("P5 131072 131072 255\n", "header", "pixels")]
    [InlineData("P5 99999999999999999999 1 255\n", "header", "below 2^31")]
    [InlineData("P5 -1 1 255\n", "header", "decimal")]
    [InlineData("P5 1x1 255\n", "header", "white space")]
    [InlineData("P5 1 1 0\n", "header", "1 to 65535")]
    [InlineData("P5 1 1 65536\n", "header", "1 to 65535")]
    [InlineData("P5 1 1 255\n", "pixels", "end of the file")]
    [InlineData("P6 16384 16384 65535\n", "pixels", "end of the file")]
    [InlineData("P1 16384 16384\n01", "pixels", "end of the file")]
    [InlineData("P1 2 1\n12", "pixels", "digits")]
    [InlineData("P2 1 1 255\n256", "pixels", "up to 255")]
    [InlineData("P2 1 1 255\n99999999999", "pixels", "below 2^31")]
    [InlineData("P5 1 1 100\ne", "pixels", "up to 100")]
    [InlineData("P7\nENDHDR\n", "header", "DEPTH 1 to 4")]
    [InlineData("P7\nDEPTH 1\nENDHDR\n", "header", "at least 1 x 1")]
    [InlineData("P7\nDEPTH 5\nWIDTH 1\nHEIGHT 1\nMAXVAL 1\nENDHDR\n", "header", "DEPTH 1 to 4")]
    [InlineData("P7\nDEPTH 2\nTUPLTYPE RGB\nENDHDR\n", "header", "DEPTH 3")]
    [InlineData("P7\nDEPTH 1\nTUPLTYPE CMYK\nENDHDR\n", "header", "CMYK")]
    [InlineData("P7\nWIDTH 1 2\nENDHDR\n", "header", "WIDTH")]
    [InlineData("P7\nCOLOUR 1\nENDHDR\n", "header", "COLOUR")]
    [InlineData("P7 WIDTH 1\nENDHDR\n", "header", "P7 alone")]
    [InlineData("P8 1 1 255\n", "hostile", "an image")]
    [InlineData("P5x", "hostile", "an image")]
    public void Hostile(string text, string part, string noun) => Refused(File(text), part, noun);

    [Fact]
    public void EndlessHeadersAreCutOff()
    {
        Refused(File("P7\n" + new string('A', 5000)), "header", "1024");
        Refused(File("P7\n" + string.Concat(Enumerable.Repeat("# c\n", 5000))), "header", "1000 lines");
    }

    [Fact]
    public void TruncatedAtEveryByte()
    {
        foreach (byte[] file in Seeds())
            for (int length = 0; length < file.Length; length++)
            {
                byte[] cut = file[..length];
                // Text may end before its last line feed, or in the middle of the last number.
                if (file[1] is (byte)'1' or (byte)'2' or (byte)'3' && length >= file.Length - 3)
                    continue;
                Assert.Throws<ImageException>(() => ImageCodecs.Decode(cut));
                Assert.Throws<ImageException>(() => ImageCodecs.Decode(new TestMetadata.Pipe(cut)));
            }
    }

    [Fact]
    public void MutantsAreRefusedOrDecoded()
    {
        var report = MutationFuzz.Run(new FuzzTarget
        {
            Name = "PNM",
            Seeds = Seeds(),
            Load = bytes => ImageCodecs.Decode(bytes, Limits, "mutant"),
            // The file's length bounds the declared pixels here: a pixel takes at least a bit, a sample of 16 bits two bytes or characters.
            AllowedBytes = bytes => (1 << 20) + bytes.Length * 16L,
            Mutate = (random, seed) =>
            {
                // Behind the magic, so that most reach what comes after it.
                byte[] body = seed[3..];
                return [.. seed[..3], .. ByteMutations.Mutate(random, body, [body])];
            },
            StageOf = e => e.Who["mutant".Length..].TrimStart(':', ' ') is { Length: > 0 } part ? part : "magic",
        });
        output.WriteLine(report.ToString());
        Assert.True(report.Share("accepted") > 0.1, report.ToString());
        Assert.True(report.Share("PNM pixels") > 0.1, report.ToString());
    }

    private static byte[][] Seeds() =>
    [
        File("P1\n# c\n3 2\n1 0 1\n010\n"),
        File("P2 3 2 1000 0 128 255 7 1000 20\n"),
        File("P3\n2 2\n255\n0 1 2 3 4 5 6 7 8 9 10 255\n"),
        File("P4\n9 2\n", 0xA0, 0x80, 0xFF, 0),
        File("P5 3 2 100\n", 1, 2, 3, 4, 5, 100),
        File("P6\n2 1\n65535\n", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
        File("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n", 1, 2, 3, 4, 5, 6, 7, 8),
    ];
}
