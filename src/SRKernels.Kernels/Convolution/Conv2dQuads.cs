using ILGPU;
using SRKernels.Kernels.Activations;
using SRKernels.Intrinsics;
using static SRKernels.Kernels.Convolution.Conv2dKernels;

namespace SRKernels.Kernels.Convolution;

/// <summary>Four neighbouring channels at a time, inside kernels.</summary>
internal static class Conv2dQuads
{
    /// <summary>x m + o and SiLU, if asked for, with multipliers at <paramref name="at"/> and offsets <paramref name="inChannels"/> behind them.</summary>
    public static Float4 Affined(Float4 a, ArrayView<float> affine, int at, int inChannels, int flags)
    {
        Float4 m = VectorAccess.Load4(ref affine[at]);
        Float4 o = VectorAccess.Load4(ref affine[at + inChannels]);
        a.X = (a.X * m.X) + o.X;
        a.Y = (a.Y * m.Y) + o.Y;
        a.Z = (a.Z * m.Z) + o.Z;
        a.W = (a.W * m.W) + o.W;
        if ((flags >> InputActivationShift & ActivationMask) == (int)Activation.Silu)
        {
            a.X = DeviceActivation.Silu(a.X);
            a.Y = DeviceActivation.Silu(a.Y);
            a.Z = DeviceActivation.Silu(a.Z);
            a.W = DeviceActivation.Silu(a.W);
        }

        return a;
    }

    /// <summary>An output activation; <paramref name="at"/> is where its slopes would be.</summary>
    public static Float4 Activated(Float4 a, ArrayView<float> slopes, int at, int activation)
    {
        if (activation == (int)Activation.LeakyRelu) a = LeakyRelu(a, VectorAccess.Load4(ref slopes[at]));
        else if (activation == (int)Activation.Silu)
        {
            a.X = DeviceActivation.Silu(a.X);
            a.Y = DeviceActivation.Silu(a.Y);
            a.Z = DeviceActivation.Silu(a.Z);
            a.W = DeviceActivation.Silu(a.W);
        }
        else if (activation == (int)Activation.GeluErf)
        {
            a.X = DeviceActivation.GeluErf(a.X);
            a.Y = DeviceActivation.GeluErf(a.Y);
            a.Z = DeviceActivation.GeluErf(a.Z);
            a.W = DeviceActivation.GeluErf(a.W);
        }

        return a;
    }

    /// <summary>Below 0 the slope times x.</summary>
    public static Float4 LeakyRelu(Float4 a, Float4 slopes)
    {
        a.X = DeviceActivation.LeakyRelu(a.X, slopes.X);
        a.Y = DeviceActivation.LeakyRelu(a.Y, slopes.Y);
        a.Z = DeviceActivation.LeakyRelu(a.Z, slopes.Z);
        a.W = DeviceActivation.LeakyRelu(a.W, slopes.W);
        return a;
    }

    /// <summary>Element by element.</summary>
    public static Float4 Sum(Float4 a, Float4 b) => new() { X = a.X + b.X, Y = a.Y + b.Y, Z = a.Z + b.Z, W = a.W + b.W };

    /// <summary>Up to four of the <paramref name="left"/> elements of a row that are left, as one access where rows are whole quads.</summary>
    public static Float4 Read(ArrayView<float> y, int at, int left, bool isWhole)
    {
        if (isWhole) return VectorAccess.Load4(ref y[at]);
        return new Float4 { X = y[at], Y = left > 1 ? y[at + 1] : 0, Z = left > 2 ? y[at + 2] : 0, W = left > 3 ? y[at + 3] : 0 };
    }

    /// <summary>Writes up to four of the <paramref name="left"/> elements of a row that are left.</summary>
    public static void Write(ArrayView<float> y, int at, int left, bool isWhole, Float4 value)
    {
        if (isWhole)
        {
            VectorAccess.Store4(ref y[at], value);
            return;
        }

        y[at] = value.X;
        if (left > 1) y[at + 1] = value.Y;
        if (left > 2) y[at + 2] = value.Z;
        if (left > 3) y[at + 3] = value.W;
    }
}
