using SRKernels.Cli;
using SRKernels.Cli.Upscaling;
using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Models.Storage;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Cli.Cases;

/// <summary>Sections 1 to 3: originals and results lost by names. Nothing is computed: all of it is known before.</summary>
public sealed class NamesTests : IDisposable
{
    private static readonly FolderTraits s_plain = new(Locks: true, FoldsCase: false, FoldsUnicode: false);
    private readonly Srk _srk = new();

    public void Dispose() => _srk.Dispose();

    [Fact]
    public void Section1a_PicturesOfOneNameAreRefusedWithThePairAndTheOptionThatHelps()
    {
        Touch("in/a.jpg", "in/a.png", "in/a.jpg.png");
        var message = Refused("in", "out");
        Assert.Contains("'a.jpg' and 'a.png' for 'a.png'", message, StringComparison.Ordinal);
        Assert.Contains("--names full", message, StringComparison.Ordinal);
        Assert.Equal(["a.jpg.png", "a.jpg.png.png", "a.png.png"], Results("in", "out", new ResultNaming { Full = true }));
        Assert.False(Directory.Exists(_srk.PathOf("out")));
    }

    [Fact]
    public void Section1a_WhereNoOptionHelpsNoneIsNamed()
    {
        var clashes = Assert.Throws<SrkException>(() => NameClashes.Check(Jobs("a.png", "A.png"), ResultNaming.Default, s_plain with { FoldsCase = true })).Message;
        Assert.Contains("'a.png' and 'A.png'", clashes, StringComparison.Ordinal);
        Assert.Contains("rename", clashes, StringComparison.Ordinal);
        Assert.DoesNotContain("--names", clashes, StringComparison.Ordinal);
    }

    // The file system of the results decides: names that it tells apart are two.
    [Theory]
    [InlineData("A.jpg", "a.png", true, false, true)]
    [InlineData("A.jpg", "a.png", false, true, false)]
    [InlineData("caf\u00e9.png", "cafe\u0301.png", false, true, true)]
    [InlineData("caf\u00e9.png", "cafe\u0301.png", true, false, false)]
    [InlineData("CAF\u00c9.png", "cafe\u0301.png", true, true, true)]
    [InlineData("Sub/a.png", "sub/a.jpg", true, false, true)]
    [InlineData("a.png", "b.png", true, true, false)]
    public void Section1_NamesClashAsTheFileSystemTakesThem(string first, string second, bool foldsCase, bool foldsUnicode, bool clash)
    {
        var traits = new FolderTraits(true, foldsCase, foldsUnicode);
        Assert.Equal(clash ? 1 : 0, NameClashes.Find([first, second], ResultNaming.Default, traits).Count);
        Assert.Equal(0, NameClashes.Find([first, second], ResultNaming.Default, s_plain).Count(_ => !clash));
    }

    [Fact]
    public void Section1b_ANameDoesNotDependOnNeighbours()
    {
        Touch("in/a.jpg");
        var alone = Results("in", "out");
        Touch("in/b.png", "in/a.jpg.png");
        Assert.Equal("a.png", Assert.Single(alone));
        Assert.Equal(["a.png", "a.jpg.png", "b.png"], Results("in", "out"));
    }

    [Fact]
    public void Section1c_OneFileReplacesNothingWithoutOverwrite()
    {
        _srk.Picture("ow/a.jpg");
        var original = File.ReadAllBytes(_srk.Picture("ow/a.png", 8, 8));
        foreach (var output in new[] { "ow", "ow/a.png" })
        {
            var message = Refused("ow/a.jpg", output);
            Assert.Contains("which exists; add --overwrite", message, StringComparison.Ordinal);
        }

        Assert.Equal(original, File.ReadAllBytes(_srk.PathOf("ow/a.png")));
        Check(Request("ow/a.jpg", "ow/a.png") with { Overwrite = true });
        Check(Request("ow/a.jpg", "ow") with { Naming = new ResultNaming { Full = true } });
        // A folder that is to be made.
        Assert.EndsWith("new/a.png", new ResultPlaces(Request("ow/a.jpg", "new/")).List().Jobs[0].Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Section1c_TheCommandSaysSoWithOne()
    {
        _srk.Picture("a.jpg");
        var original = File.ReadAllBytes(_srk.Picture("a.png", 8, 8));
        var result = _srk.Run("upscale", "a.jpg", "-o", "a.png");
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("--overwrite", result.Error, StringComparison.Ordinal);
        Assert.Equal(original, File.ReadAllBytes(_srk.PathOf("a.png")));
    }

    [Fact]
    public void Section1d_ALinkToTheInputIsTheInput()
    {
        Touch("s.png");
        File.CreateSymbolicLink(_srk.PathOf("l.png"), "s.png");
        Directory.CreateSymbolicLink(_srk.PathOf("here"), _srk.Folder);
        var names = new List<(string, string)> { ("l.png", "s.png"), ("s.png", "l.png"), ("s.png", "here/s.png"), ("s.png", "s.png") };
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(0, _srk.Shell("ln s.png h.png").ExitCode);
            names.Add(("s.png", "h.png"));
        }

        foreach (var (input, output) in names)
        {
            foreach (var overwrite in new[] { false, true })
                Assert.EndsWith("the input itself; name another file", Refused(Request(input, output) with { Overwrite = overwrite }), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Section1e_TheFolderOfPicturesTakesResultsOnlyUnderASuffix()
    {
        Touch("in/a.png", "in/b.jpg", "in/c-x4.png");
        Directory.CreateSymbolicLink(_srk.PathOf("link"), _srk.PathOf("in"));
        foreach (var output in new[] { "in", "in/", "link" })
        {
            Assert.Contains("--suffix", Refused("in", output), StringComparison.Ordinal);
            Assert.Contains("--suffix", Refused(Request("in", output) with { Overwrite = true, Naming = new ResultNaming { Full = true } }), StringComparison.Ordinal);
            var listing = new ResultPlaces(Request("in", output) with { Naming = new ResultNaming { Suffix = "-x4" } }).List();
            Assert.Equal(["a-x4.png", "b-x4.png"], listing.Jobs.Select(job => Path.GetFileName(job.Output)));
            Assert.Single(listing.EarlierResults);
        }
    }

    [Fact]
    public void Section1f_ResultsBelowTheInputAreNoSourcesWhateverTheWayThere()
    {
        Touch("oi/in/a.png", "oi/in/out/a.png", "oi/in/out/out/a.png");
        Directory.CreateSymbolicLink(_srk.PathOf("oi/lnk"), _srk.PathOf("oi/in"));
        foreach (var output in new[] { "oi/lnk/out", "oi/in/out" })
            Assert.Equal(["a.png"], new ResultPlaces(Request("oi/in", output)).List().Jobs.Select(job => job.RelativePath));
    }

    [Fact]
    public void Section3_OddNamesComeOutAsTheyAre()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "names that only Linux takes");
        string[] names =
        [
            "\u0444\u043e\u0442\u043e.png", "\u5199\u771f.png", "a'b\".png", ";|&$.png", "-dash.png", "@x.png", "%41.png", "new\nline.png", "tab\there.png", "\ud83d\udc08.png",
            "caf\u00e9.png", "cafe\u0301.png", "trailing .png", "dots...png", "UPPER.PNG", "back\\slash.png", "CON.png",
        ];
        foreach (var name in names) _srk.Picture($"in/{name}", 4, 4);
        var result = _srk.Run("upscale", "in", "-o", "out", "--steps", "2", "--quiet");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(names.Select(name => name.Replace(".PNG", ".png", StringComparison.Ordinal)).Order(StringComparer.Ordinal), _srk.Files("out"));
        // Yesterday's seeds stay: there a backslash counts as a slash.
        var job = FolderJobs.List(_srk.PathOf("in"), null, 7).Jobs.Single(job => job.RelativePath == "back\\slash.png");
        Assert.Equal(SuperResolver.SeedFor(7, "back/slash.png"), job.Seed);
    }

    [Fact]
    public void Section2_AFolderRunRefusesWhatItsFileSystemCannotName()
    {
        var name = new string('L', 251) + ".png";
        Touch($"in/{name}");
        var places = new ResultPlaces(Request("in", "out") with { Naming = new ResultNaming { Full = true } });
        var job = Assert.Single(places.List().Jobs);
        Assert.Contains("259 bytes", Assert.Throws<SrkException>(() => places.CheckPlace(job)).Message, StringComparison.Ordinal);
    }

    private string Refused(string input, string output) => Refused(Request(input, output));

    private static string Refused(UpscaleRequest request) => Assert.Throws<SrkException>(() => Check(request)).Message;

    private static void Check(UpscaleRequest request)
    {
        var places = new ResultPlaces(request);
        var jobs = places.List().Jobs;
        if (!places.IsFolder) new ResultGate(request, jobs).CheckSingle(jobs[0]);
    }

    private string[] Results(string input, string output, ResultNaming? naming = null) =>
        [.. new ResultPlaces(Request(input, output) with { Naming = naming ?? ResultNaming.Default }).List().Jobs.Select(job => Path.GetFileName(job.Output)!)];

    private UpscaleRequest Request(string input, string output) => new() { Input = _srk.PathOf(input), Output = _srk.PathOf(output), Options = new UpscaleOptions() };

    private static UpscaleJob[] Jobs(params string[] paths) => [.. paths.Select(path => new UpscaleJob(path, null, path, 0))];

    private void Touch(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_srk.PathOf(name))!);
            File.WriteAllBytes(_srk.PathOf(name), []);
        }
    }
}
