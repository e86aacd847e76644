using SRKernels.Runtime;

namespace SRKernels.Models.Published.Downloading;

/// <summary>A connection that broke, or a server that cannot answer now: it may be worth another try.</summary>
/// <param name="error">What to say where no more are left.</param>
/// <param name="after">When the server wants to be asked again.</param>
internal sealed class BrokenConnectionException(SrkException error, TimeSpan? after = null) : Exception(error.Message, error)
{
    public SrkException Error => error;

    public TimeSpan? After => after;
}
