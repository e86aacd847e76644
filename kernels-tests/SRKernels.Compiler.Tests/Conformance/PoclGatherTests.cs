using System.Runtime.InteropServices;
using SRKernels.Compilation;
using SRKernels.Compiler.Frontend;
using SRKernels.Compiler.Tests.Runtime;
using SRKernels.Conformance.Kernels;
using SRKernels.Runtime;
using SRKernels.Runtime.OpenCl;
using Xunit;

namespace SRKernels.Compiler.Tests.Conformance;

/// <summary>
/// PoCL 3.1 gets <c>r[i] = a[(i * 3) &amp; 63]</c> wrong on some processors: it reads on past the mask. The case is left out of the suite on OpenCL; here
/// the device is asked with hand-written text, and where it is right with that, it must be right with ours.
/// </summary>
public sealed class PoclGatherTests
{
    private const string ByHand = """
        __kernel void by_hand(__global const int* a, ulong aOffset, long aLength, __global int* r, ulong rOffset, long rLength)
        {
            int i = get_local_id(0);
            r[i] = a[(i * 3) & 63];
        }
        """;

    [OpenClFact]
    public void IsRightWhereHandWrittenTextIs()
    {
        using var device = OpenClDevice.Open(0);
        var ours = KernelImageMaker.OpenCl(KernelCompiler.Compile(
            new KernelRequest(typeof(Structs).Assembly.Location, typeof(Structs).FullName!, nameof(Structs.GatherByMultiples)) { Specialized = [3] }, forOpenCl: true));
        var wrongByHand = WrongElements(device, ours with { Name = "by_hand", Text = ByHand });
        Assert.SkipWhen(wrongByHand > 0, "the driver makes the same mistake of a kernel written by hand");
        Assert.Equal(0, WrongElements(device, ours));
    }

    private static int WrongElements(Device device, KernelImage image)
    {
        var a = Enumerable.Range(0, 64).Select(i => (i * 7) - 5).ToArray();
        using var kernel = device.Load(image);
        using var from = device.Allocate(256);
        using var to = device.Allocate(256);
        device.Upload(MemoryMarshal.AsBytes<int>(a), from);
        device.Launch(kernel, new LaunchShape(new Extent(1), new Extent(64)), new KernelArguments().View<int>(from).View<int>(to));
        var r = new int[64];
        device.Download(to, MemoryMarshal.AsBytes(r.AsSpan()));
        return Enumerable.Range(0, 64).Count(i => r[i] != a[(i * 3) & 63]);
    }
}
