using SRKernels.Kernels;
using SRKernels.Kernels.Quantization;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Vq;

/// <summary>The vector-quantised autoencoder: pictures to latents (not quantised) and latents to pictures (quantised first).</summary>
// Esser, Rombach, Ommer. Taming transformers. 2021; ldm/models/autoencoder.py: VQModelTorch in ResShift @3ce1d81.
internal sealed class VqAutoencoder : IDisposable
{
    private readonly VqEncoder _encoder;
    private readonly ConvLayer _quantConv;
    private readonly CodeBook _codeBook;
    private readonly ConvLayer _postQuantConv;
    private readonly VqDecoder _decoder;

    public VqAutoencoder(WeightScope w, AutoencoderConfiguration a)
    {
        Configuration = a;
        _encoder = new VqEncoder(w["encoder"], a);
        _quantConv = new ConvLayer(w["quant_conv"], a.ZChannels, a.EmbedDim, 1);
        _codeBook = CodeBook.Pack(w["quantize.embedding"].Tensor("weight", a.CodeCount, a.EmbedDim), a.CodeCount, a.EmbedDim);
        _postQuantConv = new ConvLayer(w["post_quant_conv"], a.EmbedDim, a.ZChannels, 1);
        _decoder = new VqDecoder(w["decoder"], a);
    }

    public AutoencoderConfiguration Configuration { get; }

    /// <summary>[n, h, w, 3] in -1..1 to [n, h/f, w/f, embed].</summary>
    public Tensor Encode(KernelContext cx, Tensor image)
    {
        var z = _encoder.Forward(cx, image);
        return _quantConv.Consume(cx, z).Traced(cx, "latent");
    }

    /// <summary>The nearest code of each position, in the latent's shape.</summary>
    /// <param name="cx">Where it runs.</param>
    /// <param name="latent">[n, h, w, embed].</param>
    /// <param name="indices">Receives which code each position took, n h w of them, on a device after the run; or empty.</param>
    /// <param name="gap">Receives the second best minus the best squared distance, likewise; or empty.</param>
    public Tensor Quantize(KernelContext cx, Tensor latent, Memory<int> indices = default, Memory<float> gap = default) =>
        NearestCode.Apply(cx, latent, _codeBook, indices, gap).Traced(cx, "quantised");

    /// <summary>The codes of given indices as a latent: what a decoder is compared with where a code flipped.</summary>
    public Tensor Codes(KernelContext cx, Shape latent, ReadOnlySpan<int> indices)
    {
        var values = new float[latent.Count];
        for (var i = 0; i < values.Length; i++) values[i] = _codeBook.At(indices[i / latent.C], i % latent.C);
        return cx.Upload(values, latent);
    }

    /// <summary>The picture of a latent that is taken as it is.</summary>
    public Tensor DecodeQuantized(KernelContext cx, Tensor quantized)
    {
        using var z = _postQuantConv.Forward(cx, quantized);
        return _decoder.Forward(cx, z).Traced(cx, "decoded");
    }

    /// <summary>[n, h, w, embed] to [n, h f, w f, 3], each position replaced by its nearest code first.</summary>
    public Tensor Decode(KernelContext cx, Tensor latent)
    {
        using var quantized = Quantize(cx, latent);
        return DecodeQuantized(cx, quantized);
    }

    public void Dispose()
    {
        _encoder.Dispose();
        _quantConv.Dispose();
        _codeBook.Dispose();
        _postQuantConv.Dispose();
        _decoder.Dispose();
    }
}
