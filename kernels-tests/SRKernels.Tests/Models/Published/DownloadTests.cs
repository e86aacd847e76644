using SRKernels.Models.Published;
using SRKernels.Models.Published.Downloading;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Published;

/// <summary>Downloads from servers that answer as they should not: what does not arrive whole and right never has its name.</summary>
/// <remarks>Long, as each test is a server of its own.</remarks>
public sealed class DownloadTests : IDisposable
{
    private const int Half = 200_000;
    private static readonly byte[] s_file = DownloadFolder.Weights;
    private static readonly byte[] s_other = [.. s_file.Select((b, i) => i == s_file.Length / 2 ? (byte)~b : b)];
    private readonly DownloadFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AFileArrivesWhole_AndIsRecorded()
    {
        using var server = Serves((request, answer) => answer.FileAsync(s_file, request, "\"a\""));
        var told = new List<DownloadProgress>();
        await _folder.GetAsync(server, told: told.Add);
        _folder.Holds(s_file);
        Assert.Equal((DownloadStage.Done, s_file.Length), (told[^1].Stage, told[^1].ReceivedBytes));
        // What is there is not asked for again.
        await _folder.GetAsync(server);
        Assert.Equal("/" + DownloadFolder.Name, Assert.Single(server.Requests).Path);
    }

    [Theory]
    [InlineData("\"a\"", "ETag: \"a\"")]
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT", "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT")]
    public async Task ABrokenConnectionGoesOnWhereItStopped(string validator, string header)
    {
        using var server = Serves((request, answer) => request.From is { } from
            ? answer.SendAsync("206 Partial Content", $"{header}\r\nContent-Range: bytes {from}-{s_file.Length - 1}/{s_file.Length}\r\n", s_file[(int)from..])
            : answer.SendAsync("200 OK", header + "\r\n", s_file.AsMemory(0, Half), s_file.Length));
        await _folder.GetAsync(server);
        _folder.Holds(s_file);
        Assert.Equal([null, Half], server.Requests.Select(request => request.From));
        Assert.Equal(validator, server.Requests.Last().Headers["if-range"]);
    }

    [Fact]
    public async Task AStoppedDownloadGoesOnInTheNextRun()
    {
        using var server = Serves((request, answer) => answer.FileAsync(s_file, request, "\"a\""));
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _folder.GetAsync(server, cancellation: stop.Token, told: progress =>
        {
            if (progress.ReceivedBytes > Half) stop.Cancel();
        }));
        var there = new FileInfo(_folder.Part).Length;
        Assert.InRange(there, Half, s_file.Length - 1);
        await _folder.GetAsync(server);
        _folder.Holds(s_file);
        Assert.Equal([null, there], server.Requests.Select(request => request.From));
    }

    /// <summary>After a kill or a power cut: what was not flushed may be anything, and is fetched again.</summary>
    [Theory]
    [InlineData(Half, true, Half)]
    [InlineData(-1, true, null)]
    [InlineData(Half * 2, true, null)]
    [InlineData(Half, false, null)]
    public async Task OnlyWhatIsSurelyOnTheDiskIsKept(int flushed, bool isWhole, int? expected)
    {
        using var server = Serves((request, answer) => answer.FileAsync(s_file, request, "\"a\""));
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.Part)!);
        File.WriteAllBytes(_folder.Part, [.. s_file[..Half], .. new byte[50_000]]);
        var state = $$"""{"address":"{{server.Address}}{{DownloadFolder.Name}}","validator":"\"a\"","totalBytes":{{s_file.Length}},"flushedBytes":{{flushed}}}""";
        File.WriteAllText(_folder.Part + ".json", isWhole ? state : state[..^20]);
        await _folder.GetAsync(server);
        _folder.Holds(s_file);
        Assert.Equal(expected, Assert.Single(server.Requests).From);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AFileThatChangedBetweenTheParts_BeginsAnew(bool knowsIfRange)
    {
        using var server = Serves((request, answer) => request.Number == 1
            ? answer.PartAsync(s_file, 0, "\"a\"", Half)
            : answer.PartAsync(s_other, knowsIfRange ? 0 : (int)(request.From ?? 0), "\"b\""));
        await _folder.GetAsync(server);
        _folder.Holds(s_other);
    }

    [Theory]
    [InlineData("Content-Range: bytes 200000-200009/200010\r\n")]
    [InlineData("Content-Range: bytes 5-14/551765\r\n")]
    [InlineData("Content-Range: bytes */551765\r\n")]
    [InlineData("")]
    public async Task ARestOfAnotherLengthOrPlace_BeginsAnew(string range)
    {
        using var server = Serves((request, answer) => request.Number == 2
            ? answer.SendAsync("206 Partial Content", $"ETag: \"a\"\r\n{range}", new byte[10])
            : answer.PartAsync(s_file, 0, "\"a\"", request.Number == 1 ? Half : s_file.Length));
        await _folder.GetAsync(server);
        _folder.Holds(s_file);
        Assert.Equal([null, Half, null], server.Requests.Select(request => request.From));
    }

    [Theory]
    [InlineData("ETag: \"a\"\r\n", true)]
    [InlineData("ETag: W/\"a\"\r\n", false)]
    [InlineData("", false)]
    public async Task AServerThatIgnoresRange_OrCannotTellStates_GivesAllAgain(string header, bool isAskedForTheRest)
    {
        using var server = Serves((request, answer) => answer.SendAsync("200 OK", header, s_file.AsMemory(0, request.Number == 1 ? Half : s_file.Length), s_file.Length));
        await _folder.GetAsync(server);
        _folder.Holds(s_file);
        Assert.Equal([null, isAskedForTheRest ? Half : null], server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task WhereNoRestIsGiven_ItBeginsAnew()
    {
        using var server = Serves((request, answer) => request.From is not null ? answer.SendAsync("416 Range Not Satisfiable")
            : answer.PartAsync(s_file, 0, "\"a\"", request.Number == 1 ? Half : s_file.Length));
        await _folder.GetAsync(server);
        _folder.Holds(s_file);
    }

    [Fact]
    public async Task AServerThatTellsALongerFileThanItGives_IsGivenUp_AndTheBytesAreKept()
    {
        using var server = Serves((request, answer) => request.From is null ? answer.PartAsync(s_file, 0, "\"a\"", Half) : answer.SendAsync("206 Partial Content",
            $"ETag: \"a\"\r\nContent-Range: bytes {request.From}-{s_file.Length - 1}/{s_file.Length}\r\n", ReadOnlyMemory<byte>.Empty, s_file.Length - Half));
        await _folder.FailsAsync(server, "what has arrived is kept");
        Assert.Equal(Half, new FileInfo(_folder.Part).Length);
        Assert.Equal(1 + DownloadFolder.Options.Tries, server.Requests.Count);
    }

    [Fact]
    public async Task AServerThatTellsAShorterFileThanThereIs_IsNoticedByTheContents()
    {
        using var server = Serves((_, answer) => answer.SendAsync("200 OK", "ETag: \"a\"\r\n", s_file, Half));
        await _folder.FailsAsync(server, "the download is incomplete");
        Assert.Empty(_folder.Files());
    }

    [Fact]
    public async Task WhatCannotFitIsNotBegun()
    {
        using var server = Serves((_, answer) => answer.SendAsync("200 OK", "", s_file, 1L << 60));
        await _folder.FailsAsync(server, "expected room for 1,152,921,504,606,846,976 bytes");
        Assert.DoesNotContain(DownloadFolder.Name, _folder.Files());
    }

    [Theory]
    [InlineData(false, "bytes, got 551,765")]
    [InlineData(true, "bytes, got more")]
    public async Task APublishedLengthCounts(bool isChunked, string expected)
    {
        using var folder = new DownloadFolder { Model = DownloadFolder.Of(_folder.Model.Main with { LengthBytes = Half }) };
        using var server = Serves(async (_, answer) =>
        {
            if (!isChunked) await answer.SendAsync("200 OK", "", s_file);
            else await SendChunkedAsync(answer, s_file);
        });
        await folder.FailsAsync(server, expected);
    }

    [Fact]
    public async Task ABodyWithoutALengthEndsWhereItSays()
    {
        using var server = Serves((_, answer) => SendChunkedAsync(answer, s_file));
        await _folder.GetAsync(server);
        _folder.Holds(s_file);
    }

    [Fact]
    public async Task SumsAreChecked_ThePublishedAndTheFirst()
    {
        using var server = RawServer.Of(new Dictionary<string, byte[]> { [DownloadFolder.Name] = s_file });
        using var changed = RawServer.Of(new Dictionary<string, byte[]> { [DownloadFolder.Name] = s_other });
        using (var pinned = new DownloadFolder { Model = DownloadFolder.Of(_folder.Model.Main with { Sha256 = DownloadFolder.Sum(s_file) }) })
        {
            await pinned.FailsAsync(changed, "as its authors publish it");
            Assert.Empty(pinned.Files());
            await pinned.GetAsync(server);
        }

        await _folder.GetAsync(server);
        Assert.True(_folder.Cache.Remove(_folder.Model.Main, forget: false));
        await _folder.FailsAsync(changed, "--forget");
        Assert.True(_folder.Cache.Remove(_folder.Model.Main, forget: true));
        await _folder.GetAsync(changed);
        _folder.Holds(s_other);
    }

    [Theory]
    [InlineData("text/html", "<!DOCTYPE html><title>Sign in</title>", "a web page")]
    [InlineData("application/octet-stream", "<html>Sign in</html>", "a web page")]
    [InlineData("application/octet-stream", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "a Git LFS pointer")]
    [InlineData("application/octet-stream", "Not found", "a text")]
    [InlineData("application/octet-stream", "", "an empty file")]
    public async Task WhatIsNoFileOfWeightsIsNamed_AndCostsNothingThatArrived(string type, string body, string expected)
    {
        using var server = Serves((request, answer) => request.Number switch
        {
            1 => answer.PartAsync(s_file, 0, "\"a\"", Half),
            2 => answer.SendAsync("200 OK", $"Content-Type: {type}\r\n", System.Text.Encoding.ASCII.GetBytes(body)),
            _ => answer.FileAsync(s_file, request, "\"a\""),
        });
        await _folder.FailsAsync(server, expected);
        await _folder.GetAsync(server);
        _folder.Holds(s_file);
        Assert.Equal(Half, server.Requests.Last().From);
    }

    [Theory]
    [InlineData("404 Not Found", "got 404 Not Found; it is gone from there", 1)]
    [InlineData("403 Forbidden", "got 403 Forbidden", 1)]
    [InlineData("418 Teapot", "got 418 Teapot", 1)]
    [InlineData("206 Partial Content", "got 206 Partial Content", 1)]
    [InlineData("503 Service Unavailable", "got 503 Service Unavailable; try again later", 4)]
    [InlineData("503 Service Unavailable\r\nRetry-After: 3600", "got 503 Service Unavailable; try again later", 1)]
    [InlineData("nonsense", "the whole file", 4)]
    public async Task AnswersWithoutAFileAreNamed(string status, string expected, int requests)
    {
        using var server = Serves((_, answer) => answer.SendAsync(status));
        await _folder.FailsAsync(server, expected);
        Assert.Equal(requests, server.Requests.Count);
    }

    [Fact]
    public async Task AServerThatIsBusyForAWhileIsAskedAgain()
    {
        using var server = Serves((request, answer) => request.Number < 3 ? answer.SendAsync("503 Service Unavailable", "Retry-After: 0\r\n") : answer.FileAsync(s_file, request, "\"a\""));
        await _folder.GetAsync(server);
        _folder.Holds(s_file);
    }

    [Fact]
    public async Task SilenceEnds_BeforeTheAnswerAndWithinIt()
    {
        var options = DownloadFolder.Options with { Silence = TimeSpan.FromMilliseconds(300) };
        using (var silent = Serves((_, answer) => answer.SilenceAsync())) await _folder.FailsAsync(silent, "got silence for 0.3 s", options with { Tries = 1 });
        using var server = Serves(async (request, answer) =>
        {
            if (request.From is not null)
            {
                await answer.FileAsync(s_file, request, "\"a\"");
                return;
            }

            await answer.PartAsync(s_file, 0, "\"a\"", Half);
            await answer.SilenceAsync();
        });
        await _folder.GetAsync(server, options with { Tries = 20 });
        _folder.Holds(s_file);
    }

    [Fact]
    public async Task RedirectionsAreFollowed_WithTheWishForTheRest_ButNotInCircles()
    {
        using var server = Serves((request, answer) => request.Path.Contains("moved", StringComparison.Ordinal)
            ? answer.FileAsync(s_file, request, "\"a\"", request.From is null ? Half : int.MaxValue) : answer.SendAsync("302 Found", "Location: /moved?pass=secret\r\n"));
        await _folder.GetAsync(server);
        _folder.Holds(s_file);
        Assert.Equal(Half, server.Requests.Last().From);

        using var folder = new DownloadFolder();
        using var circle = Serves((request, answer) => answer.SendAsync("301 Moved", $"Location: {request.Path}\r\n"));
        await folder.FailsAsync(circle, "at most 10 redirections");
        using var nowhere = Serves((_, answer) => answer.SendAsync("301 Moved"));
        await folder.FailsAsync(nowhere, "a redirection to nowhere");
    }

    [Theory]
    [InlineData("https://a.example/x", "http://a.example/x", false)]
    [InlineData("https://a.example/x", "//b.example/y?secret", true)]
    [InlineData("http://a.example/x", "https://b.example/y", true)]
    [InlineData("http://a.example/x", "/y", true)]
    [InlineData("http://a.example/x", "file:///etc/passwd", false)]
    [InlineData("http://a.example/x", "ftp://a.example/x", false)]
    public void NoRedirectionLeadsFromASecureConnectionToAnOpenOne(string at, string location, bool isTaken)
    {
        var to = new Uri(location, UriKind.RelativeOrAbsolute);
        if (isTaken) Assert.Equal(new Uri(new Uri(at), to), WebSource.Next(new Uri(at), to));
        else Assert.Contains("a secure place", Assert.Throws<SrkException>(() => WebSource.Next(new Uri(at), to)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhereNobodyAnswers_ItIsSaidAtOnce()
    {
        var server = Serves((_, _) => Task.CompletedTask);
        var address = server.Address;
        server.Dispose();
        var broken = 0;
        using var pointing = Serves((_, answer) => answer.SendAsync("302 Found", $"Location: {address}\r\n"));
        var error = await Assert.ThrowsAsync<SrkException>(() => _folder.GetAsync(pointing, told: progress =>
        {
            if (progress.Stage == DownloadStage.Broken) broken++;
        }));
        Assert.Contains("got a refusal; check the network", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, broken);
        var noName = Assert.IsType<SrkException>(WebErrors.Of(new("https://weights.invalid/x"), new HttpRequestException(HttpRequestError.NameResolutionError)));
        Assert.StartsWith("weights.invalid: expected a host that can be found, got no address", noName.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoAtOnceFetchItOnce()
    {
        var isAsked = new TaskCompletionSource();
        var mayGoOn = new TaskCompletionSource();
        using var server = Serves(async (request, answer) =>
        {
            isAsked.TrySetResult();
            await mayGoOn.Task;
            await answer.FileAsync(s_file, request, "\"a\"");
        });
        var first = _folder.GetAsync(server);
        await isAsked.Task;
        // The second waits for the first, and says so before that is done.
        var second = _folder.GetAsync(server, told: progress =>
        {
            if (progress.Stage == DownloadStage.Waiting) mayGoOn.TrySetResult();
        });
        await Task.WhenAll(first, second);
        _folder.Holds(s_file);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task WhereNoFileCanBeMade_ItIsSaid()
    {
        using var server = Serves((request, answer) => answer.FileAsync(s_file, request, "\"a\""));
        File.WriteAllText(_folder.Cache.Folder, "in the way");
        await _folder.FailsAsync(server, "a folder");
        Assert.Empty(server.Requests);
    }

    private static RawServer Serves(Func<RawRequest, RawAnswer, Task> answer) => new(answer);

    private static async Task SendChunkedAsync(RawAnswer answer, byte[] body)
    {
        await answer.TextAsync($"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n");
        await answer.BytesAsync(body);
        await answer.TextAsync("\r\n0\r\n\r\n");
    }
}
