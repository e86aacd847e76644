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
/// sleep: a network runs hundreds of loops a second with little between them. One loop at a time; a loop inside a loop runs serially.
/// </remarks>
public sealed unsafe class Workers : IDisposable
{
    private const int SpinsBeforeSleep = 200;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _oneLoop = new();
    private delegate*<void*, int, int, void> _invoke;
    private void* _body;
    private int _count;
    private int _next;
    private int _running;
    private int _sleeping;
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
            _invoke = &Invoke<TBody>;
            _body = Unsafe.AsPointer(ref body);
            _count = count;
            _failure = null;
            Volatile.Write(ref _next, 0);
            Volatile.Write(ref _running, _threads.Length);
            Interlocked.Increment(ref _generation);
            if (Volatile.Read(ref _sleeping) > 0) _wake.Release(_threads.Length);
            Work(0);
            var spinner = new SpinWait();
            while (Volatile.Read(ref _running) > 0) spinner.SpinOnce(sleep1Threshold: -1);
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
    }

    private static void Invoke<TBody>(void* body, int index, int worker)
        where TBody : struct, IParallelBody => Unsafe.AsRef<TBody>(body).Invoke(index, worker);

    private void Work(int worker)
    {
        t_insideLoop = true;
        try
        {
            for (int i; (i = Interlocked.Increment(ref _next) - 1) < _count;) _invoke(_body, i, worker);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            Volatile.Write(ref _next, _count);
        }
        finally
        {
            t_insideLoop = false;
        }
    }

    private void Serve(int worker)
    {
        var seen = 0;
        while (true)
        {
            for (var spins = 0; _generation == seen && !_stopping; spins++)
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
            seen = _generation;
            Work(worker);
            Interlocked.Decrement(ref _running);
        }
    }
}
