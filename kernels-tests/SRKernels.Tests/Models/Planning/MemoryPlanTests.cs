using System.Globalization;
using System.Text.RegularExpressions;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Models.Planning;
using SRKernels.Runtime;
using SRKernels.Tests.Cli;
using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models.Planning;

/// <summary>
/// A process of its own for each picture: its real peak is at most the plan that it prints, the plan at most <c>--max-memory</c> and 1.3 times the peak (cases.md, 8).
/// </summary>
public sealed partial class MemoryPlanTests : IDisposable
{
    private const double Most = 1.3;
    private const long SparedByCache = 100;
    private static readonly bool s_isLong = string.Equals(Environment.GetEnvironmentVariable("SRKERNELS_LONG"), "1", StringComparison.Ordinal);
    private readonly Srk _srk = new();

    public void Dispose() => _srk.Dispose();

    /// <summary>
    /// Width, height, layout, bits, name of the result, options; with <c>SRKERNELS_LONG=1</c> the sizes that take minutes. A result named <c>-</c> goes to
    /// stdout; a picture of JPEG and a true picture to compare with come from the options.
    /// </summary>
    public static TheoryData<int, int, PixelLayout, int, string, string> Pictures()
    {
        var data = new TheoryData<int, int, PixelLayout, int, string, string>
        {
            { 16, 16, PixelLayout.Rgb, 8, "out.png", "--steps 2" },
            { 96, 64, PixelLayout.Rgba, 16, "out.png", "--steps 2 --tile 64 --overlap 0" },
            { 60, 60, PixelLayout.Grey, 16, "out.png", "--steps 2 --max-memory 130M" },
            // Rows, canvas, alpha and the picture itself, where the networks are next to nothing.
            { 1600, 32, PixelLayout.Rgba, 16, "out.png", "--model miniature.safetensors --tile 32 --overlap 0" },
            { 1600, 32, PixelLayout.GreyAlpha, 8, "out.png", "--model miniature.safetensors --tile 32 --overlap 0 --max-memory 85M" },
            { 400, 160, PixelLayout.Rgb, 8, "out.jpg", "--model miniature.safetensors --tile 32 --overlap 0" },
            // What is held whole: to be sent, made fit for JPEG, or compared.
            { 640, 160, PixelLayout.Rgba, 16, "-", "--model miniature.safetensors --tile 32 --overlap 0" },
            { 640, 160, PixelLayout.Rgba, 16, "out.jpg", "--model miniature.safetensors --tile 32 --overlap 0" },
            { 640, 160, PixelLayout.Rgb, 8, "out.png", "--model miniature.safetensors --tile 32 --overlap 0 --compare truth.png" },
            { 640, 160, PixelLayout.Grey, 16, "out.png", "--model miniature.safetensors --tile 32 --overlap 0 --compare truth.jpg --max-memory 130M" },
            // More while it is read than while it is computed: the file, its planes, the picture.
            { 3000, 2000, PixelLayout.Rgb, 8, "out.png", "--model miniature.safetensors --tile 32 --overlap 0 --dry-run in.jpg" },
        };
        if (!s_isLong) return data;
        foreach (var (layout, bits) in new[] { (PixelLayout.Rgb, 8), (PixelLayout.Rgba, 8), (PixelLayout.Grey, 8), (PixelLayout.Rgba, 16), (PixelLayout.Rgb, 16) })
        {
            data.Add(256, 256, layout, bits, "out.png", "--steps 2");
            data.Add(256, 256, layout, bits, "out.png", "--steps 2 --max-memory 400M");
            data.Add(2000, 1200, layout, bits, "out.png", "--model miniature.safetensors --tile 128");
        }

        data.Add(768, 768, PixelLayout.Rgb, 8, "out.png", "--tile 32 --overlap 0 --steps 2");
        data.Add(768, 768, PixelLayout.Rgba, 8, "out.png", "--tile 32 --overlap 0 --steps 2");
        return data;
    }

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Section8_TheProcessStaysBelowItsPlan(int width, int height, PixelLayout layout, int bits, string result, string options)
    {
        Assert.SkipUnless(PeakMemory.IsTold, "the system does not tell the most memory that a process had");
        string[] parts = options.Split(' ');
        if (parts.FirstOrDefault(part => part.StartsWith("truth.", StringComparison.Ordinal)) is { } truth) Pattern(4 * width, 4 * height, PixelLayout.Rgb, 8, truth);
        var isJpeg = parts[^1] == "in.jpg";
        if (isJpeg) Pattern(width, height, layout, bits, "in.jpg");
        var (plan, peak) = Run(width, height, layout, bits, ["-o", result, "--device", "cpu", .. parts], isJpeg ? "" : "in.png");
        var limit = LimitOf(options);
        Assert.True(peak <= plan.Total && plan.Total <= limit, $"peak {peak} MiB, planned {plan.Text}, allowed {limit}");
        Assert.True(plan.Total <= Most * peak, $"peak {peak} MiB, planned {plan.Text}: more than {Most} times");
    }

    /// <summary>
    /// On a driver in this process, whose compiler is a part of the plan with a name of its own. PoCL 3.1 took 480 MiB of 512 planned with an empty cache and
    /// 343 with a full one, which the plan cannot know of: <see cref="SparedByCache"/> is what it may leave unused beyond the bound that holds everywhere.
    /// </summary>
    [OpenClFact]
    public void Section8_TheProcessStaysBelowItsPlan_OnOpenCl()
    {
        Assert.SkipUnless(PeakMemory.IsTold, "the system does not tell the most memory that a process had");
        var (plan, peak) = Run(64, 32, PixelLayout.Rgb, 8, ["-o", "out.png", "--device", "opencl:0", "--steps", "2"]);
        Assert.True(peak <= plan.Total, $"peak {peak} MiB, planned {plan.Text}");
        Assert.True(plan.Total <= (Most * peak) + SparedByCache, $"peak {peak} MiB, planned {plan.Text}: more than {Most} times and {SparedByCache} MiB");
        if (!s_isLong || !OperatingSystem.IsLinux()) return;
        var cold = PeakMemory.Of(
            "sh", ["-c", "POCL_CACHE_DIR=$PWD/cache exec dotnet exec \"$0\" upscale in.png -o cold.png --device opencl:0 --steps 2", Srk.Program], _srk.Folder);
        Assert.True(cold.ExitCode == 0, cold.Text);
        peak = (cold.Bytes + (1 << 20) - 1) >> 20;
        Assert.True(peak <= plan.Total && plan.Total <= Most * peak, $"peak {peak} MiB with an empty cache, planned {plan.Text}");
    }

    /// <summary>Cases.md, 8: in a group of the planned size the run ends well.</summary>
    [Fact]
    public void Section8_AMemoryGroupOfThePlannedSizeIsEnough()
    {
        const string Root = "/sys/fs/cgroup/memory";
        Assert.SkipUnless(File.Exists($"{Root}/memory.limit_in_bytes") && Environment.UserName == "root", "not root, or no memory groups of version 1 to make one in");
        var group = $"{Root}/srk-test-{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(group);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"no memory group can be made: {e.Message}");
        }

        try
        {
            const int Allowed = 90;
            Prepare(768, 32, PixelLayout.Rgba, 8);
            File.WriteAllText($"{group}/memory.limit_in_bytes", $"{Allowed << 20}");
            var run = PeakMemory.Of(
                "sh",
                ["-c", $"echo $$ > {group}/cgroup.procs && exec dotnet exec \"$0\" upscale in.png -o out.png --device cpu --model miniature.safetensors --max-memory {Allowed}M", Srk.Program],
                _srk.Folder);
            Assert.True(run.ExitCode == 0, run.Text);
        }
        finally
        {
            Directory.Delete(group);
        }
    }

    /// <summary>Cases.md, 8: what is too little is said before anything is computed.</summary>
    [Fact]
    public void Section8_TooLittleIsSaidAtOnce()
    {
        _srk.Picture("in.png", 64, 64);
        var run = _srk.Run("upscale", "in.png", "-o", "out.png", "--device", "cpu", "--max-memory", "60M");
        Assert.True(run.ExitCode == 1, run.ToString());
        Assert.Contains("--max-memory", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("GFLOP", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void TilesDoNotDependOnThreads()
    {
        using var one = SuperResolver.LoadShipped(threads: 1);
        using var many = SuperResolver.LoadShipped(threads: 12);
        for (var megabytes = 110; megabytes < 260; megabytes += 10)
        {
            var options = new UpscaleOptions { MaxMemoryBytes = (long)megabytes << 20 };
            var (few, more) = (one.Plan(500, 400, options), many.Plan(500, 400, options));
            Assert.Equal((few.TileWidth, few.TileHeight, few.Tiles), (more.TileWidth, more.TileHeight, more.Tiles));
            Assert.True(few.TotalBytes <= more.TotalBytes && more.TotalBytes <= options.MaxMemoryBytes, $"{few} and {more}");
        }
    }

    /// <summary>The issue's picture: 12,000 x 9,000 to 48,000 x 36,000 within 2 GiB, by rows; whole it is refused at once (cases.md, 9).</summary>
    [Fact]
    public void Section9_AGiantPictureIsPlannedByRows()
    {
        using var resolver = SuperResolver.LoadShipped(threads: 2);
        var options = new UpscaleOptions { MaxMemoryBytes = 2L << 30 };
        var giant = new Image(12_000, 9_000, PixelLayout.Rgb);
        var plan = resolver.Plan(giant, options, ResultForm.Rows);
        Assert.True(plan.TotalBytes <= options.MaxMemoryBytes, plan.ToString());
        var error = Assert.Throws<SrkException>(() => resolver.Plan(giant, options, ResultForm.Whole));
        Assert.Contains("PNG", error.Message, StringComparison.Ordinal);
    }

    private (Plan Plan, long Peak) Run(int width, int height, PixelLayout layout, int bits, string[] arguments, string input = "in.png")
    {
        Prepare(width, height, layout, bits);
        var run = PeakMemory.Of("dotnet", ["exec", Srk.Program, "upscale", .. input.Length == 0 ? arguments : [input, .. arguments]], _srk.Folder);
        Assert.True(run.ExitCode == 0, run.Text);
        var parts = PlanLine().Match(run.Text);
        Assert.True(parts.Success, run.Text);
        return (new Plan(long.Parse(parts.Groups[1].Value, CultureInfo.InvariantCulture), parts.Value), (run.Bytes + (1 << 20) - 1) >> 20);
    }

    private void Prepare(int width, int height, PixelLayout layout, int bits)
    {
        MiniatureModel.Write(_srk.PathOf("miniature.safetensors"));
        Pattern(width, height, layout, bits, "in.png");
    }

    private void Pattern(int width, int height, PixelLayout layout, int bits, string name)
    {
        var image = new Image(width, height, layout, bits);
        for (var i = 0; i < image.Width * image.Height * image.Channels; i++)
            if (bits == 8) image.Samples8[i] = (byte)((i * 7) + (i / 31));
            else image.Samples16[i] = (ushort)((i * 263) + (i / 31));
        ImageCodecs.Write(image, _srk.PathOf(name));
    }

    private static long LimitOf(string options) =>
        Regex.Match(options, @"--max-memory (\d+)M") is { Success: true } limit ? long.Parse(limit.Groups[1].Value, CultureInfo.InvariantCulture) : long.MaxValue;

    [GeneratedRegex(@"(\d+) MiB: process \d+, (?:driver \d+, )?weights [^;]*")]
    private static partial Regex PlanLine();

    private sealed record Plan(long Total, string Text);
}
