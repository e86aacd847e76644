using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SRKernels.Tests.Models.Published;

/// <summary>What was asked for: the how-manieth request, the address, and the headers by their names in small letters.</summary>
internal sealed record RawRequest(int Number, string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>From which byte the rest is wanted.</summary>
    public long? From => Headers.TryGetValue("range", out var range) ? long.Parse(range["bytes=".Length..^1]) : null;
}

/// <summary>A web server that says, byte for byte, whatever a test has it say; each connection carries one request and then ends.</summary>
internal sealed class RawServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<RawRequest, RawAnswer, Task> _answer;
    private int _requests;

    public RawServer(Func<RawRequest, RawAnswer, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public ConcurrentQueue<RawRequest> Requests { get; } = new();

    /// <summary>One that gives files by their names, the rest of them to who asks for it.</summary>
    public static RawServer Of(IReadOnlyDictionary<string, byte[]> files, string tag = "\"one\"") =>
        new((request, answer) => files.TryGetValue(request.Path.TrimStart('/'), out var file) ? answer.FileAsync(file, request, tag) : answer.SendAsync("404 Not Found"));

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var owned = client;
        try
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            if (await reader.ReadLineAsync(_stop.Token) is not { } first) return;
            var headers = new Dictionary<string, string>(StringComparer.Ordinal);
            while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } line)
                headers[line[..line.IndexOf(':')].ToLowerInvariant()] = line[(line.IndexOf(':') + 1)..].Trim();
            var request = new RawRequest(Interlocked.Increment(ref _requests), first.Split(' ')[1], headers);
            Requests.Enqueue(request);
            await _answer(request, new RawAnswer(stream, _stop.Token));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client went away, as some tests want it.
        }
    }
}

/// <summary>What a raw server says to one request.</summary>
internal sealed class RawAnswer(NetworkStream stream, CancellationToken stop)
{
    public Task SendAsync(string status, string headers = "", byte[]? body = null) => SendAsync(status, headers, body ?? [], body?.Length ?? 0);

    /// <summary>Headers that end in new lines, and a body of which another length is told than it has.</summary>
    public async Task SendAsync(string status, string headers, ReadOnlyMemory<byte> body, long toldLength)
    {
        await TextAsync($"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {toldLength}\r\n{headers}\r\n");
        await stream.WriteAsync(body, stop);
    }

    /// <summary>A file as a server should give it; of a file that has another tag than asked for, the whole.</summary>
    public Task FileAsync(byte[] file, RawRequest request, string tag, int mostBytes = int.MaxValue)
    {
        var from = request.From is { } wanted && request.Headers.GetValueOrDefault("if-range") == tag ? (int)wanted : 0;
        return PartAsync(file, from, tag, mostBytes);
    }

    /// <summary>A file from a byte on, of which less is sent than is told.</summary>
    public Task PartAsync(byte[] file, int from, string tag, int mostBytes = int.MaxValue) => SendAsync(
        from > 0 ? "206 Partial Content" : "200 OK", $"ETag: {tag}\r\n{(from > 0 ? $"Content-Range: bytes {from}-{file.Length - 1}/{file.Length}\r\n" : "")}",
        file.AsMemory(from, Math.Min(mostBytes, file.Length - from)), file.Length - from);

    public async Task TextAsync(string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text), stop);

    public async Task BytesAsync(ReadOnlyMemory<byte> bytes) => await stream.WriteAsync(bytes, stop);

    public Task SilenceAsync() => Task.Delay(Timeout.Infinite, stop);
}
