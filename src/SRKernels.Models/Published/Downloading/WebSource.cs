using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using SRKernels.Runtime;

namespace SRKernels.Models.Published.Downloading;

/// <summary>Files from the web: redirections are followed here, so that none leads from a secure connection to an open one, and silence ends.</summary>
internal sealed class WebSource : IDisposable
{
    private const int MostRedirections = 10;
    private static readonly string[] s_openSsl = ["libssl.so.3", "libssl.so.1.1", "libssl.so.1.0.2", "libssl.so.1.0.0", "libssl.so.10"];

    private readonly HttpClient _client;
    private readonly TimeSpan _silence;

    public WebSource(DownloadOptions options)
    {
        _silence = options.Silence;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None, UseCookies = false, UseProxy = options.UsesProxy, ConnectTimeout = options.Silence,
        };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("srkernels", typeof(WebSource).Assembly.GetName().Version?.ToString(3)));
        _client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Asks for a file, or for its rest if it is still the one that was begun; the body is not read yet.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="offset">How many bytes are there.</param>
    /// <param name="validator">What told the file's state when they came.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="SrkException">There is no such host, or the way there is not to be gone.</exception>
    /// <exception cref="BrokenConnectionException">There was no answer.</exception>
    public async Task<HttpResponseMessage> GetAsync(Uri address, long offset, RangeConditionHeaderValue? validator, CancellationToken cancellation)
    {
        var at = address;
        for (var left = MostRedirections; ; left--)
        {
            CheckSecureConnections(at);
            using var request = new HttpRequestMessage(HttpMethod.Get, at);
            if (offset > 0)
            {
                request.Headers.Range = new RangeHeaderValue(offset, null);
                request.Headers.IfRange = validator;
            }

            var response = await PatientlyAsync(at, token => _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), cancellation);
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
                return response;
            using (response)
            {
                if (left == 0) throw new SrkException(
                    WebErrors.Shown(address), $"the file after at most {MostRedirections} redirections", "another one", "it goes round in circles: get the file in a browser");
                at = Next(at, response.Headers.Location);
            }
        }
    }

    /// <summary>The next bytes of a body; 0 at its end.</summary>
    public Task<int> ReadAsync(Uri address, Stream body, Memory<byte> buffer, CancellationToken cancellation) =>
        PatientlyAsync(address, token => body.ReadAsync(buffer, token).AsTask(), cancellation);

    private async Task<T> PatientlyAsync<T>(Uri address, Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(_silence);
        try
        {
            return await work(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw WebErrors.Silent(address, _silence);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw WebErrors.Of(address, e);
        }
    }

    /// <summary>Where a redirection leads.</summary>
    internal static Uri Next(Uri at, Uri? location)
    {
        if (location is null) throw new SrkException(WebErrors.Shown(at), "where the file is", "a redirection to nowhere", "get the file in a browser");
        var next = new Uri(at, location);
        if (next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp && at.Scheme == Uri.UriSchemeHttp)) return next;
        throw new SrkException(
            WebErrors.Shown(at), "a secure place (https)", $"a redirection to '{WebErrors.Shown(next)}'", "something between here and there redirects what it should not: try another network");
    }

    // Where there is no OpenSSL the runtime would end the process.
    private static void CheckSecureConnections(Uri address)
    {
        if (address.Scheme != Uri.UriSchemeHttps || !OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("CLR_OPENSSL_VERSION_OVERRIDE") is not null) return;
        if (!s_openSsl.Any(name => NativeLibrary.TryLoad(name, out _)))
            throw new SrkException(address.Host, "OpenSSL for a secure connection (libssl)", "none on this machine", "install it (Debian: libssl3), or get the file on another one");
    }
}
