using System.Diagnostics;
using SRKernels.Compilation;
using SRKernels.Compiler;
using SRKernels.Compiler.Frontend;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: SRKernels.KernelTool ASSEMBLY OUTPUT: compiles every [Kernel] of ASSEMBLY with its [Specialize] variants into the resource OUTPUT");
    return 2;
}

var start = Stopwatch.GetTimestamp();
var frontend = new KernelFrontend();
var kernels = new List<(string Key, IReadOnlyList<KernelImage> Images)>();
var failed = false;
foreach (var request in frontend.List(args[0]))
{
    var key = KernelMaker.KeyOf(request).ToString();
    try
    {
        kernels.Add((key, KernelMaker.MakeAll(request, frontend, out var refusal)));
        // A kernel that OpenCL C cannot express has its PTX alone; asking for it there is an error that says so.
        if (refusal is not null) Console.WriteLine($"SRKernels.KernelTool : {key} is not embedded for OpenCL: {refusal}");
    }
    catch (KernelCompilationException e)
    {
        // The form in which MSBuild finds errors of tools.
        Console.Error.WriteLine($"SRKernels.KernelTool : error SRK0001: {e.Message}");
        failed = true;
    }
}

if (failed) return 1;
var temporary = args[1] + ".tmp";
using (var file = File.Create(temporary)) EmbeddedKernels.Write(file, kernels);
File.Move(temporary, args[1], overwrite: true);
Console.WriteLine(
    $"SRKernels.KernelTool : {kernels.Count} kernels, {kernels.Sum(k => k.Images.Count)} images, {new FileInfo(args[1]).Length:N0} bytes, {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
return 0;
