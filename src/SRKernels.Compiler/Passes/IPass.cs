using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>One rewrite of a function. Its header shows the pattern before and after in IR text, and why it is legal.</summary>
internal interface IPass
{
    /// <summary>Applies the pass; true if it changed something.</summary>
    bool Run(Function f);
}
