namespace SRKernels.Cli;

/// <summary>
/// Lines for people, on stderr, so that stdout stays for pictures and results. One that cannot be printed is dropped: a full disk under a log
/// is no reason to lose a picture.
/// </summary>
internal static class Terminal
{
    private static readonly Lock OneLine = new();
    private static int s_progressWidth;

    /// <summary>Whether someone watches.</summary>
    public static bool IsInteractive { get; } = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";

    public static void Error(string message) => Line($"srk: {OnOneLine(message)}");

    public static void Line(string text)
    {
        lock (OneLine)
        {
            ClearProgress();
            Print(OnOneLine(text) + Environment.NewLine);
        }
    }

    /// <summary>Prints a line of a result, on stdout: names in it come from files.</summary>
    public static void Result(string text) => Console.Out.WriteLine(OnOneLine(text));

    /// <summary>Shows a line that the next one replaces.</summary>
    public static void Progress(string text)
    {
        lock (OneLine)
        {
            text = OnOneLine(text);
            Print($"\r{text.PadRight(s_progressWidth)}");
            s_progressWidth = text.Length;
        }
    }

    private static void ClearProgress()
    {
        if (s_progressWidth == 0) return;
        Print($"\r{new string(' ', s_progressWidth)}\r");
        s_progressWidth = 0;
    }

    private static void Print(string text)
    {
        // Nobody can be told where it fails, whatever the reason.
        StandardStreams.TryWriteError(text);
    }

    /// <summary>Names of files may hold anything; none of it may move the cursor.</summary>
    private static string OnOneLine(string text) => string.Create(text.Length, text, (line, from) =>
    {
        for (var i = 0; i < line.Length; i++) line[i] = char.IsControl(from[i]) ? '?' : from[i];
    });
}
