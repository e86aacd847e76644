using SRKernels.Runtime;

namespace SRKernels.Models.Published.Downloading;

/// <summary>A connection that broke, or a server that cannot answer now: it may be worth another try.</summary>
/// <param name="error">What to say where no more are left.</param>
/// <param name="after">When the server wants to be asked again.</param>
/// <param name="isUnreachable">Whether none was made.</param>
internal sealed class BrokenConnectionException(SrkException error, TimeSpan? after = null, bool isUnreachable = false) : Exception(error.Message, error)
{
    public SrkException Error => error;

    public TimeSpan? After => after;

    public bool IsUnreachable => isUnreachable;
}
