namespace SRKernels.Runtime.Cuda;

/// <summary>
/// Where a <see cref="CudaDevice"/> works: a context and a stream in it. Its own (the primary context and a stream made for it), or an
/// application's, which stay the application's and are never destroyed.
/// </summary>
/// <remarks>
/// Whatever runs here runs in one order, also when an application passes another stream from call to call: the next stream waits, on the device,
/// for what the last one was given. Graphs are captured on a stream of our own, since an application's may be the default stream, on which the
/// driver captures nothing, or in use by another thread.
/// </remarks>
internal sealed class CudaQueue : IDisposable
{
    private readonly CudaDriver _driver;
    private readonly nint _context;
    private readonly nint _home;
    private readonly Action _giveBack;
    private nint _captureStream;
    private nint _handedOn;
    private bool _isUsed;
    private bool _isRecorded;
    private bool _isDisposed;

    private CudaQueue(CudaDriver driver, nint context, nint home, Action giveBack)
    {
        (_driver, _context, _home, _giveBack) = (driver, context, home, giveBack);
        Stream = home;
    }

    /// <summary>The stream that calls go to now.</summary>
    public nint Stream { get; private set; }

    /// <summary>The device's primary context and a stream of our own.</summary>
    public static CudaQueue Own(CudaDriver driver, int device)
    {
        driver.Check("cuDevicePrimaryCtxRetain", driver.PrimaryContextRetain(out var context, device));
        try
        {
            using var bound = Binding.To(driver, context);
            driver.Check("cuStreamCreate", driver.StreamCreate(out var stream));
            return new CudaQueue(driver, context, stream, () =>
            {
                driver.StreamSynchronize(stream);
                driver.StreamDestroy(stream);
                driver.PrimaryContextRelease(device);
            });
        }
        catch
        {
            driver.PrimaryContextRelease(device);
            throw;
        }
    }

    /// <summary>An application's context.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="context">Its context.</param>
    /// <param name="home">The stream for calls that name none; it lives as long as the context.</param>
    public static CudaQueue Adopted(CudaDriver driver, nint context, nint home) => new(driver, context, home, () => { });

    /// <summary>What comes from now on runs in this stream, after all that came before; null: in the stream for calls that name none.</summary>
    public void MoveTo(nint? stream)
    {
        if (_isUsed)
        {
            using var bound = Binding.To(_driver, _context);
            if (_handedOn == 0) _driver.Check("cuEventCreate", _driver.EventCreate(out _handedOn));
            _driver.Check("cuEventRecord", _driver.EventRecord(_handedOn, Stream));
            (_isUsed, _isRecorded) = (false, true);
        }

        Stream = stream ?? _home;
    }

    /// <summary>Makes the context current on this thread until the result is disposed, which brings back what was current before.</summary>
    public Binding Bind()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(CudaDevice));
        var bound = Binding.To(_driver, _context);
        if (_isUsed) return bound;
        // Never undone by a failure: the next call tries again.
        if (_isRecorded && _driver.StreamWaitEvent(Stream, _handedOn) is var code && code != CudaResult.Success)
        {
            bound.Dispose();
            _driver.Check("cuStreamWaitEvent", code);
        }

        _isUsed = true;
        return bound;
    }

    /// <summary>As <see cref="Bind"/>, for giving back: a context that broke is no error any more.</summary>
    public Binding BindToFree()
    {
        var bound = Binding.Try(_driver, _context);
        if (!_isUsed && _isRecorded) _driver.StreamWaitEvent(Stream, _handedOn);
        _isUsed = true;
        return bound;
    }

    /// <summary>The stream to capture on, made at its first use.</summary>
    public nint CaptureStream()
    {
        if (_captureStream == 0) _driver.Check("cuStreamCreate", _driver.StreamCreate(out _captureStream));
        return _captureStream;
    }

    /// <summary>The context is gone, and all that was in it: nothing is given back any more.</summary>
    public void Abandon() => _isDisposed = true;

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        using var bound = Binding.Try(_driver, _context);
        if (_captureStream != 0) _driver.StreamDestroy(_captureStream);
        if (_handedOn != 0) _driver.EventDestroy(_handedOn);
        _giveBack();
    }

    /// <summary>A context that is current on this thread, and the one that was before.</summary>
    internal readonly ref struct Binding
    {
        private readonly CudaDriver _driver;
        private readonly nint _before;

        private Binding(CudaDriver driver, nint before) => (_driver, _before) = (driver, before);

        public static Binding To(CudaDriver driver, nint context)
        {
            driver.Check("cuCtxGetCurrent", driver.ContextGetCurrent(out var before));
            driver.Check("cuCtxSetCurrent", driver.ContextSetCurrent(context));
            return new Binding(driver, before);
        }

        public static Binding Try(CudaDriver driver, nint context)
        {
            if (driver.ContextGetCurrent(out var before) != CudaResult.Success) before = 0;
            driver.ContextSetCurrent(context);
            return new Binding(driver, before);
        }

        // A program's own calls into the driver, ILGPU's among them, rely on what they made current.
        public void Dispose() => _driver.ContextSetCurrent(_before);
    }
}
