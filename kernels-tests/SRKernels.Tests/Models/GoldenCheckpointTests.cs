using SRKernels.Kernels;
using SRKernels.Models.Weights;
using SRKernels.Tests.Conversion;
using SRKernels.Tests.Models.Weights;
using SRKernels.Tests.Processes;
using SRKernels.Tests.Rules;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>The chains of the goldens from files: the same weights from safetensors and from both containers of torch, which wrote them here.</summary>
public sealed class GoldenCheckpointTests(GoldenCheckpointTests.Checkpoints checkpoints) : IClassFixture<GoldenCheckpointTests.Checkpoints>
{
    private static readonly string[] s_containers = ["safetensors", "zip.pth", "legacy.pth"];

    public static TheoryData<string, string> Chains()
    {
        var data = new TheoryData<string, string>();
        foreach (string file in ResidualShiftModelTests.Chains())
            foreach (var container in s_containers) data.Add(file, container);
        return data;
    }

    [TorchTheory]
    [MemberData(nameof(Chains))]
    public void MatchesUpstream_TensorByTensor(string file, string container)
    {
        using var cx = new KernelContext(ExecutionKind.Cpu, threads: 2);
        using var weights = checkpoints.Open(file, container);
        ResidualShiftModelTests.Compare(file, cx, container, weights.Of);
    }

    [TorchTheory]
    [MemberData(nameof(ResidualShiftModelTests.Pictures), MemberType = typeof(ResidualShiftModelTests))]
    public async Task PicturesHaveTheSamePixels(string file)
    {
        byte[]? first = null;
        foreach (var container in s_containers)
        {
            using var weights = checkpoints.Open(file, container);
            var picture = await ResidualShiftModelTests.PictureAsync(file, weights.Of);
            var pixels = picture.Samples8.ToArray();
            Assert.Equal(first ??= pixels, pixels);
        }
    }

    /// <summary>The open files of a case.</summary>
    internal sealed class CaseWeights(Func<string, WeightFile> open) : IDisposable
    {
        private readonly Dictionary<string, WeightFile> _open = new(StringComparer.Ordinal);

        public IWeightSource Of(string role)
        {
            if (!_open.TryGetValue(role, out var file)) _open.Add(role, file = open(role));
            return file;
        }

        public void Dispose()
        {
            foreach (var file in _open.Values) file.Dispose();
        }
    }

    /// <summary>Every weight set of the chains as files, made once for the class (and only where torch is there).</summary>
    public sealed class Checkpoints : IDisposable
    {
        public Checkpoints()
        {
            Folder = Directory.CreateTempSubdirectory("srk-golden-checkpoints-").FullName;
            if (ChildProcess.MissingPythonModule("torch", "python3-torch") is not null) return;
            var sets = new Dictionary<string, Dictionary<string, TensorContent>>(StringComparer.Ordinal);
            foreach (var golden in ResidualShiftModelTests.Kinds.Append("chop_chain").SelectMany(GoldenFolder.OfKind))
            {
                GoldenChainRun.Model(golden, role =>
                {
                    if (!sets.TryGetValue(SetOf(golden, role), out var set)) sets.Add(SetOf(golden, role), set = new(StringComparer.Ordinal));
                    return new CopiedWeights(GoldenConfiguration.Weights(golden, role), "", set);
                }).Dispose();
            }

            foreach (var (name, tensors) in sets) SafetensorsWriter.Write(PathOf(name, "safetensors"), tensors);
            var script = Path.Combine(RepositoryFiles.Root, "kernels-tests", "Checkpoints", "save_checkpoints.py");
            var result = ChildProcess.Run("/usr/bin/python3", [script, Folder]);
            if (result.ExitCode != 0) throw new InvalidOperationException(result.ToString());
        }

        private string Folder { get; }

        public void Dispose() => Directory.Delete(Folder, recursive: true);

        internal CaseWeights Open(string file, string container) => new(role => WeightFile.Open(PathOf(SetOf(GoldenFolder.Case(file), role), container)));

        private static string SetOf(System.Text.Json.JsonElement golden, string role) => golden.GetProperty("weights").GetProperty(role).GetString()!;

        private string PathOf(string set, string container) => Path.Combine(Folder, $"{set}.{container}");
    }
}
