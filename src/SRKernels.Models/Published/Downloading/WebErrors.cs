using System.Net;
using System.Net.Sockets;
using SRKernels.Runtime;

namespace SRKernels.Models.Published.Downloading;

/// <summary>What a connection or an answer failed of, in four parts.</summary>
internal static class WebErrors
{
    private const string TryLater = "try again later: what has arrived is kept", CheckNetwork = "check the network, and the proxy settings (HTTPS_PROXY)";

    /// <summary>An address without what follows its path, which may be a pass for a while.</summary>
    public static string Shown(Uri address) => $"{address.Scheme}://{address.Authority}{address.AbsolutePath}";

    /// <summary>An exception of the client's: one that another try may mend, or one that it does not.</summary>
    public static Exception Of(Uri address, Exception e) => e switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
            new SrkException(address.Host, "a host that can be found", "no address of this name", $"{CheckNetwork}: it looks as if there were none", e),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            new SrkException(address.Host, "a secure connection", Innermost(e), "check the clock, the certificates of this machine (SSL_CERT_FILE), and what stands between it and the network", e),
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError or HttpRequestError.UserAuthenticationError } =>
            new SrkException("the proxy", $"a way to {address.Host}", Innermost(e), "check HTTPS_PROXY and NO_PROXY", e),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } =>
            new BrokenConnectionException(new SrkException($"{address.Host}:{address.Port}", "a connection", NoConnection(e), CheckNetwork, e), isUnreachable: true),
        _ => new BrokenConnectionException(new SrkException(Shown(address), "the whole file", $"a connection that broke: {Innermost(e)}", TryLater, e)),
    };

    public static BrokenConnectionException Silent(Uri address, TimeSpan silence) =>
        new(new SrkException(Shown(address), "an answer", $"silence for {silence.TotalSeconds:0.#} s", TryLater));

    public static BrokenConnectionException EndedEarly(Uri address, long got, long expected) =>
        new(new SrkException(Shown(address), $"{expected:n0} bytes", $"{got:n0}: the connection ended", TryLater));

    /// <summary>An answer that gives no file.</summary>
    public static Exception Refused(Uri address, HttpResponseMessage response)
    {
        var (got, who) = ($"{(int)response.StatusCode} {response.ReasonPhrase}".TrimEnd(), Shown(address));
        return response.StatusCode switch
        {
            HttpStatusCode.NotFound or HttpStatusCode.Gone => new SrkException(who, "the file", got, "it is gone from there: see its authors' page, and name the file itself with --model"),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.UnavailableForLegalReasons =>
                new SrkException(who, "the file", got, "the server gives it not to everyone: get it in a browser, and name the file itself with --model"),
            HttpStatusCode.ProxyAuthenticationRequired => new SrkException("the proxy", "a way through", got, "give it a name and password: HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT"),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
                new BrokenConnectionException(new SrkException(who, "the file", got, TryLater), After(response)),
            _ => new SrkException(who, "the file", got, "the address answers in a way that this program does not know: name the file itself with --model"),
        };
    }

    private static TimeSpan? After(HttpResponseMessage response) =>
        response.Headers.RetryAfter is not { } after ? null : after.Delta ?? (after.Date is { } date ? date - DateTimeOffset.UtcNow : null);

    private static string NoConnection(Exception e) => e.InnerException is SocketException socket
        ? socket.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "a refusal",
            SocketError.TimedOut => "no answer",
            SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown => "no way there",
            _ => socket.Message,
        }
        : Innermost(e);

    private static string Innermost(Exception e)
    {
        while (e.InnerException is { } inner) e = inner;
        return e.Message;
    }
}
