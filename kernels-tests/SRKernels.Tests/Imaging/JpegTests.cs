using SRKernels.Models.Imaging;
using SRKernels.Models.Imaging.Jpeg;
using SRKernels.Tests.Fuzz;
using Xunit;

namespace SRKernels.Tests.Imaging;

/// <summary>What needs no other program: known pixels, the two bodies of the inverse DCT, round trips, metadata.</summary>
public class JpegTests
{
    [Theory]
    [InlineData(0, 128)]
    [InlineData(8, 129)]
    [InlineData(-8, 127)]
    [InlineData(800, 228)]
    [InlineData(2000, 255)]
    [InlineData(-2000, 0)]
    public void DcAlone_IsAFlatBlock(int dc, int grey)
    {
        var image = Decode(new JpegHandMade { Width = 5, Height = 3, Block = (_, _, _) => Dc((short)dc) }.Write());
        Assert.Equal((5, 3, PixelLayout.Grey), (image.Width, image.Height, image.Layout));
        Assert.Equal(Enumerable.Repeat((byte)grey, 15), image.Samples8.ToArray());
    }

    [Fact]
    public void HalvedChroma_IsATriangle()
    {
        // Cb: a block of 128 - 40, then one of 128 + 40; Y flat. Blue follows Cb: 7/8 of the way from sample centre to sample centre is 3:1 mixing.
        var file = new JpegHandMade
        {
            Width = 32,
            Height = 8,
            Jfif = true,
            Components = [(1, 2, 1), (2, 1, 1), (3, 1, 1)],
            Block = (c, x, _) => Dc((short)(c == 1 ? (x == 0 ? -320 : 320) : 0)),
        };
        var row = Decode(file.Write()).Row8(0).ToArray();
        int[] blue = [.. Enumerable.Range(0, 32).Select(x => (int)row[3 * x + 2])];
        // Cb at the border: 88, (3*88+168+2)/4 = 108, (3*168+88+1)/4 = 148, 168; blue = 128 + 1.772 (Cb - 128).
        Assert.Equal([57, 93, 163, 199], blue[14..18]);
        Assert.All(blue[..15], b => Assert.Equal(57, b));
        Assert.All(blue[17..], b => Assert.Equal(199, b));
    }

    [Theory]
    [InlineData("progressive_420_40x24")]
    [InlineData("progressive_grey_19x21")]
    [InlineData("progressive_cmyk_25x17")]
    [InlineData("progressive_restarts_33x18")]
    public void ProgressiveFiles_AreLibjpegTurbosPixels(string name) =>
        Assert.Null(JpegReference.Difference(Decode(JpegReference.File(name)), Path.Combine(JpegReference.Folder, name + ".pnm")));

    [Theory]
    [InlineData(0xC9)]
    [InlineData(0xCA)]
    public void ArithmeticFiles_AreThePixelsOfTheHuffmanFileOfTheSameCoefficients(byte marker)
    {
        foreach (var (width, height) in new[] { (1, 1), (17, 9), (33, 47) })
            foreach (var components in new (byte, int, int)[][] { [(1, 1, 1)], [(1, 2, 2), (2, 1, 1), (3, 1, 1)], [(1, 1, 2), (2, 1, 1), (3, 1, 2), (4, 1, 1)] })
                foreach (var conditioning in new[] { (0, 1, 5), (2, 5, 9), (0, 0, 1), (15, 15, 63) })
                {
                    var file = new JpegHandMade { Width = width, Height = height, Components = components, Jfif = true, RestartInterval = width % 3, QuantStep = 2 };
                    var expected = Decode(file.Write());
                    var got = Decode((file with { FrameMarker = marker, Conditioning = conditioning }).Write());
                    Assert.True(expected.Samples8.SequenceEqual(got.Samples8), $"{width} x {height}, {components.Length} components, {conditioning}");
                }
    }

    [Fact]
    public void ComponentsWhoseIdsRepeat_AreTakenInTheirOrder()
    {
        var file = new JpegHandMade { Width = 20, Height = 10, Jfif = true, Components = [(1, 2, 2), (2, 1, 1), (3, 1, 1)] };
        byte[] expected = Decode(file.Write()).Samples8.ToArray();
        Assert.Equal(expected, Decode((file with { Components = [(7, 2, 2), (7, 1, 1), (7, 1, 1)] }).Write()).Samples8.ToArray());
        Assert.Equal(expected, Decode((file with { Components = [(1, 2, 2), (2, 1, 1), (1, 1, 1)], Scans = [[0], [1], [2]] }).Write()).Samples8.ToArray());
    }

    [Fact]
    public void InverseDct_VectorAndScalarBodiesAgree()
    {
        var random = new FuzzRandom(5);
        short[] coefficients = new short[64];
        int[] quant = new int[64];
        byte[] vector = new byte[64], scalar = new byte[64];
        for (int round = 0; round < 2000; round++)
        {
            for (int i = 0; i < 64; i++)
            {
                coefficients[i] = random.OneIn(3) ? (short)(random.Below(2049) - 1024) : (short)0;
                quant[i] = 1 + random.Below(round < 1000 ? 20 : 65535);
            }

            InverseDct.TransformScalar(coefficients, quant, scalar, 8);
            InverseDct.Transform(coefficients, quant, vector, 8); // the scalar body again where there is no AVX2
            Assert.Equal(scalar, vector);
        }
    }

    [Fact]
    public void ForwardDct_VectorAndScalarBodiesAgree()
    {
        var random = new FuzzRandom(7);
        byte[] samples = new byte[64], quant = new byte[64];
        short[] vector = new short[64], scalar = new short[64];
        for (int round = 0; round < 2000; round++)
        {
            bool extreme = random.OneIn(2);
            for (int i = 0; i < 64; i++)
            {
                samples[i] = extreme ? (byte)(random.Below(2) * 255) : random.NextByte();
                quant[i] = (byte)(1 + random.Below(round < 1000 ? 3 : 255));
            }

            ForwardDct.TransformScalar(samples, 8, quant, scalar);
            ForwardDct.Transform(samples, 8, quant, vector); // the scalar body again where there is no AVX2
            Assert.Equal(scalar, vector);
        }
    }

    [Fact]
    public void InverseDct_IsTheTransform()
    {
        var random = new FuzzRandom(6);
        short[] coefficients = new short[64];
        int[] ones = [.. Enumerable.Repeat(1, 64)];
        byte[] samples = new byte[64];
        for (int round = 0; round < 100; round++)
        {
            for (int i = 0; i < 64; i++) coefficients[i] = (short)((random.Below(601) - 300) / (1 + i));
            InverseDct.Transform(coefficients, ones, samples, 8);
            for (int y = 0; y < 8; y++)
                for (int x = 0; x < 8; x++)
                {
                    double sum = 128;
                    for (int v = 0; v < 8; v++)
                        for (int u = 0; u < 8; u++)
                            sum += coefficients[v * 8 + u] * Basis(u, x) * Basis(v, y);
                    Assert.InRange(samples[y * 8 + x], Math.Clamp(sum, 0, 255) - 0.6, Math.Clamp(sum, 0, 255) + 0.6);
                }
        }

        static double Basis(int u, int x) => (u == 0 ? Math.Sqrt(0.125) : 0.5) * Math.Cos((2 * x + 1) * u * Math.PI / 16);
    }

    [Theory]
    [InlineData(PixelLayout.Grey, true, 95, 38)]
    [InlineData(PixelLayout.Rgb, true, 95, 36)]
    [InlineData(PixelLayout.Rgb, true, 100, 42)]
    [InlineData(PixelLayout.Rgb, false, 90, 30)]
    [InlineData(PixelLayout.Rgb, true, 10, 20)]
    public void RoundTrip_IsNear(PixelLayout layout, bool fullChroma, int quality, double leastPsnr)
    {
        foreach (var (width, height) in new[] { (64, 64), (33, 47), (17, 15), (1, 1), (100, 3) })
        {
            var image = Picture(width, height, layout);
            byte[] file = Encode(image, new ImageWriteOptions { JpegQuality = quality, JpegFullChroma = fullChroma });
            var back = Decode(file);
            Assert.Equal((width, height, layout), (back.Width, back.Height, back.Layout));
            double psnr = Psnr(image, back);
            Assert.True(psnr >= leastPsnr, $"{width} x {height} {layout} at quality {quality}: expected >= {leastPsnr} dB, got {psnr:F2}");
            Assert.Equal(file, Encode(image, new ImageWriteOptions { JpegQuality = quality, JpegFullChroma = fullChroma }));
        }
    }

    [Fact]
    public void Metadata_IsCarriedThrough()
    {
        // TIFF, little-endian, one entry: orientation 6.
        byte[] exif = [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];
        byte[] profile = new byte[150_000]; // three segments
        profile[1] = 2; // declares 2 << 16 bytes, the rest is padding
        "RGB "u8.CopyTo(profile.AsSpan(16));
        "acsp"u8.CopyTo(profile.AsSpan(36));
        var image = Picture(9, 5, PixelLayout.Rgb);
        image.Metadata = new ImageMetadata { Exif = exif, IccProfile = profile };

        var back = Decode(Encode(image, ImageWriteOptions.Default));
        Assert.Equal(exif, back.Metadata.Exif);
        Assert.Equal(profile, back.Metadata.IccProfile);
        Assert.Equal(6, back.Metadata.Orientation);
        Assert.Equal((5, 9), (back.Oriented().Width, back.Oriented().Height));

        var without = Decode(Encode(image, new ImageWriteOptions { KeepMetadata = false }));
        Assert.Null(without.Metadata.Exif);
        Assert.Null(without.Metadata.IccProfile);
    }

    [Fact]
    public void WhatJpegCannotHold_IsRefusedByName()
    {
        Assert.Contains("alpha", Assert.Throws<ImageException>(() => Encode(new Image(2, 2, PixelLayout.Rgba), ImageWriteOptions.Default)).Message, StringComparison.Ordinal);
        Assert.Contains("8 bits", Assert.Throws<ImageException>(() => Encode(new Image(2, 2, PixelLayout.Rgb, 16), ImageWriteOptions.Default)).Message, StringComparison.Ordinal);
        Assert.Contains("65536", Assert.Throws<ImageException>(() => Encode(new Image(65536, 1, PixelLayout.Grey), ImageWriteOptions.Default)).Message, StringComparison.Ordinal);
        Assert.Contains("quality", Assert.Throws<ImageException>(() => Encode(new Image(2, 2, PixelLayout.Rgb), new ImageWriteOptions { JpegQuality = 0 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void StreamsThatGiveFewBytesAtATime_ReadTheSame()
    {
        byte[] file = Encode(Picture(50, 40, PixelLayout.Rgb), ImageWriteOptions.Default);
        var expected = Decode(file);
        var image = new JpegCodec().Decode(new TricklingStream(file), ImageLimits.Default, "trickle");
        Assert.Equal(expected.Samples8.ToArray(), image.Samples8.ToArray());
    }

    internal static Image Decode(byte[] file) => new JpegCodec().Decode(new MemoryStream(file), ImageLimits.Default, "test.jpg");

    internal static byte[] Encode(Image image, ImageWriteOptions options)
    {
        var stream = new MemoryStream();
        new JpegCodec().Encode(image, stream, options);
        return stream.ToArray();
    }

    /// <summary>Smooth colours with an edge.</summary>
    internal static Image Picture(int width, int height, PixelLayout layout)
    {
        var image = new Image(width, height, layout);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < image.Channels; c++)
                {
                    double value = 128 + 90 * Math.Sin(0.11 * x + 0.07 * y * (c + 1) + c) + (2 * x > width + y ? 25 : -15);
                    image.Samples8[(y * width + x) * image.Channels + c] = (byte)Math.Clamp(value, 0, 255);
                }

        return image;
    }

    internal static short[] Dc(short value)
    {
        short[] block = new short[64];
        block[0] = value;
        return block;
    }

    /// <summary>Small enough for steps beyond 255.</summary>
    internal static short[] FewCoefficients(int component, int x, int y)
    {
        short[] block = Dc((short)((x + y + component) % 5 - 2));
        block[1] = (short)(x % 2);
        block[8] = (short)(y % 2);
        return block;
    }

    private static double Psnr(Image a, Image b)
    {
        double sum = 0;
        for (int i = 0; i < a.Samples8.Length; i++) sum += Math.Pow(a.Samples8[i] - b.Samples8[i], 2);
        return 10 * Math.Log10(255 * 255 * a.Samples8.Length / Math.Max(sum, 1e-9));
    }

    private sealed class TricklingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 7)]);
    }
}
