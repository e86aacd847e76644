using SRKernels.Runtime;

namespace SRKernels.Models;

/// <summary>
/// Work that goes one call at a time on memory that its owner may free at any moment: freeing stops the work, waits for it and then frees. Whatever the order,
/// nobody computes with memory that is gone.
/// </summary>
/// <param name="free">Frees; called once, when nobody is inside.</param>
internal sealed class ExclusiveUse(Action free)
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _ended = new();
    private readonly ManualResetEventSlim _freed = new();
    private readonly Lock _state = new();
    private int _inside;
    private int _workingThread;

    /// <summary>Waits for its turn and works on a thread of its own: it takes long, and ILGPU leaves an accelerator bound to the thread that used it.</summary>
    /// <param name="work">The work; its token stops it.</param>
    /// <param name="cancellation">Stops the waiting and the work.</param>
    /// <exception cref="ObjectDisposedException">Freed before, or while it worked.</exception>
    /// <exception cref="MemoryShortage">Not even a thread could be had.</exception>
    public async Task RunAsync(Action<CancellationToken> work, CancellationToken cancellation)
    {
        Enter();
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ended.Token);
            await _turn.WaitAsync(stop.Token).ConfigureAwait(false);
            try
            {
                await Task.Factory.StartNew(
                    () => Work(work, stop.Token), stop.Token, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw Gone();
        }
        catch (Exception e) when (e is not SrkException && MemoryShortage.From(e) is not null)
        {
            throw MemoryShortage.From(e)!;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Waits for its turn and works on the thread that calls.</summary>
    /// <param name="work">The work.</param>
    /// <exception cref="ObjectDisposedException">Freed before.</exception>
    public void Run(Action work)
    {
        Enter();
        try
        {
            _turn.Wait(_ended.Token);
            try
            {
                Work(_ => work(), CancellationToken.None);
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            throw Gone();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Looks at what may be freed, without waiting for a turn.</summary>
    /// <param name="look">What is wanted to be known.</param>
    /// <exception cref="ObjectDisposedException">Freed before.</exception>
    public T Look<T>(Func<T> look)
    {
        Enter();
        try
        {
            return look();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Stops the work, waits for it, frees. From inside the work itself it does not wait: the work's end frees.</summary>
    public void End()
    {
        lock (_state)
        {
            if (!_ended.IsCancellationRequested) _ended.Cancel();
            if (_inside == 0) Free();
        }

        if (Volatile.Read(ref _workingThread) != Environment.CurrentManagedThreadId) _freed.Wait();
    }

    private void Work(Action<CancellationToken> work, CancellationToken stop)
    {
        Volatile.Write(ref _workingThread, Environment.CurrentManagedThreadId);
        try
        {
            work(stop);
        }
        finally
        {
            Volatile.Write(ref _workingThread, 0);
        }
    }

    private void Enter()
    {
        lock (_state)
        {
            if (_ended.IsCancellationRequested) throw Gone();
            _inside++;
        }
    }

    private void Leave()
    {
        lock (_state)
            if (--_inside == 0 && _ended.IsCancellationRequested) Free();
    }

    private void Free()
    {
        if (_freed.IsSet) return;
        free();
        _freed.Set();
    }

    private static ObjectDisposedException Gone() => new(nameof(SuperResolver), "the resolver was disposed before this call's end");
}
