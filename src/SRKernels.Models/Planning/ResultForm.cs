namespace SRKernels.Models.Planning;

/// <summary>How a result leaves, which decides what of it is in memory.</summary>
public enum ResultForm
{
    /// <summary>As a picture in memory.</summary>
    Whole,

    /// <summary>Row by row into a file, while it is computed.</summary>
    Rows,
}
