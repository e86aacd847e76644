using SRKernels.Kernels.Convolution;
using SRKernels.Models.Layers;

namespace SRKernels.Models.Vq;

/// <summary>
/// The four 1x1 convolutions of an attention block as one, for devices whose products want few and large operands.
/// </summary>
/// <remarks>
/// One head attends, and its weights p add up to 1, so the projection behind it may as well be done before:
/// P (sum over j of p_j (V h_j + b)) + d = sum over j of p_j (P V) h_j + (P b + d), P and d being the projection's matrix and bias, V and b the values'.
/// The product P V is made once, in float64. The constant P b + d stays out of the values, which are rounded to the operands' type: it is added in fp32.
/// </remarks>
internal sealed class JoinedAttention : IDisposable
{
    /// <summary>Joins the weights of four 1x1 convolutions of c to c channels.</summary>
    /// <param name="name">Of the joined convolution.</param>
    /// <param name="q">Queries.</param>
    /// <param name="k">Keys.</param>
    /// <param name="v">Values.</param>
    /// <param name="projOut">What the attended values go through.</param>
    public JoinedAttention(string name, Conv2dWeights q, Conv2dWeights k, Conv2dWeights v, Conv2dWeights projOut)
    {
        var c = q.OutChannels;
        var (values, project) = (Matrix(v), Matrix(projOut));
        var product = new double[c * c];
        Constant = new float[c];
        for (var o = 0; o < c; o++)
        {
            var row = product.AsSpan(o * c, c);
            double constant = projOut.BiasAt(o);
            for (var m = 0; m < c; m++)
            {
                var factor = project[(o * c) + m];
                constant += factor * v.BiasAt(m);
                var from = values.AsSpan(m * c, c);
                for (var i = 0; i < row.Length; i++) row[i] += factor * from[i];
            }

            Constant[o] = (float)constant;
        }

        double[] joined = [.. Matrix(q), .. Matrix(k), .. product];
        var bias = new float[3 * c];
        for (var o = 0; o < c; o++) (bias[o], bias[c + o]) = (q.BiasAt(o), k.BiasAt(o));
        Qkv = new ConvLayer(name, Conv2dWeights.Pack(Array.ConvertAll(joined, w => (float)w), bias, 3 * c, c, 1));
    }

    /// <summary>c to 3 c channels: query, key and projected value of each position.</summary>
    public ConvLayer Qkv { get; }

    /// <summary>[c]: to be added to the attended values.</summary>
    public float[] Constant { get; }

    public void Dispose() => Qkv.Dispose();

    /// <summary>[out, in].</summary>
    private static double[] Matrix(Conv2dWeights w)
    {
        var matrix = new double[w.OutChannels * w.InChannels];
        for (var o = 0; o < w.OutChannels; o++)
            for (var i = 0; i < w.InChannels; i++)
                matrix[(o * w.InChannels) + i] = w.At(o, i, 0, 0);
        return matrix;
    }
}
