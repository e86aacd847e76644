using SRKernels.Models;
using SRKernels.Models.Imaging;

using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(int.Parse(args[2])));
using var resolver = SuperResolver.LoadShipped();
var progress = new Progress<UpscaleProgress>(p => Console.Error.Write($"\r{p.Fraction:P0} "));
var large = await resolver.UpscaleAsync(ImageCodecs.Read(args[0]), new UpscaleOptions { Seed = 7 }, progress, stop.Token);
ImageCodecs.Write(large, args[1]);
