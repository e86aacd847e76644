using SRKernels.Emulation.Native.Driver;

namespace SRKernels.Emulation.Native;

/// <summary>
/// What every exported function passes through: one lock for the whole driver, what must have been called before, and the rule that no
/// exception leaves the library. Start reading here, then <see cref="EmulatedContext"/> and the functions in <c>Exports</c>.
/// </summary>
internal static class Boundary
{
    private static readonly Lock s_lock = new();

    /// <summary>A function that works before cuInit.</summary>
    public static CuResult Enter(Action work)
    {
        lock (s_lock)
        {
            try
            {
                work();
                return CuResult.Success;
            }
            catch (CuFailure e)
            {
                return e.Code;
            }
            catch (Exception e)
            {
                Report.Line($"libcuda (emulated): expected no exception inside the driver, got {e}; this is a defect of the emulator");
                return CuResult.Unknown;
            }
        }
    }

    /// <summary>A function that needs cuInit.</summary>
    public static CuResult Call(Action<Machine> work) => Enter(() => work(Machine.Running));

    /// <summary>
    /// A function that needs a context current on the calling thread. A context that a kernel broke answers with that error for ever, and work that was queued
    /// earlier may be what fails now.
    /// </summary>
    public static CuResult InContext(Action<EmulatedContext> work) => Call(_ =>
    {
        var context = CurrentContext.Get() ?? throw new CuFailure(CuResult.InvalidContext);
        if (context.IsDestroyed) throw new CuFailure(CuResult.ContextIsDestroyed);
        context.ThrowIfBroken();
        work(context);
        context.ThrowIfBroken();
    });

    /// <summary>Refuses the null pointers that a driver function must not get.</summary>
    public static unsafe void Require(params ReadOnlySpan<nint> pointers)
    {
        if (pointers.Contains(0)) throw new CuFailure(CuResult.InvalidValue);
    }
}
