using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using SRKernels.Ilgpu;
using SRKernels.Kernels.Pixels;
using SRKernels.Runtime;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Tests.Models;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Ilgpu;

/// <summary>An application's own accelerator: which one is taken, what stays its own, and what the sample program makes on it.</summary>
public sealed class AcceleratorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("srk-accelerator-").FullName;
    private readonly string _model;

    public AcceleratorTests() => TinyModelFile.Write(_model = Path.Combine(_folder, "tiny.safetensors"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void IlgpusDefaultProcessorIsRefusedByTheNameOfTheRightOne()
    {
        using var context = Context.CreateDefault();
        using var accelerator = context.CreateCPUAccelerator(0);
        var error = Assert.Throws<SrkException>(() => accelerator.LoadSuperResolver(_model));
        Assert.Contains("warps of 32", error.Expected, StringComparison.Ordinal);
        Assert.Contains("warps of 4 and groups of 16", error.Got, StringComparison.Ordinal);
        Assert.Contains("CPUDevice.Nvidia.CreateCPUAccelerator(context)", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void AContextAtO2IsRefusedWithTheReason()
    {
        using var context = Context.Create(builder => builder.CPU(CPUDevice.Nvidia).Optimize(OptimizationLevel.O2));
        using var accelerator = context.CreateCPUAccelerator(0);
        var error = Assert.Throws<SrkException>(() => accelerator.LoadSuperResolver(_model));
        Assert.Equal("O2", error.Got);
        Assert.Contains("uniform", error.Remedy, StringComparison.Ordinal);
    }

    /// <summary>A view outlives its buffer and points near address 0 then: nothing of it may reach a kernel.</summary>
    [Fact]
    public void WhatIsDisposedIsRefusedBeforeWorkIsQueued()
    {
        using var context = Context.CreateDefault();
        using var accelerator = CPUDevice.Nvidia.CreateCPUAccelerator(context);
        using var resolver = accelerator.LoadSuperResolver(_model);
        using var picture = accelerator.Allocate1D<byte>(192);
        using var result = accelerator.Allocate1D<byte>(768);
        var gone = accelerator.Allocate1D<byte>(1536);
        var view = gone.View.SubView(768, 768);
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => resolver.Upscale(accelerator.DefaultStream, picture.View, PictureLayout.Bytes(8, 8), view));
        var stream = accelerator.CreateStream();
        stream.Dispose();
        Assert.Throws<ObjectDisposedException>(() => resolver.Upscale(stream, picture.View, PictureLayout.Bytes(8, 8), result.View));
    }

    [Fact]
    public void ViewsThatDoNotFitAreRefused_AndTheAcceleratorStaysTheCallers()
    {
        using var context = Context.CreateDefault();
        using var accelerator = CPUDevice.Nvidia.CreateCPUAccelerator(context);
        using var other = CPUDevice.Nvidia.CreateCPUAccelerator(context);
        using var floats = accelerator.Allocate1D<float>(192);
        using var bytes = accelerator.Allocate1D<byte>(768);
        using var rows = accelerator.Allocate2DDenseX<byte>(new LongIndex2D(48, 16));
        using var elsewhere = other.Allocate1D<byte>(192);
        using (other.BindScoped())
        {
            using (var resolver = accelerator.LoadSuperResolver(_model))
            {
                var stream = accelerator.DefaultStream;
                Refused("a view of floats", () => resolver.Upscale(stream, bytes, PictureLayout.ZeroToOne(8, 8), bytes));
                Refused("a view of bytes", () => resolver.Upscale(stream, floats, PictureLayout.Bytes(8, 8), floats));
                Refused("768 elements", () => resolver.Upscale(stream, bytes, PictureLayout.Bytes(8, 8), bytes.View.SubView(0, 767)));
                Refused("a view of 24x8 elements", () => resolver.Upscale(stream, rows.View, PictureLayout.Bytes(8, 8), rows.View));
                Refused("extents of at least 1", () => resolver.Upscale(stream, bytes, PictureLayout.Bytes(0, 8), bytes));
                Refused("numbers that are", () => resolver.Upscale(stream, bytes, new PictureLayout(8, 8, (PixelValues)9), bytes));
                Refused("numbers that are", () => resolver.Upscale(stream, floats, new PictureLayout(8, 8, (PixelValues)(-1)), floats));
                foreach (var (width, height) in new[] { (int.MaxValue, 1), (1, int.MaxValue), (int.MaxValue, int.MaxValue) })
                {
                    Refused("at most 2147483647 elements", () => resolver.Upscale(stream, bytes, PictureLayout.Bytes(width, height), bytes));
                    Refused("at most 2147483647 elements", () => resolver.Upscale(stream, rows.View, PictureLayout.Bytes(width, height), rows.View));
                }

                // What a result has room for, too: these would be 2^31 elements and more only there.
                foreach (var (width, height) in new[] { (1 << 27, 1), (1 << 29, 1), (16_384, 16_384) })
                    Refused("at most 2147483647 elements", () => PictureLayout.Bytes(width, height).Larger(scale: 4));
                Refused("2 to", () => resolver.Upscale(stream, bytes, PictureLayout.Bytes(8, 8), bytes.View, new UpscaleOptions { Steps = 99 }));
                Refused("at least one byte", () => resolver.Upscale(stream, bytes, PictureLayout.Bytes(8, 8), bytes.View, new UpscaleOptions { MaxMemoryBytes = 0 }));
                Refused("None or Upstream", () => resolver.Upscale(stream, bytes, PictureLayout.Bytes(8, 8), bytes.View, new UpscaleOptions { Compatibility = (Compatibility)7 }));
                Refused("that the model was loaded on", () => resolver.Upscale(other.DefaultStream, bytes, PictureLayout.Bytes(8, 8), bytes));
                Refused("that the model was loaded on", () => resolver.Upscale(stream, elsewhere, PictureLayout.Bytes(8, 8), bytes));
                Refused("no mask", () => resolver.Upscale(
                    stream, bytes, PictureLayout.Bytes(8, 8), bytes, new UpscaleOptions { Mask = new Image(8, 8, PixelLayout.Grey) }));
                resolver.Synchronize();
            }

            Assert.Same(other, Accelerator.Current);
            Assert.False(accelerator.IsDisposed);
        }

        bytes.MemSetToZero();
        accelerator.Synchronize();

        static void Refused(string expected, Action work) => Assert.Contains(expected, Assert.Throws<SrkException>(work).Expected, StringComparison.Ordinal);
    }
}
