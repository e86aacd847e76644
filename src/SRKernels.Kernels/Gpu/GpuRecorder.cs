using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Gpu;

/// <summary>
/// Takes down what a network launches on a device: kernels, their arguments, and from when to when each tensor lives. Nothing runs yet;
/// <see cref="GpuProgram"/> lays the tensors out in one arena and runs the launches as often as wanted.
/// </summary>
/// <param name="info">The device that it is recorded for; kernels and tiles are chosen by it.</param>
/// <param name="precision">What products are computed in.</param>
internal sealed class GpuRecorder(DeviceInfo info, Precision precision)
{
    private readonly List<GpuLaunch> _launches = [];
    private readonly List<ArenaPlace> _places = [];
    private readonly List<GpuFetch> _fetches = [];
    private readonly List<GpuMark> _marks = [];
    private readonly List<int> _parts = [];
    private readonly Dictionary<string, ArenaPlace> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, object> _notes = [];

    /// <summary>The device.</summary>
    public DeviceInfo Info { get; } = info;

    /// <summary>What products are computed in.</summary>
    public Precision Precision { get; } = precision;

    /// <summary>The launches so far, in order.</summary>
    public IReadOnlyList<GpuLaunch> Launches => _launches;

    /// <summary>All memory of the arena.</summary>
    public IReadOnlyList<ArenaPlace> Places => _places;

    /// <summary>What is read back after a run, in order.</summary>
    public IReadOnlyList<GpuFetch> Fetches => _fetches;

    /// <summary>Where the host wants to know.</summary>
    public IReadOnlyList<GpuMark> Marks => _marks;

    /// <summary>Where the parts after the first begin: numbers of launches.</summary>
    public IReadOnlyList<int> Parts => _parts;

    /// <summary>
    /// What follows is a part of its own, run as often as wanted between its neighbours; tensors alive now keep their memory through all parts.
    /// </summary>
    public void BeginPart()
    {
        _parts.Add(_launches.Count);
        foreach (var place in _places)
            if (place.Died == ArenaPlace.End) place.IsKept = true;
    }

    /// <summary>Records a launch; it sees the results of all launches before it.</summary>
    /// <param name="kernel">Which kernel of this assembly.</param>
    /// <param name="shape">Groups and threads.</param>
    /// <param name="arguments">In the kernel's order; a tensor or view is an ArrayView.</param>
    public void Launch(KernelKey kernel, in LaunchShape shape, params ReadOnlySpan<GpuArgument> arguments) =>
        _launches.Add(new GpuLaunch(kernel, shape, arguments.ToArray()));

    /// <summary>Memory for a tensor, alive until it is disposed; its elements are whatever was there before.</summary>
    public Tensor Rent(Shape shape)
    {
        Tensor.CheckExtents(shape);
        return new Tensor(this, Add(new ArenaPlace(checked(shape.Count * sizeof(float)), _launches.Count)), shape);
    }

    /// <summary>A tensor that is there before the first launch and keeps its place to the end: the host fills it by <see cref="GpuProgram.Upload"/>.</summary>
    public Tensor Input(Shape shape)
    {
        Tensor.CheckExtents(shape);
        return new Tensor(this, Add(new ArenaPlace(checked(shape.Count * sizeof(float)), -1) { IsKept = true }), shape);
    }

    /// <summary>A second handle on a tensor's memory, for who disposes what he is given; the tensor must outlive it.</summary>
    public static Tensor Again(Tensor tensor) => Images(tensor, 0, tensor.Shape.N);

    /// <summary>Some images of a tensor, where they lie; the tensor must outlive them.</summary>
    public static Tensor Images(Tensor tensor, int first, int count) =>
        Part(tensor, first * ((long)tensor.Shape.Pixels * tensor.Shape.C), tensor.Shape with { N = count });

    /// <summary>Elements of a tensor as one of another shape, where they lie; the tensor must outlive it.</summary>
    public static Tensor Part(Tensor tensor, long first, Shape shape) => new(null, tensor.Place, shape, tensor.First + first);

    /// <summary>A tensor with content, uploaded once before the first run. Writing to it is allowed; a second run then sees what the first left.</summary>
    public Tensor Upload(ReadOnlySpan<float> values, Shape shape)
    {
        Tensor.CheckExtents(shape);
        Expect.Length(nameof(Upload), checked((int)shape.Count), values.Length, "values");
        var content = MemoryMarshal.AsBytes(values).ToArray();
        return new Tensor(this, Add(new ArenaPlace(content.Length, -1) { Content = content, IsKept = true }), shape);
    }

    /// <summary>Values that kernels only read, uploaded once; equal contents share memory.</summary>
    public GpuView Constant<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        var digest = Convert.ToHexString(SHA256.HashData(bytes));
        if (!_constants.TryGetValue(digest, out var place))
        {
            place = Add(new ArenaPlace(bytes.Length, -1) { Content = bytes.ToArray(), IsKept = true });
            _constants.Add(digest, place);
        }

        return new GpuView(place, Unsafe.SizeOf<T>(), 0, values.Length);
    }

    /// <summary>Values that kernels read and write, copied anew before every run.</summary>
    public GpuView State<T>(ReadOnlySpan<T> initial)
        where T : unmanaged
    {
        var content = MemoryMarshal.AsBytes(initial).ToArray();
        var place = Add(new ArenaPlace(content.Length, -1) { Content = content, IsState = true, IsKept = true });
        return new GpuView(place, Unsafe.SizeOf<T>(), 0, initial.Length);
    }

    /// <summary>Weights in a form that kernels read: made and uploaded once for an engine, however many programs use them.</summary>
    /// <param name="owner">Whose they are, by reference.</param>
    /// <param name="layout">The form's name: another form of the same weights has another.</param>
    /// <param name="make">Makes the bytes.</param>
    /// <typeparam name="T">Element type that the kernel reads.</typeparam>
    public GpuView Weights<T>(object owner, string layout, Func<byte[]> make)
        where T : unmanaged => new(new WeightPlace(owner, layout, make), Unsafe.SizeOf<T>(), 0, -1);

    /// <summary>As <see cref="Weights{T}"/> with floats.</summary>
    public GpuView Weights(object owner, string layout, Func<byte[]> make) => Weights<float>(owner, layout, make);

    /// <summary>
    /// Memory of someone else's, another in every run if wanted. A part that reads or writes some is launched one by one: a graph holds addresses.
    /// </summary>
    /// <param name="elementBytes">Bytes of an element.</param>
    /// <param name="length">How many elements.</param>
    public static GpuView Foreign(int elementBytes, long length) => new(new ForeignPlace(), elementBytes, 0, length);

    /// <summary>The memory of a tensor as another element type.</summary>
    public GpuView View<T>(Tensor tensor)
        where T : unmanaged => GpuView.Of<T>(tensor);

    /// <summary>Reads a view back after every run; its memory is kept to the end for that.</summary>
    public void Fetch<T>(GpuView view, FetchedValues<T> then)
        where T : unmanaged
    {
        if (view.Place is not ArenaPlace place) throw new ArgumentException("GpuRecorder.Fetch: expected memory of the arena, got weights", nameof(view));
        place.IsKept = true;
        _fetches.Add(new GpuFetch(view, bytes => then(MemoryMarshal.Cast<byte, T>(bytes))));
    }

    /// <summary>Keeps a tensor's memory to the end, to be read by <see cref="GpuProgram.Download"/>.</summary>
    public void Keep(Tensor tensor) => tensor.Place.IsKept = true;

    /// <summary>What an op keeps for the length of the recording, made at its first use.</summary>
    public T Notes<T>()
        where T : class, new()
    {
        if (!_notes.TryGetValue(typeof(T), out var notes)) _notes.Add(typeof(T), notes = new T());
        return (T)notes;
    }

    /// <summary>Tells the host when all launches so far are done, on devices where that costs nothing.</summary>
    public void Mark(Action reached) => _marks.Add(new GpuMark(_parts.Count, _launches.Count, reached));

    /// <summary>A tensor's life ends: the next launch may have its memory.</summary>
    internal void Release(ArenaPlace place) => place.Died = Math.Min(place.Died, _launches.Count - 1);

    /// <summary>Takes back the last request to <see cref="Fetch"/>.</summary>
    internal void DropLastFetch() => _fetches.RemoveAt(_fetches.Count - 1);

    private ArenaPlace Add(ArenaPlace place)
    {
        _places.Add(place);
        return place;
    }
}

/// <summary>Gets values that were read back.</summary>
internal delegate void FetchedValues<T>(ReadOnlySpan<T> values)
    where T : unmanaged;
