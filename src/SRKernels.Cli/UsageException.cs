using SRKernels.Runtime;

namespace SRKernels.Cli;

/// <summary>The user typed something that cannot be meant.</summary>
internal sealed class UsageException(string who, string expected, string got, string remedy = "see 'srk --help'")
    : SrkException(who, expected, got, remedy);
