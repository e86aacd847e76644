using System.Buffers.Binary;
using System.Text;
using SRKernels.Models.Imaging;
using SRKernels.Models.Imaging.Jpeg;
using SRKernels.Tests.Imaging.Png;
using Xunit;

namespace SRKernels.Tests.Imaging;

/// <summary>What files carry beside pixels and profile comes along, between PNG and JPEG as far as both have a place for it.</summary>
public class MetadataTests
{
    private static readonly byte[] Xmp = Encoding.UTF8.GetBytes("<x:xmpmeta><rdf:Description tiff:Orientation=\"6\" dc:title=\"Jörg\"/></x:xmpmeta>");
    private static readonly ImageFormat Png = ImageCodecs.ForWriting("a.png").Format, Jpeg = ImageCodecs.ForWriting("a.jpg").Format;

    private static ImageMetadata Everything { get; } = new()
    {
        Exif = WithSizes(40, 24, bigEndian: true),
        Xmp = Xmp,
        Iptc = [0x1C, 2, 5, 0, 3, (byte)'a', (byte)'b', (byte)'c'],
        Density = new PixelDensity(300, 200, DensityUnit.Inch),
        ColourTags = new ColourTags { Gamma = [0, 1, 0x86, 0xA0], Chromaticities = [.. Enumerable.Range(0, 32).Select(i => (byte)i)], Srgb = [1], CodePoints = [9, 16, 0, 1] },
        Texts =
        [
            new ImageText(ImageText.Comment, "grüße"), new ImageText(ImageText.Comment, "日本"), new ImageText("Title", new string('x', 5000)),
            new ImageText("Author", "Jörg") { Language = "de", TranslatedKeyword = "Verfasser" },
        ],
    };

    [Fact]
    public void PngToPng_IsCarriedUnchanged()
    {
        var back = Through("a.png", Everything);
        Assert.Equal(Xmp, back.Xmp);
        Assert.Equal(new PixelDensity(11811, 7874, DensityUnit.Metre), back.Density);
        Assert.Equal(Everything.ColourTags!.Gamma, back.ColourTags!.Gamma);
        Assert.Equal(Everything.ColourTags.Chromaticities, back.ColourTags.Chromaticities);
        Assert.Equal(Everything.ColourTags.Srgb, back.ColourTags.Srgb);
        Assert.Equal(Everything.ColourTags.CodePoints, back.ColourTags.CodePoints);
        Assert.Equal(Everything.Texts, back.Texts);
        Assert.Null(back.Iptc);
        Assert.Empty(back.Dropped);
        Assert.Equal(["IPTC"], MetadataFit.Losses(Everything, Png));
        // What lies in the file does so again after another round.
        Assert.Equal(back.Density, Through("a.png", back).Density);
    }

    [Fact]
    public void JpegToJpeg_AndBetweenBoth()
    {
        var back = Through("a.jpg", Everything);
        Assert.Equal(Xmp, back.Xmp);
        Assert.Equal(Everything.Iptc, back.Iptc);
        Assert.Equal(Everything.Density, back.Density);
        Assert.Equal(["grüße", "日本"], back.Texts.Select(text => text.Text));
        Assert.All(back.Texts, text => Assert.Equal(ImageText.Comment, text.Keyword));
        Assert.Empty(back.Dropped);
        Assert.Equal(
            ["cICP, sRGB, gAMA, cHRM (colours that are not sRGB will look different)", "PNG texts other than a comment"], MetadataFit.Losses(Everything, Jpeg));
        var again = Through("a.jpg", Through("a.png", back));
        Assert.Equal((back.Density, back.Xmp!.Length), (again.Density, again.Xmp!.Length));
        Assert.Equal(back.Texts, again.Texts);
    }

    [Theory]
    [InlineData(11811, DensityUnit.Metre, 1, 300)]
    [InlineData(2835, DensityUnit.Metre, 1, 72)]
    [InlineData(5000, DensityUnit.Metre, 1, 127)]
    [InlineData(5300, DensityUnit.Metre, 2, 53)]
    [InlineData(96, DensityUnit.Inch, 1, 96)]
    [InlineData(118, DensityUnit.Centimetre, 2, 118)]
    [InlineData(7, DensityUnit.None, 0, 7)]
    [InlineData(131070, DensityUnit.None, 0, 65535)]
    public void DensitiesAreWhatJfifCanSay(double density, DensityUnit unit, byte units, int number) =>
        Assert.Equal((units, (ushort)number, (ushort)number), new PixelDensity(density, density, unit).ForJfif());

    [Fact]
    public void ADensityThatDoesNotFitIsTold()
    {
        var dense = ImageMetadata.Empty with { Density = new PixelDensity(70_000, 70_000, DensityUnit.Inch) };
        Assert.Equal(["the density"], MetadataFit.Losses(dense, Jpeg));
        Assert.Empty(MetadataFit.Losses(dense, Png));
        Assert.Null(Through("a.jpg", dense).Density);
    }

    /// <summary>What is none of its kind is told and not handed on.</summary>
    [Fact]
    public void WhatIsNotWhatItSays_IsDropped()
    {
        var intent = Through("a.png", ImageMetadata.Empty with { ColourTags = new ColourTags { Srgb = [9] } });
        Assert.Null(intent.ColourTags?.Srgb);
        Assert.Equal(["sRGB: expected a rendering intent of 0 to 3, got 9"], intent.Dropped);
        var exif = Through("a.jpg", ImageMetadata.Empty with { Exif = [(byte)'M', (byte)'M', 0, 0xC2, 0, 0, 0, 8, 0, 0] });
        Assert.Null(exif.Exif);
        Assert.Equal(["EXIF: not a TIFF block"], exif.Dropped);
    }

    /// <summary>A JPEG without a word is taken for sRGB, and a profile says more than gAMA and cHRM.</summary>
    [Fact]
    public void ColourTagsAreMissedOnlyWhereTheyCount()
    {
        var gamma = ImageMetadata.Empty with { ColourTags = new ColourTags { Gamma = [0, 1, 0x86, 0xA0] } };
        Assert.Single(MetadataFit.Losses(gamma, Jpeg));
        Assert.Empty(MetadataFit.Losses(gamma with { IccProfile = TestMetadata.Profile("RGB ") }, Jpeg));
        Assert.Empty(MetadataFit.Losses(gamma with { ColourTags = gamma.ColourTags with { Srgb = [0] } }, Jpeg));
    }

    [Fact]
    public void TheSamePrintSize_IsAHigherDensity()
    {
        var metadata = Everything.WithDensityTimes(4);
        Assert.Equal(new PixelDensity(1200, 800, DensityUnit.Inch), metadata.Density);
        Assert.Equal(288u, BinaryPrimitives.ReadUInt32BigEndian(metadata.Exif.AsSpan(metadata.Exif!.Length - 8)));
        // No room above it: below the line, then.
        byte[] full = WithSizes(4, 4, bigEndian: false);
        full.AsSpan(full.Length - 8, 8).Fill(0xFF);
        byte[] result = (ImageMetadata.Empty with { Exif = full }).WithDensityTimes(4).Exif!;
        Assert.Equal((uint.MaxValue, uint.MaxValue / 4), (BinaryPrimitives.ReadUInt32LittleEndian(result.AsSpan(result.Length - 8)),
            BinaryPrimitives.ReadUInt32LittleEndian(result.AsSpan(result.Length - 4))));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ExifSizesBecomeThoseOfThePicture(bool bigEndian)
    {
        foreach (string name in new[] { "a.png", "a.jpg" })
        {
            var back = Through(name, new ImageMetadata { Exif = WithSizes(40, 24, bigEndian) });
            Assert.Equal(WithSizes(9, 5, bigEndian), back.Exif);
        }

        // A SHORT that is too small becomes a LONG.
        Assert.Equal(WithSizes(70_000, 5, bigEndian), ExifSizes.WithSize(WithSizes(40, 24, bigEndian), 70_000, 5));
    }

    [Theory]
    [InlineData("a tiff:Orientation=\"6\" b", 6)]
    [InlineData("tiff:Orientation = '3'", 3)]
    [InlineData("<tiff:Orientation> 8 </tiff:Orientation>", 8)]
    [InlineData("tiff:Orientation tiff:Orientation='5'", 5)]
    [InlineData("tiff:Orientation=\"9\"", 1)]
    [InlineData("tiff:Orientation=\"66\"", 1)]
    [InlineData("tiff:Orientation=", 1)]
    [InlineData("tiff:Orientation", 1)]
    [InlineData("tiff:Orientation=\"6", 1)]
    [InlineData("", 1)]
    public void OrientationOfXmp(string xmp, int expected)
    {
        byte[] packet = Encoding.UTF8.GetBytes(xmp);
        Assert.Equal(expected, XmpOrientation.Read(packet));
        byte[] upright = XmpOrientation.WithOrientationOne(packet);
        Assert.Equal(1, XmpOrientation.Read(upright));
        Assert.Equal(packet.Length, upright.Length);
    }

    [Fact]
    public void XmpTurnsWhereExifSaysNothing_AndOnce()
    {
        var image = ImageAssert.Pattern(9, 5, PixelLayout.Rgb);
        image.Metadata = new ImageMetadata { Xmp = Xmp };
        var turned = image.Oriented();
        Assert.Equal((5, 9, 1), (turned.Width, turned.Height, turned.Metadata.Orientation));
        Assert.Equal((5, 9), (turned.Oriented().Width, turned.Oriented().Height));
        ImageAssert.Same(ImageOrientation.Apply(image, 6), turned);

        image.Metadata = new ImageMetadata { Xmp = Xmp, Exif = TestMetadata.Exif(3) };
        turned = image.Oriented();
        ImageAssert.Same(ImageOrientation.Apply(image, 3), turned);
        Assert.Equal(1, XmpOrientation.Read(turned.Metadata.Xmp));
        image.Metadata = new ImageMetadata { Xmp = Xmp, Exif = WithSizes(1, 1, false) };
        Assert.Equal((6, 5), (image.Metadata.Orientation, image.Oriented().Width));
    }

    [Fact]
    public void Strip_LeavesTheProfile()
    {
        foreach (string name in new[] { "a.png", "a.jpg" })
        {
            var back = Through(name, Everything with { IccProfile = TestMetadata.Profile("RGB ") }, new ImageWriteOptions { StripMetadata = true });
            Assert.NotNull(back.IccProfile);
            Assert.Equal((null, null, null, null, null), (back.Exif, back.Xmp, back.Iptc, back.Density, back.ColourTags));
            Assert.Empty(back.Texts);
        }

        Assert.Empty(MetadataFit.Losses(Everything, Jpeg, profileOnly: true));
        Assert.Empty(MetadataFit.Losses(Everything, Png, profileOnly: true));
    }

    [Fact]
    public void TheProgramThatWroteTheSourceIsNotCarried()
    {
        byte[] file = PngWriter.Make(2, 2, 8, 0, false, (x, y, c) => x, PngWriter.Chunk("tEXt", [.. "Software\0another"u8]));
        Assert.Empty(ImageCodecs.Decode(file).Metadata.Texts);
    }

    [Fact]
    public void WhatAJpegSegmentCannotHoldIsTold()
    {
        var large = new ImageMetadata
        {
            Exif = [.. "II*\0"u8, .. new byte[70_000]], Xmp = new byte[70_000], Iptc = new byte[70_000], IccProfile = new byte[17 << 20],
            Texts = [new ImageText(ImageText.Comment, new string('x', 70_000))],
        };
        Assert.Equal(5, MetadataFit.Losses(large, Jpeg).Count);
        var image = new Image(1, 1, PixelLayout.Rgb) { Metadata = large };
        Assert.InRange(JpegTests.Encode(image, ImageWriteOptions.Default).Length, 100, 2000);
    }

    [Fact]
    public void DamagedPartsAreDroppedWithAReason()
    {
        string Reason(params byte[][] chunks)
        {
            var metadata = ImageCodecs.Decode(PngWriter.Make(2, 2, 8, 0, false, (x, y, c) => x, chunks), new ImageLimits { MaxMetadataBytes = 1000 }).Metadata;
            Assert.Equal(new ImageMetadata { Texts = metadata.Texts, Dropped = metadata.Dropped }, metadata);
            return string.Join("; ", metadata.Dropped);
        }

        Assert.Equal("gAMA: expected 4 bytes, got 3", Reason(PngWriter.Chunk("gAMA", 1, 2, 3)));
        Assert.Equal("pHYs: expected a density, got 0 x 1, unit 1", Reason(PngWriter.Chunk("pHYs", 0, 0, 0, 0, 0, 0, 0, 1, 1)));
        Assert.Equal("tEXt: no keyword", Reason(PngWriter.Chunk("tEXt", [.. "word"u8])));
        Assert.Equal("zTXt: expected compression method 0", Reason(PngWriter.Chunk("zTXt", [.. "a\0\u0001"u8])));
        Assert.Equal("zTXt: damaged compressed data", Reason(PngWriter.Chunk("zTXt", [.. "a\0\0abc"u8])));
        Assert.Equal("iTXt: not a text", Reason(PngWriter.Chunk("iTXt", [.. "a\0\0\0de"u8]), PngWriter.Chunk("iTXt", [.. "a\0"u8]), PngWriter.Chunk("iTXt", [.. "a\0\u0002\0\0\0"u8])));
        Assert.Equal("iTXt: not UTF-8", Reason(PngWriter.Chunk("iTXt", [.. "a\0\0\0\0\0"u8, 0xFF])));
        Assert.Equal("tEXt: longer than ImageLimits.MaxMetadataBytes", Reason(PngWriter.Chunk("tEXt", [.. "a\0"u8, .. new byte[1000]])));
        Assert.Equal("tEXt: the texts are longer than ImageLimits.MaxMetadataBytes",
            Reason(PngWriter.Chunk("tEXt", [.. "a\0"u8, .. new byte[900]]), PngWriter.Chunk("tEXt", [.. "a\0"u8, .. new byte[101]])));
        byte[][] many = [.. Enumerable.Repeat(PngWriter.Chunk("tEXt", [.. "a\0"u8]), 1100)];
        Assert.Equal("tEXt: more than 1000 texts", Reason(many));
    }

    private static ImageMetadata Through(string name, ImageMetadata metadata, ImageWriteOptions? options = null)
    {
        var image = new Image(9, 5, PixelLayout.Rgb) { Metadata = metadata };
        using var stream = new MemoryStream();
        ImageCodecs.ForWriting(name).Encode(image, stream, options ?? ImageWriteOptions.Default);
        return ImageCodecs.Decode(stream.ToArray()).Metadata;
    }

    // IFD0 with ImageWidth (SHORT, or LONG where it must), ImageLength, XResolution 72/1 and the Exif directory with the pixel dimensions.
    private static byte[] WithSizes(int width, int height, bool bigEndian)
    {
        using var stream = new MemoryStream();
        void U16(int v) => stream.Write(bigEndian ? [(byte)(v >> 8), (byte)v] : [(byte)v, (byte)(v >> 8)]);
        void U32(int v)
        {
            U16(bigEndian ? v >> 16 : v & 0xFFFF);
            U16(bigEndian ? v & 0xFFFF : v >> 16);
        }

        void Entry(int tag, int type, int value)
        {
            type = type == 3 && value > 65535 ? 4 : type;
            U16(tag);
            U16(type);
            U32(1);
            if (type == 3) U16(value);
            if (type == 3) U16(0);
            else U32(value);
        }

        const int inner = 8 + 2 + (4 * 12) + 4, resolution = inner + 2 + (2 * 12) + 4;
        stream.Write(bigEndian ? "MM\0*"u8 : "II*\0"u8);
        U32(8);
        U16(4);
        Entry(0x0100, 3, width);
        Entry(0x0101, 4, height);
        Entry(0x011A, 5, resolution);
        Entry(0x8769, 4, inner);
        U32(0);
        U16(2);
        Entry(0xA002, 3, width);
        Entry(0xA003, 3, height);
        U32(0);
        U32(72);
        U32(1);
        return stream.ToArray();
    }
}
