using SRKernels.Models.Published;
using SRKernels.Models.Recognition;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Families;

/// <summary>
/// A kind of networks: how its files are recognised and what their tensors make. One folder and one namespace each, named nowhere but in
/// <see cref="ModelFamilies"/>; families do not know each other.
/// </summary>
internal abstract class ModelFamily
{
    /// <summary>Its word in our files' metadata.</summary>
    public abstract string Id { get; }

    /// <summary>For people.</summary>
    public abstract string Name { get; }

    /// <summary>What its models can have been trained for.</summary>
    public abstract IReadOnlyList<ModelTask> Tasks { get; }

    /// <summary>
    /// Its networks by the part that they play, the one first that a model is named by. In a file of ours, and in <see cref="ModelFiles"/>, each
    /// network's tensors hang under its role.
    /// </summary>
    public abstract IReadOnlyList<string> Roles { get; }

    /// <summary>Ends of the names of buffers that checkpoints carry along and the ops compute themselves.</summary>
    public virtual IReadOnlyList<string> Derived => [];

    /// <summary>The networks of this family in a file, recognised by tensors that no other network has, wherever they hang.</summary>
    public abstract IReadOnlyList<NetworkPart> Find(WeightFile file);

    /// <summary>The tasks that the shapes of a model's first network allow.</summary>
    public abstract IReadOnlyList<ModelTask> TasksOf(NetworkPart main);

    /// <summary>The task that a published file's name tells; null for another name.</summary>
    public virtual ModelTask? TaskOfName(string path) => null;

    /// <summary>The published file of another network that a task needs.</summary>
    public virtual string PartnerOf(ModelTask task, string role) => throw new NotSupportedException($"{Name}: expected no second file, got '{role}' asked for");

    /// <summary>That file beside the first, under its published name; null where it is not.</summary>
    public virtual string? PartnerBeside(string path, ModelTask task, string role) => null;

    /// <summary>All files beside a model's first that may be read with it, whatever its task.</summary>
    public virtual IEnumerable<string> PartnersBeside(string path) => [];

    /// <summary>What a file of ours says that it holds.</summary>
    /// <param name="who">The file, for errors.</param>
    /// <param name="metadata">Its strings.</param>
    /// <param name="task">What <see cref="ModelConfiguration.Task"/> says, found among <see cref="Tasks"/>.</param>
    /// <exception cref="SrkException">A string is missing or damaged.</exception>
    public abstract ModelConfiguration FromMetadata(string who, IReadOnlyDictionary<string, string> metadata, ModelTask task);

    /// <summary>What the names and shapes of a model's tensors tell, for files that say nothing.</summary>
    /// <param name="parts">One network for each of the <see cref="Roles"/>, in their order.</param>
    /// <param name="task">What it is for.</param>
    /// <exception cref="SrkException">The shapes tell no network, or the networks do not fit each other or the task.</exception>
    public abstract ModelConfiguration FromParts(IReadOnlyList<NetworkPart> parts, ModelTask task);

    /// <summary>The models whose weights its authors published, by name.</summary>
    public virtual IReadOnlyList<PublishedModel> PublishedModels => [];

    /// <summary>A task's published model at its full size; null where there is none.</summary>
    public virtual ModelConfiguration? Published(ModelTask task) => null;

    /// <summary>Builds one network, to see which tensors it asks for, and throws it away.</summary>
    /// <param name="part">The network.</param>
    /// <param name="own">What its file says that it is; null: what its shapes tell.</param>
    /// <param name="weights">Where it reads.</param>
    /// <exception cref="SrkException">The shapes tell no network at all.</exception>
    public abstract void BuildNetwork(NetworkPart part, ModelConfiguration? own, WeightScope weights);

    /// <summary>One network's hyper-parameters, for people.</summary>
    /// <inheritdoc cref="BuildNetwork"/>
    public abstract string Describe(NetworkPart part, ModelConfiguration? own);

    /// <summary>The task of a name; null for one that is not among <see cref="Tasks"/>.</summary>
    public ModelTask? TaskCalled(string name) => Tasks.FirstOrDefault(task => task.IsCalled(name));

    /// <summary>Whether a tensor is one of <see cref="Derived"/>.</summary>
    public bool IsDerived(string name) => Derived.Any(end => name == end || name.EndsWith("." + end, StringComparison.Ordinal));
}
