using System.Security.Cryptography;
using SRKernels.Models.Imaging;
using Xunit;

namespace SRKernels.Tests.Imaging;

/// <summary>Files that decoders disagree about give the pixels that are right: see the README beside them.</summary>
public class ReferenceFilesTests
{
    private static readonly string Folder = Path.Combine(JpegPillowFactAttribute.Root, "kernels-tests", "SRKernels.Tests", "Imaging", "ReferenceFiles");

    [Theory]
    [InlineData("bmp-rle8-run-past-row-7x5.bmp", "f632078d0bb1d090")]
    [InlineData("bmp-rle8-run-past-row-15x17.bmp", "af49dfd3679ebd62")]
    [InlineData("jpeg-duplicate-component-ids-15x17.jpg", "8b0996aa14893dcc")]
    [InlineData("jpeg-arithmetic-sequential-15x17.jpg", "8911784a058dcc0e")]
    [InlineData("jpeg-arithmetic-progressive-33x16.jpg", "94c27f9c94c1208b")]
    [InlineData("jpeg-progressive-dc_only_2x2_17x33.jpg", "c40018ffb96b07ea")]
    [InlineData("jpeg-progressive-unfinished_1x1_17x33.jpg", "aaa16164c3373bed")]
    public void PixelsAreThoseOfTheReference(string file, string sha)
    {
        var image = Read(file);
        Assert.Equal(sha, Sha(image));
        Assert.Empty(image.Metadata.Dropped);
    }

    [Theory]
    [InlineData("png-tEXt-with-wrong-crc-7x5.png", "tEXt")]
    [InlineData("png-gAMA-with-wrong-crc-7x5.png", "gAMA")]
    [InlineData("png-iCCP-with-wrong-crc-7x5.png", "iCCP")]
    public void AnAncillaryChunkWithAWrongChecksumIsDroppedWithANote(string file, string chunk)
    {
        var image = Read(file);
        Assert.Equal("f632078d0bb1d090", Sha(image));
        Assert.Equal($"{chunk}: its checksum is wrong", Assert.Single(image.Metadata.Dropped));
        Assert.Null(image.Metadata.IccProfile);
        Assert.Null(image.Metadata.ColourTags);
        Assert.Empty(image.Metadata.Texts);
    }

    private static Image Read(string file) => ImageCodecs.Read(Path.Combine(Folder, file));

    private static string Sha(Image image)
    {
        Assert.Equal(PixelLayout.Rgb, image.Layout);
        return Convert.ToHexStringLower(SHA256.HashData(image.Samples8))[..16];
    }
}
