using System.Diagnostics;
using SRKernels.Models.Imaging;
using SRKernels.Tests.Processes;

namespace SRKernels.Tests.Cli;

/// <summary>The built command in a child process, and a folder to work in.</summary>
public sealed class Srk : IDisposable
{
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "srk.dll");

    public string Folder { get; } = Directory.CreateTempSubdirectory("srk-cli-").FullName;

    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Writes a small picture of a slope and gives its path.</summary>
    public string Picture(string name, int width = 16, int height = 16)
    {
        var image = new Image(width, height, PixelLayout.Rgb);
        for (var i = 0; i < image.Samples8.Length; i++) image.Samples8[i] = (byte)((i * 5) + (i / (3 * width) * 9));
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        ImageCodecs.Write(image, path);
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>The files below a folder, with <c>/</c>.</summary>
    public string[] Files(string below = "") =>
        [.. Directory.GetFiles(PathOf(below), "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(file => Path.GetRelativePath(PathOf(below), file).Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal)];

    /// <summary>Starts the command; its stdin stays open and silent.</summary>
    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Program, .. arguments])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder,
        };
        return Process.Start(start)!;
    }

    /// <summary>Runs the command in a shell's line, where <c>srk</c> stands for it.</summary>
    internal ProcessResult Shell(string line) =>
        ChildProcess.Run("bash", ["-c", $"srk() {{ dotnet exec '{Program}' \"$@\"; }}\n{line}"], folder: Folder);

    internal ProcessResult Run(params string[] arguments) => ChildProcess.Run("dotnet", ["exec", Program, .. arguments], folder: Folder);

    internal ProcessResult Pipe(byte[] input, params string[] arguments) => ChildProcess.Run("dotnet", ["exec", Program, .. arguments], input, Folder);
}
