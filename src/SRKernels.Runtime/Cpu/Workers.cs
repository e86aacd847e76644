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
/// Results must depend on the index alone, never on the worker, and then they are the same bytes for any number of threads. One loop at a
/// time; a loop inside a loop runs serially. The threads know nothing of this object: left undisposed, its finaliser ends them.
/// </remarks>
public sealed class Workers : IDisposable
{
    /// <summary>The most workers that can be asked for.</summary>
    public const int Most = 1024;

    private readonly WorkerThreads _threads;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">How many workers, the caller included; 0 takes one for each processor, or as many as can be had.</param>
    /// <exception cref="SrkException">More than <see cref="Most"/>, or more than the system has threads for.</exception>
    public Workers(int count = 0)
    {
        if (count is < 0 or > Most) throw new SrkException("threads", $"0 (one for each processor) to {Most}", $"{count}", "choose another --threads");
        _threads = new WorkerThreads(count == 0 ? Math.Min(Environment.ProcessorCount, Most) : count, mayBeFewer: count == 0);
        Count = _threads.Count;
    }

#pragma warning disable MA0055 // Threads are no handle that a SafeHandle could hold.
    /// <summary>Ends the threads of workers that nobody disposed.</summary>
    ~Workers() => _threads?.Stop();
#pragma warning restore MA0055

    /// <summary>How many workers there are, the calling thread included.</summary>
    public int Count { get; private set; }

    /// <summary>The threads, for tests that see them end.</summary>
    internal Thread[] Threads => _threads.All;

    /// <summary>Lets no more than so many work from the next loop on: each needs memory of its own.</summary>
    /// <param name="most">At least 1; more than there are changes nothing.</param>
    public void Limit(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        Count = Math.Min(_threads.Count, most);
    }

    /// <summary>Runs <paramref name="body"/> for every index below <paramref name="count"/> and returns when all are done.</summary>
    /// <param name="count">How many indices.</param>
    /// <param name="body">The loop's body; kept in place, so it may hold results.</param>
    /// <typeparam name="TBody">A struct, so that the call is direct and nothing is allocated.</typeparam>
    /// <exception cref="ObjectDisposedException">The threads were stopped.</exception>
    public void Run<TBody>(int count, ref TBody body)
        where TBody : struct, IParallelBody
    {
        _threads.Run(count, Count, ref body);
        GC.KeepAlive(this);
    }

    /// <summary>Stops the threads and waits for them.</summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _threads.Stop();
        _threads.Join();
    }
}
