using SRKernels.Runtime;

namespace SRKernels.Models.Imaging;

/// <summary>An image file that cannot be read or written, in four parts.</summary>
public class ImageException : SrkException
{
    /// <summary>Creates the error from its four parts.</summary>
    /// <param name="who">File, format and the part of it, for example <c>cat.png: PNG IHDR</c>.</param>
    /// <param name="expected">What would have been right.</param>
    /// <param name="got">What was found.</param>
    /// <param name="remedy">What the user can do about it.</param>
    /// <param name="inner">The cause, if another exception was.</param>
    public ImageException(string who, string expected, string got, string remedy, Exception? inner = null)
        : base(who, expected, got, remedy, inner)
    {
    }
}
