using System.Runtime.ExceptionServices;

namespace SRKernels.Language.Cpu;

/// <summary>Where a kernel thread stands.</summary>
internal enum CpuThreadState
{
    NotStarted,
    Running,
    Ready,
    AtGroupBarrier,
    AtWarpMeeting,
    Done,
}

/// <summary>Thrown into waiting kernel threads when another one failed.</summary>
internal sealed class CpuAbortException : Exception;

/// <summary>
/// Runs the threads of one group one at a time, in order, each until it ends or waits: execution is the same on every
/// run and can be stepped in a debugger. A kernel without barriers runs on the caller's OS thread alone; one more is
/// taken per waiting thread.
/// </summary>
internal sealed class CpuScheduler(CpuGroup group)
{
    private const int StackBytes = 512 * 1024;
    private const int GroupBarrier = 1000;

    private readonly SemaphoreSlim _finished = new(0);
    private Action _kernel = null!;
    private ExceptionDispatchInfo? _failure;
    private int _live;
    private int _workers;
    private int _cursor;

    /// <summary>Number of true votes at the last group barrier.</summary>
    internal int Votes { get; private set; }

    internal void Run(Action kernel)
    {
        _kernel = kernel;
        _live = group.Threads.Length;
        _workers = 1;
        Work();
        if (Interlocked.Decrement(ref _workers) > 0) _finished.Wait();
        _failure?.Throw();
    }

    internal int WaitForGroup(CpuThread thread, bool vote)
    {
        thread.Vote = vote;
        Wait(thread, CpuThreadState.AtGroupBarrier, GroupBarrier);
        return Votes;
    }

    internal void WaitForWarp(CpuThread thread, int operation) => Wait(thread, CpuThreadState.AtWarpMeeting, operation);

    /// <summary>The loop of an OS thread: start kernel threads until the next one to run has an OS thread of its
    /// own.</summary>
    private void Work()
    {
        while (true)
        {
            CpuThread? next = PickNext();
            if (next is null) return;
            if (next.State == CpuThreadState.Ready)
            {
                next.Parked!.Release();
                return;
            }

            next.State = CpuThreadState.Running;
            CpuThread.Current = next;
            try
            {
                if (_failure is null) _kernel();
            }
            catch (CpuAbortException)
            {
                // another thread's failure is reported
            }
            catch (Exception e)
            {
                _failure ??= ExceptionDispatchInfo.Capture(e);
            }

            CpuThread.Leave();
            next.State = CpuThreadState.Done;
            _live--;
        }
    }

    private void Wait(CpuThread thread, CpuThreadState state, int waitsAt)
    {
        thread.State = state;
        thread.WaitsAt = waitsAt;
        CpuThread? next = PickNext();
        if (!ReferenceEquals(next, thread))
        {
            thread.Parked ??= new SemaphoreSlim(0);
            if (next is { State: CpuThreadState.Ready })
            {
                next.Parked!.Release();
            }
            else if (next is not null)
            {
                Interlocked.Increment(ref _workers);
                new Thread(WorkOnNewThread, StackBytes) { IsBackground = true }.Start();
            }

            thread.Parked.Wait();
        }

        thread.State = CpuThreadState.Running;
        if (_failure is not null) throw new CpuAbortException();
    }

    private void WorkOnNewThread()
    {
        Work();
        if (Interlocked.Decrement(ref _workers) == 0) _finished.Release();
    }

    /// <summary>The next thread in order that can run; null when all are done.</summary>
    private CpuThread? PickNext()
    {
        if (_live == 0) return null;
        while (true)
        {
            CpuThread[] threads = group.Threads;
            for (int i = 0; i < threads.Length; i++)
            {
                CpuThread thread = threads[(_cursor + i) % threads.Length];
                if (thread.State is not (CpuThreadState.NotStarted or CpuThreadState.Ready)) continue;
                _cursor = (_cursor + i) % threads.Length;
                return thread;
            }

            if (!Release()) Deadlock();
        }
    }

    /// <summary>Lets go every warp meeting, or else the group barrier, at which all that still run have
    /// arrived.</summary>
    private bool Release()
    {
        bool any = false;
        CpuThread[] threads = group.Threads;
        for (int start = 0; start < threads.Length; start += CpuGroup.WarpSize)
        {
            Span<CpuThread> warp = threads.AsSpan(start, Math.Min(CpuGroup.WarpSize, threads.Length - start));
            int at = -1;
            bool complete = true;
            foreach (CpuThread thread in warp)
            {
                if (thread.State == CpuThreadState.Done) continue;
                int here = thread.State == CpuThreadState.AtWarpMeeting ? thread.WaitsAt : GroupBarrier;
                complete &= here != GroupBarrier && (at == -1 || at == here);
                at = here;
            }

            if (!complete || at == -1) continue;
            any = true;
            foreach (CpuThread thread in warp)
                if (thread.State == CpuThreadState.AtWarpMeeting)
                    thread.State = CpuThreadState.Ready;
        }

        if (any) return true;
        int votes = 0;
        foreach (CpuThread thread in threads)
        {
            if (thread.State == CpuThreadState.AtWarpMeeting) return false;
            if (thread.State == CpuThreadState.AtGroupBarrier && thread.Vote) votes++;
        }

        Votes = votes;
        foreach (CpuThread thread in threads)
            if (thread.State == CpuThreadState.AtGroupBarrier)
                thread.State = CpuThreadState.Ready;
        return true;
    }

    /// <summary>Wakes everyone with a failure: some threads wait for others that wait elsewhere.</summary>
    private void Deadlock()
    {
        _failure ??= ExceptionDispatchInfo.Capture(new InvalidOperationException(
            "The threads of a group wait at different barriers or warp operations: one stands in a branch that not all of them take."));
        foreach (CpuThread thread in group.Threads)
            if (thread.State is CpuThreadState.AtGroupBarrier or CpuThreadState.AtWarpMeeting)
                thread.State = CpuThreadState.Ready;
    }
}
