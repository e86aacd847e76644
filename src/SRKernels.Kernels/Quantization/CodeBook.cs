using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Quantization;

/// <summary>The codes of a vector quantiser, packed so that a search reads one coordinate of many codes at once, in native memory.</summary>
/// <remarks>Layout: dim + 1 rows of <see cref="Count"/> values, the coordinates and then |e|^2.</remarks>
public sealed unsafe class CodeBook : IDisposable
{
    private readonly NativeBlock _rows;

    private CodeBook(int count, int dim)
    {
        Count = count;
        Dim = dim;
        _rows = new NativeBlock(Bytes);
    }

    /// <summary>How many codes.</summary>
    public int Count { get; }

    /// <summary>Coordinates of a code.</summary>
    public int Dim { get; }

    /// <summary>Bytes of native memory.</summary>
    public long Bytes => (Dim + 1L) * Count * sizeof(float);

    /// <summary>|e|^2 of every code: the squares rounded and added in the order of the coordinates, all in fp32.</summary>
    internal float* SquaredNorms => Row(Dim);

    /// <summary>Packs the checkpoint's <c>quantize.embedding.weight</c>.</summary>
    /// <param name="codes">[count, dim], C order.</param>
    /// <param name="count">How many codes.</param>
    /// <param name="dim">Coordinates of a code.</param>
    /// <exception cref="Runtime.SrkException">The length does not fit.</exception>
    public static CodeBook Pack(ReadOnlySpan<float> codes, int count, int dim)
    {
        Expect.That(count > 0 && dim > 0, nameof(CodeBook), "at least one code of one coordinate", "none", "check the checkpoint");
        Expect.Length(nameof(CodeBook), checked(count * dim), codes.Length, "codes");
        var book = new CodeBook(count, dim);
        for (var i = 0; i < count; i++)
        {
            var squares = 0f;
            for (var d = 0; d < dim; d++)
            {
                var e = codes[(i * dim) + d];
                book.Row(d)[i] = e;
                squares += e * e;
            }

            book.SquaredNorms[i] = squares;
        }

        return book;
    }

    /// <summary>One coordinate of one code.</summary>
    public float At(int code, int d)
    {
        ObjectDisposedException.ThrowIf(_rows.IsClosed, this);
        if ((uint)code >= (uint)Count || (uint)d >= (uint)Dim)
            throw new ArgumentOutOfRangeException(nameof(code), $"CodeBook.At: expected an element of [{Count},{Dim}], got [{code},{d}]");
        return Row(d)[code];
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _rows.Dispose();

    /// <summary>Refuses a book that was freed.</summary>
    internal void CheckAlive() => ObjectDisposedException.ThrowIf(_rows.IsClosed, this);

    /// <summary>One coordinate of all codes.</summary>
    internal float* Row(int d) => _rows.Data + ((long)d * Count);
}
