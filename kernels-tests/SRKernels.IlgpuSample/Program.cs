using System.Globalization;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using SRKernels.Ilgpu;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Runtime;

// SRKernels.IlgpuSample cpu|cuda IN OUT [STEPS] [MODEL]: a picture becomes memory of an ILGPU accelerator, is upscaled there, and comes back.
if (args.Length is < 3 or > 5)
{
    Console.Error.WriteLine("usage: SRKernels.IlgpuSample cpu|cuda IN OUT [STEPS] [MODEL]");
    return 2;
}

var isCuda = args[0] == "cuda";
var model = args.Length > 4 ? args[4] : null;
var options = new UpscaleOptions { Steps = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : null };
try
{
    var image = ImageCodecs.Read(args[1]);
    var (width, height) = (image.Width, image.Height);

    // An application's own context, as ILGPU's documentation makes it.
    using var context = Context.CreateDefault();
    using Accelerator accelerator = isCuda ? context.CreateCudaAccelerator(0) : CPUDevice.Nvidia.CreateCPUAccelerator(context);
    using var stream = accelerator.CreateStream();
    using var resolver = accelerator.LoadSuperResolver(model);

    // In an application that computes pictures these would lie in the accelerator's memory already.
    var scale = resolver.Description.Scale;
    var larger = new Image(scale * width, scale * height, PixelLayout.Rgb);
    using var picture = accelerator.Allocate1D(image.Samples8.ToArray());
    using var result = accelerator.Allocate1D<byte>(larger.Samples8.Length);
    resolver.Upscale(stream, picture, PictureLayout.Bytes(width, height), result, options);
    resolver.Synchronize();
    result.View.BaseView.CopyToCPU(stream, larger.Samples8);
    stream.Synchronize();
    ImageCodecs.Write(larger, args[2]);
    Console.WriteLine($"{larger.Width}x{larger.Height} on {accelerator.Name}");
    return 0;
}
catch (Exception e) when (e is SrkException or NotSupportedException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
