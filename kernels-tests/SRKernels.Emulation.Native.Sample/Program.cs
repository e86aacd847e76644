using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

using var context = Context.Create(b => b.Cuda());
foreach (var d in context.GetCudaDevices()) { d.PrintInformation(Console.Out); }
using var acc = context.GetCudaDevice(0).CreateCudaAccelerator(context);
Console.WriteLine(acc.Name);
var add = acc.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>>((i, a, b, c) => c[i] = a[i] + b[i]);
using var a = acc.Allocate1D(Enumerable.Range(0, 1000).Select(i => (float)i).ToArray());
using var b = acc.Allocate1D(Enumerable.Range(0, 1000).Select(i => (float)i * 2).ToArray());
using var c = acc.Allocate1D<float>(1000);
add((int)c.Length, a.View, b.View, c.View);
var r = c.GetAsArray1D();
Console.WriteLine($"{r[0]} {r[1]} {r[999]}");
