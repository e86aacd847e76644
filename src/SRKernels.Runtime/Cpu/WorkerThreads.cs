using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace SRKernels.Runtime.Cpu;

/// <summary>The threads behind <see cref="Workers"/>, and how a loop is handed to them.</summary>
/// <remarks>
/// Indices are handed out one by one, so a loop balances itself. Waiting threads spin for some microseconds before they
/// sleep: a network runs hundreds of loops a second with little between them. The caller waits for indices, not for threads: on a busy
/// machine a worker that gets no processor holds nothing up.
/// </remarks>
internal sealed unsafe class WorkerThreads
{
    private const int SpinsBeforeSleep = 64;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly SemaphoreSlim _done = new(0);
    private readonly Lock _oneLoop = new();
    private delegate*<void*, int, int, void> _invoke;
    private void* _body;
    private int _count;
    private int _most;
    private long _ticket; // generation << 32 | next index: a claim succeeds only in the loop it was meant for
    private int _completed;
    private int _sleeping;
    private int _callerSleeps;
    private volatile int _generation;
    private volatile bool _stopping;
    private ExceptionDispatchInfo? _failure;

    [ThreadStatic]
    private static bool t_insideLoop;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">How many workers, the caller included.</param>
    /// <param name="mayBeFewer">Whether fewer will do where the system has no more.</param>
    public WorkerThreads(int count, bool mayBeFewer)
    {
        var threads = new List<Thread>(count - 1);
        for (var worker = 1; worker < count; worker++)
            if (Start(worker) is { } thread) threads.Add(thread);
            else if (mayBeFewer) break;
            else
            {
                _threads = [.. threads];
                Stop();
                throw new SrkException(
                    "threads", $"{count} of them", $"{threads.Count + 1}: the system gives this process no more", "choose a smaller --threads, or raise the limit (ulimit -u, ulimit -v)");
            }

        _threads = [.. threads];
        Count = _threads.Length + 1;
    }

    /// <summary>How many workers there are, the calling thread included.</summary>
    public int Count { get; }

    /// <summary>The threads.</summary>
    public Thread[] All => _threads;

    /// <summary>Runs <paramref name="body"/> for every index below <paramref name="count"/> and returns when all are done.</summary>
    /// <param name="count">How many indices.</param>
    /// <param name="most">How many workers may take part.</param>
    /// <param name="body">The loop's body; kept in place, so it may hold results.</param>
    /// <typeparam name="TBody">A struct, so that the call is direct and nothing is allocated.</typeparam>
    public void Run<TBody>(int count, int most, ref TBody body)
        where TBody : struct, IParallelBody
    {
        if (count <= 0) return;
        if (t_insideLoop)
        {
            for (var i = 0; i < count; i++) body.Invoke(i, 0);
            return;
        }

        lock (_oneLoop)
        {
            ObjectDisposedException.ThrowIf(_stopping, typeof(Workers));
            if (count == 1 || most == 1)
            {
                for (var i = 0; i < count; i++) body.Invoke(i, 0);
                return;
            }

            // The body lives on the caller's stack (or in its frame), which stays where it is while the caller waits here.
            // An odd generation says that the description of the loop is being written.
            _generation++;
            _invoke = &Invoke<TBody>;
            _body = Unsafe.AsPointer(ref body);
            _count = count;
            _most = most;
            _failure = null;
            Volatile.Write(ref _completed, 0);
            var generation = _generation + 1;
            Volatile.Write(ref _ticket, (long)generation << 32);
            _generation = generation;
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _sleeping) > 0) _wake.Release(_threads.Length);
            Work(0, generation);
            WaitForAll(count);
            _failure?.Throw();
        }
    }

    /// <summary>Tells the threads to end; they do so after the loop that runs.</summary>
    public void Stop()
    {
        if (_stopping) return;
        _stopping = true;
        if (_threads.Length > 0) _wake.Release(_threads.Length);
    }

    /// <summary>Waits until they have ended.</summary>
    public void Join()
    {
        // A loop of another thread is let finish: then nobody reads what is freed next.
        lock (_oneLoop)
            foreach (var thread in _threads) thread.Join();
    }

    private Thread? Start(int worker)
    {
        var thread = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"SRKernels worker {worker}" };
        try
        {
            thread.Start();
            return thread;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            return null;
        }
    }

    private static void Invoke<TBody>(void* body, int index, int worker)
        where TBody : struct, IParallelBody => Unsafe.AsRef<TBody>(body).Invoke(index, worker);

    private void WaitForAll(int count)
    {
        for (var spins = 0; spins < SpinsBeforeSleep; spins++)
        {
            if (Volatile.Read(ref _completed) == count) return;
            Thread.SpinWait(32);
        }

        // A permit that comes after we have seen the last index is used up by a later wait, which looks again.
        Interlocked.Exchange(ref _callerSleeps, 1);
        while (Volatile.Read(ref _completed) != count) _done.Wait();
        Volatile.Write(ref _callerSleeps, 0);
    }

    private void Work(int worker, int generation)
    {
        // Read the description, then see that it was this loop's all along; after a claim the loop cannot end before the index does.
        var invoke = _invoke;
        var body = _body;
        var count = _count;
        var most = _most;
        Interlocked.MemoryBarrier();
        if (_generation != generation || worker >= most) return;
        t_insideLoop = true;
        while (true)
        {
            var ticket = Volatile.Read(ref _ticket);
            var index = (int)ticket;
            if ((int)(ticket >> 32) != generation || index >= count) break;
            if (Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) != ticket) continue;
            try
            {
                if (_failure is null) invoke(body, index, worker);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            }

            if (Interlocked.Increment(ref _completed) == count && Volatile.Read(ref _callerSleeps) != 0) _done.Release();
        }

        t_insideLoop = false;
    }

    private void Serve(int worker)
    {
        var seen = 0;
        while (true)
        {
            int generation;
            for (var spins = 0; ((generation = _generation) == seen || (generation & 1) != 0) && !_stopping; spins++)
            {
                if (spins < SpinsBeforeSleep)
                {
                    Thread.SpinWait(32);
                    continue;
                }

                // Announce first, look again, then sleep: a loop that starts in between sees the announcement and wakes us.
                Interlocked.Increment(ref _sleeping);
                if (_generation == seen && !_stopping) _wake.Wait();
                Interlocked.Decrement(ref _sleeping);
            }

            if (_stopping) return;
            seen = generation;
            Work(worker, generation);
        }
    }
}
