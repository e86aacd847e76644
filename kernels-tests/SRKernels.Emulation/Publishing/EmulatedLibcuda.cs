namespace SRKernels.Emulation.Publishing;

/// <summary>
/// The emulator as a native libcuda.so.1, for programs that bind the driver by its name: made once, then kept in the build's folders until a source changes.
/// It is never loaded into the test host; a child process finds it on the loader's path.
/// </summary>
internal static class EmulatedLibcuda
{
    /// <summary>The longest that a child with it may take, against one that hangs; the checks take seconds.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private static readonly NativeProject s_project = new("SRKernels.Emulation.Native");
    private static readonly Lazy<string> s_folder = new(Publish);

    /// <summary>Why it cannot be made here, or null.</summary>
    public static string? MissingReason => s_project.MissingReason;

    /// <summary>The folder to put on the loader's path, with libcuda.so.1 in it.</summary>
    public static string Folder => s_folder.Value;

    /// <summary>What the publishing printed.</summary>
    public static string PublishOutput { get; private set; } = "";

    /// <summary>Runs a program that finds this driver; <paramref name="environment"/> comes on top.</summary>
    public static (int Code, string Output, string Error) Run(
        IReadOnlyDictionary<string, string> environment, string program, params ReadOnlySpan<string> arguments) =>
        ChildProgram.Run(Limit, new Dictionary<string, string>(environment) { ["LD_LIBRARY_PATH"] = Folder }, program, arguments);

    private static string Publish()
    {
        var folder = Path.Combine(s_project.Folder, "bin", "libcuda");
        (var code, PublishOutput) = s_project.Publish(folder);
        return code == 0 ? folder : throw new InvalidOperationException($"dotnet publish of {s_project.Folder} failed:\n{PublishOutput}");
    }
}
