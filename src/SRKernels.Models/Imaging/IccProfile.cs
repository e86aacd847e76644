using System.Buffers.Binary;

namespace SRKernels.Models.Imaging;

/// <summary>The colour space that an ICC profile describes.</summary>
public enum IccColourSpace
{
    /// <summary>Not a profile, or a space that no pixel layout here has (Lab, XYZ, n-colour).</summary>
    Other,

    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Grey.</summary>
    Grey,

    /// <summary>Cyan, magenta, yellow, black.</summary>
    Cmyk,
}

/// <summary>The little that is read of an ICC profile: for which colours it is. Profiles are carried, never applied.</summary>
public static class IccProfile
{
    // ICC.1:2022, 7.2: a header of 128 bytes; size at 0, data colour space at 16, the signature 'acsp' at 36.
    private const int HeaderBytes = 128;

    /// <summary>The colour space in the profile's header; <see cref="IccColourSpace.Other"/> if it is no profile.</summary>
    /// <param name="profile">The profile's bytes.</param>
    public static IccColourSpace ColourSpace(ReadOnlySpan<byte> profile)
    {
        if (profile.Length < HeaderBytes || !profile.Slice(36, 4).SequenceEqual("acsp"u8))
            return IccColourSpace.Other;
        // Some writers pad the profile, so the declared size may be less than what there is; never more.
        if (BinaryPrimitives.ReadUInt32BigEndian(profile) > (uint)profile.Length)
            return IccColourSpace.Other;
        var space = profile.Slice(16, 4);
        if (space.SequenceEqual("RGB "u8))
            return IccColourSpace.Rgb;
        if (space.SequenceEqual("GRAY"u8))
            return IccColourSpace.Grey;
        return space.SequenceEqual("CMYK"u8) ? IccColourSpace.Cmyk : IccColourSpace.Other;
    }

    /// <summary>
    /// Whether the profile describes pixels of this layout. A CMYK or grey profile on RGB pixels would turn every colour wrong, so
    /// such a profile is dropped.
    /// </summary>
    /// <param name="profile">The profile's bytes.</param>
    /// <param name="layout">The pixels.</param>
    public static bool Fits(ReadOnlySpan<byte> profile, PixelLayout layout) => ColourSpace(profile) switch
    {
        IccColourSpace.Rgb => layout is PixelLayout.Rgb or PixelLayout.Rgba,
        IccColourSpace.Grey => layout is PixelLayout.Grey or PixelLayout.GreyAlpha,
        _ => false,
    };
}
