using SRKernels.Runtime;

namespace SRKernels.Models.Imaging;

/// <summary>The mask of what is to be made up in a picture: white there, black where the picture is known.</summary>
internal static class PictureMask
{
    /// <summary>Checks that a mask is there where the model wants one and only there, and that it is the picture's; any picture will do, by its luminance.</summary>
    /// <param name="model">What runs.</param>
    /// <param name="picture">What is to be made up in part.</param>
    /// <param name="mask">What was given for it, or null.</param>
    /// <param name="ignoresAlpha">As upstream does; else what is transparent counts as black.</param>
    /// <returns>Grey, or null where the model takes none.</returns>
    /// <exception cref="SrkException">There is one too many or too few, or it has another size.</exception>
    public static Image? Of(ModelDescription model, Image picture, Image? mask, bool ignoresAlpha)
    {
        Check(model, mask is not null);
        if (mask is null) return null;
        CheckSize("mask", picture, mask);
        return mask.Layout == PixelLayout.Grey ? mask : Luminance(mask, ignoresAlpha);
    }

    /// <summary>Checks that there is a mask where the model wants one, and only there.</summary>
    /// <exception cref="SrkException">There is one too many or too few.</exception>
    public static void Check(ModelDescription model, bool isGiven)
    {
        if (model.TakesMask == isGiven) return;
        throw model.TakesMask
            ? new SrkException($"model '{model.Task}'", "a mask of what is to be made up", "none", "give one with --mask")
            : new SrkException($"model '{model.Task}'", "no mask", "one", "leave --mask out, or load an inpainting model");
    }

    /// <summary>Checks that a mask is of its picture's size.</summary>
    /// <param name="who">The mask, for the error.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="mask">The mask.</param>
    /// <exception cref="SrkException">It has another size.</exception>
    public static void CheckSize(string who, Image picture, Image mask)
    {
        if (mask.Width != picture.Width || mask.Height != picture.Height)
            throw new SrkException(who, $"a mask of {picture.Width}x{picture.Height} like the picture", $"{mask.Width}x{mask.Height}", "scale or cut the mask");
    }

    private static Image Luminance(Image mask, bool ignoresAlpha)
    {
        var grey = new Image(mask.Width, mask.Height, PixelLayout.Grey, mask.BitDepth);
        var (channels, most) = (mask.Channels, mask.BitDepth == 8 ? byte.MaxValue : ushort.MaxValue);
        var isColour = mask.Layout is PixelLayout.Rgb or PixelLayout.Rgba;
        var hasAlpha = !ignoresAlpha && mask.Layout is (PixelLayout.GreyAlpha or PixelLayout.Rgba);
        for (var i = 0; i < mask.Width * mask.Height; i++)
        {
            var value = isColour ? GreyPicture.Luminance(At(i, 0), At(i, 1), At(i, 2)) : At(i, 0);
            // What is drawn in white on nothing is white on black, whatever colour the nothing has.
            if (hasAlpha) value = ((value * At(i, channels - 1)) + (most / 2)) / most;
            if (mask.BitDepth == 8) grey.Samples8[i] = (byte)value;
            else grey.Samples16[i] = (ushort)value;
        }

        return grey;

        long At(int pixel, int channel) => mask.BitDepth == 8 ? mask.Samples8[(pixel * channels) + channel] : mask.Samples16[(pixel * channels) + channel];
    }
}
