using System.ComponentModel;
using System.Runtime.CompilerServices;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Cli.Cases;

/// <summary>A test of rights, which root does not feel: it needs to be run by another user, or by root where setpriv can become one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NobodyFactAttribute : FactAttribute
{
    private const string Nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    private static readonly string? s_missing = Missing();

    public NobodyFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = s_missing;

    /// <summary>Runs the command as a user without rights of his own.</summary>
    public static ProcessResult Run(Srk srk, string arguments) =>
        srk.Shell(Environment.IsPrivilegedProcess ? $"chmod 755 .; DOTNET_EnableDiagnostics=0 {Nobody} dotnet exec '{Srk.Program}' {arguments}" : $"srk {arguments}");

    private static string? Missing()
    {
        if (OperatingSystem.IsWindows()) return "rights of Unix";
        if (!Environment.IsPrivilegedProcess) return null;
        try
        {
            var result = ChildProcess.Run("bash", ["-c", $"{Nobody} dotnet exec '{Srk.Program}' --version"]);
            return result.ExitCode == 0 ? null : $"root, and setpriv cannot run the command as nobody: {result.Error}";
        }
        catch (Win32Exception)
        {
            return "root, and no bash";
        }
    }
}
