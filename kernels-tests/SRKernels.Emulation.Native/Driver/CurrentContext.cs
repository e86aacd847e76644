namespace SRKernels.Emulation.Native.Driver;

/// <summary>The stack of contexts of each thread; its top is current.</summary>
internal static class CurrentContext
{
    [ThreadStatic]
    private static List<EmulatedContext>? t_stack;

    public static EmulatedContext? Get() => t_stack is { Count: > 0 } stack ? stack[^1] : null;

    /// <summary>As cuCtxCreate: the new one lies on those before.</summary>
    public static void Push(EmulatedContext context) => (t_stack ??= []).Add(context);

    /// <summary>As cuCtxSetCurrent: replaces the top; null takes it away.</summary>
    public static void Set(EmulatedContext? context)
    {
        var stack = t_stack ??= [];
        if (stack.Count > 0) stack.RemoveAt(stack.Count - 1);
        if (context is not null) stack.Add(context);
    }

    /// <summary>As cuCtxDestroy: one that is current to the calling thread goes; other threads keep a destroyed one, and everyone keeps a primary one.</summary>
    public static void Destroyed(EmulatedContext context)
    {
        if (Get() == context) Set(null);
    }
}
