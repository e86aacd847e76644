using System.Text.Json;
using SRKernels.Models.Imaging;
using SRKernels.Models.Published;
using SRKernels.Tests.Models.Published;
using SRKernels.Tests.Models.Weights.Checkpoints;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Cli;

/// <summary><c>srk weights</c> and models by name, through the built command, from a server of the test's.</summary>
public sealed class WeightsTests(Srk srk) : IClassFixture<Srk>
{
    private const string Name = "resshift-realsr-v3", Licence = "--accept-licence";
    private static readonly string[] s_files = ["resshift_realsrx4_s4_v3.pth", "autoencoder_vq_f4.pth"];

    [Fact]
    public void AModelIsListed_Got_Used_Verified_AndRemoved()
    {
        using var server = Server();
        var listed = Done("cache", "weights");
        foreach (var expected in (string[])[Name + ", not downloaded", s_files[0], "s-lab-1.0", "non-commercial", "cc-by-nc-sa-4.0"]) Assert.Contains(expected, listed.Output, StringComparison.Ordinal);

        Fails(2, "--accept-licence where nobody can be asked", "cache", "weights", "get", Name, "--from", server.Address.AbsoluteUri);
        Assert.False(Directory.Exists(srk.PathOf("cache/resshift")));
        var got = Done("cache", "weights", "get", Name, "--from", server.Address.AbsoluteUri, Licence);
        Assert.Contains("S-Lab License 1.0", got.Error, StringComparison.Ordinal);
        Assert.Contains("https://github.com/zsyOAOA/ResShift/blob/master/LICENSE", got.Error, StringComparison.Ordinal);
        // Accepted once: nobody is asked for another file under it.
        Assert.True(Run("cache", "weights", "remove", Name).ExitCode == 0);
        Assert.DoesNotContain("License", Done("cache", "weights", "get", Name, "--from", server.Address.AbsoluteUri).Error, StringComparison.Ordinal);

        var paths = s_files.Select(file => srk.PathOf("cache/resshift/" + file)).ToArray();
        Assert.Equal(paths, Done("cache", "weights", "path", Name.ToUpperInvariant()).Output.TrimEnd('\n').Split('\n'));
        Assert.Equal(s_files.Select((file, i) => $"{DownloadFolder.Sum(Bytes(file))}  {paths[i]}"), Done("cache", "weights", "verify").Output.TrimEnd('\n').Split('\n'));
        using (var json = JsonDocument.Parse(Done("cache", "weights", "--json").Output))
        {
            var model = json.RootElement.GetProperty("models").EnumerateArray().First(model => model.GetProperty("name").GetString() == Name);
            Assert.True(model.GetProperty("downloaded").GetBoolean());
            Assert.Equal(paths, model.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("path").GetString()));
        }

        var picture = srk.Picture("named.png", 20, 12);
        Done("cache", "upscale", picture, "-o", "by-name.png", "--model", Name, "-q");
        Done("cache", "upscale", picture, "-o", "by-path.png", "--model", CheckpointFileTests.Committed(s_files[0]), "-q");
        Assert.Equal(ImageCodecs.Read(srk.PathOf("by-path.png")).Samples8.ToArray(), ImageCodecs.Read(srk.PathOf("by-name.png")).Samples8.ToArray());
        Done("cache", "convert", Name, "-o", "by-name.safetensors");
        var inspected = Done("cache", "inspect", Name).Output;
        foreach (var file in s_files) Assert.Contains(file + ": torch checkpoint", inspected, StringComparison.Ordinal);

        // A file of the name is what is meant; and what was downloaded is not what it was.
        File.WriteAllText(srk.PathOf(Name), "<html></html>");
        Fails(1, "a web page", "cache", "upscale", picture, "-o", "none.png", "--model", Name);
        File.Delete(srk.PathOf(Name));
        File.AppendAllText(paths[1], "more");
        Fails(1, "it was changed or damaged", "cache", "upscale", picture, "-o", "none.png", "--model", Name);
        Fails(1, "it was changed or damaged", "cache", "weights", "verify", Name);
    }

    [Fact]
    public void WhatAnotherModelNeedsIsNotRemoved()
    {
        var (v3, bicsr) = (PublishedModel.Find(Name)!, PublishedModel.Find("resshift-bicsr")!);
        var cache = new WeightCache(srk.PathOf("two"));
        Directory.CreateDirectory(Path.GetDirectoryName(cache.PathOf(v3.Main))!);
        foreach (var file in v3.Files.Concat(bicsr.Files).Distinct()) File.WriteAllText(cache.PathOf(file), "weights");
        Assert.Contains("kept, resshift-bicsr needs it", Done("two", "weights", "remove", Name).Output, StringComparison.Ordinal);
        Assert.False(File.Exists(cache.PathOf(v3.Main)));
        Assert.True(cache.Has(bicsr));
        Done("two", "weights", "remove", "resshift-bicsr");
        Assert.Empty(srk.Files("two"));
    }

    [Fact]
    public void TheProxyOfTheEnvironmentIsUsed()
    {
        using var proxy = new RawServer((request, answer) => answer.FileAsync(Bytes(Path.GetFileName(request.Path)), request, "\"a\""));
        var got = srk.Shell($"unset no_proxy NO_PROXY all_proxy ALL_PROXY; export SRKERNELS_WEIGHTS=proxied http_proxy={proxy.Address}; srk weights get {Name} --from http://weights.invalid/there {Licence} -q");
        Assert.True(got.ExitCode == 0, got.ToString());
        Assert.Equal(s_files.Select(file => "http://weights.invalid/there/" + file), proxy.Requests.Select(request => request.Path));
    }

    [Theory]
    [InlineData(1, "download it with 'srk weights get sinsr-v1'", "upscale", "a.png", "-o", "b.png", "--model", "sinsr-v1")]
    [InlineData(1, "download it with 'srk weights get sinsr-v1'", "inspect", "sinsr-v1")]
    [InlineData(1, "download it with 'srk weights get sinsr-v1'", "convert", "sinsr-v1", "-o", "x.safetensors")]
    [InlineData(1, "download it with 'srk weights get sinsr-v1'", "weights", "path", "sinsr-v1")]
    [InlineData(1, "'sinsr-v9', which is neither", "upscale", "a.png", "-o", "b.png", "--model", "sinsr-v9")]
    [InlineData(1, "got a refusal; check the network", "weights", "get", "sinsr-v1", "--accept-licence", "--from", "http://127.0.0.1:1")]
    [InlineData(2, "NAME: expected one of resshift-realsr-v3, ", "weights", "get", "sinsr-v9")]
    [InlineData(2, "--from: expected an address", "weights", "get", "sinsr-v1", "--from", "mirror")]
    [InlineData(2, "see 'srk weights get --help'", "weights", "get")]
    [InlineData(2, "'more'", "weights", "more")]
    public void WhatCannotBeDoneIsSaidInOneLine(int exitCode, string expected, params string[] arguments)
    {
        srk.Picture("a.png");
        Fails(exitCode, expected, "empty", arguments);
    }

    [Fact]
    public void TheCacheIsWhereTheUsersIs()
    {
        var run = srk.Shell("unset SRKERNELS_WEIGHTS; export XDG_CACHE_HOME=\"$PWD/xdg\"; srk weights --json");
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(srk.PathOf("xdg/srkernels/weights"), json.RootElement.GetProperty("folder").GetString());
        run = srk.Shell("mkdir home; unset SRKERNELS_WEIGHTS; export XDG_CACHE_HOME=relative HOME=\"$PWD/home\"; srk weights --json");
        using var home = JsonDocument.Parse(run.Output);
        Assert.Equal(srk.PathOf("home/.cache/srkernels/weights"), home.RootElement.GetProperty("folder").GetString());
    }

    private static byte[] Bytes(string file) => File.ReadAllBytes(CheckpointFileTests.Committed(file));

    private static RawServer Server() => RawServer.Of(s_files.ToDictionary(file => file, Bytes));

    private ProcessResult Run(string cache, params string[] arguments) =>
        srk.Shell($"export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 SRKERNELS_WEIGHTS={cache}; srk {string.Join(' ', arguments.Select(argument => $"'{argument}'"))}");

    private ProcessResult Done(string cache, params string[] arguments)
    {
        var result = Run(cache, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private void Fails(int exitCode, string expected, string cache, params string[] arguments)
    {
        var result = Run(cache, arguments);
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.Contains(expected, result.Error.TrimEnd('\n').Split('\n')[^1], StringComparison.Ordinal);
    }
}
