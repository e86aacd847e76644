using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace SRKernels.Runtime.Cpu;

/// <summary>The work of one index of a parallel loop. Implement it on a struct, so that a loop allocates nothing.</summary>
public interface IParallelBody
{
    /// <summary>Does the work of one index.</summary>
    /// <param name="index">The index, 0-based.</param>
    /// <param name="worker">Which worker runs it, 0 to <see cref="Workers.Count"/> - 1: picks scratch memory, never values.</param>
    void Invoke(int index, int worker);
}

/// <summary>
/// A fixed set of threads that run indexed loops. The caller is worker 0 and works along.
/// </summary>
/// <remarks>
/// Indices are handed out one by one, so a loop balances itself; results must therefore depend on the index alone, never on the
/// worker, and then they are the same bytes for any number of threads. Waiting threads spin for some microseconds before they
/// sleep: a network runs hundreds of loops a second with little between them. The caller waits for indices, not for threads: on a busy
/// machine a worker that gets no processor holds nothing up. One loop at a time; a loop inside a loop runs serially.
/// </remarks>
public sealed unsafe class Workers : IDisposable
{
    private const int SpinsBeforeSleep = 64;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly SemaphoreSlim _done = new(0);
    private readonly Lock _oneLoop = new();
    private delegate*<void*, int, int, void> _invoke;
    private void* _body;
    private int _count;
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
    /// <param name="count">How many workers, the caller included; 0 takes one for each processor.</param>
    public Workers(int count = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Count = count == 0 ? Environment.ProcessorCount : count;
        _threads = new Thread[Count - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _threads[i] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"SRKernels worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>How many workers there are, the calling thread included.</summary>
    public int Count { get; }

    /// <summary>Runs <paramref name="body"/> for every index below <paramref name="count"/> and returns when all are done.</summary>
    /// <param name="count">How many indices.</param>
    /// <param name="body">The loop's body; kept in place, so it may hold results.</param>
    /// <typeparam name="TBody">A struct, so that the call is direct and nothing is allocated.</typeparam>
    public void Run<TBody>(int count, ref TBody body)
        where TBody : struct, IParallelBody
    {
        if (count <= 0) return;
        if (count == 1 || Count == 1 || t_insideLoop)
        {
            for (var i = 0; i < count; i++) body.Invoke(i, 0);
            return;
        }

        lock (_oneLoop)
        {
            // The body lives on the caller's stack (or in its frame), which stays where it is while the caller waits here.
            // An odd generation says that the description of the loop is being written.
            _generation++;
            _invoke = &Invoke<TBody>;
            _body = Unsafe.AsPointer(ref body);
            _count = count;
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

    /// <summary>Stops the threads.</summary>
    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        if (_threads.Length > 0) _wake.Release(_threads.Length);
        foreach (var thread in _threads) thread.Join();
        _wake.Dispose();
        _done.Dispose();
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
        Interlocked.MemoryBarrier();
        if (_generation != generation) return;
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
