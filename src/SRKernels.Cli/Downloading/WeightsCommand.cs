using System.CommandLine;
using SRKernels.Models.Published;
using SRKernels.Runtime;

namespace SRKernels.Cli.Downloading;

/// <summary><c>srk weights</c>: the published models by name: what there is, and getting, checking and removing them.</summary>
internal sealed class WeightsCommand
{
    private readonly Argument<string[]> _names = new("NAME") { Arity = ArgumentArity.OneOrMore, Description = "Models by the names that 'srk weights' lists." };
    private readonly Argument<string[]> _someNames = new("NAME") { Arity = ArgumentArity.ZeroOrMore, Description = "Models by name; without one all that are there." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object on stdout." };
    private readonly Option<bool> _accept = new("--accept-licence", "--accept-license") { Description = "Say that you accept the files' licences; without it you are asked, once for each." };
    private readonly Option<string?> _from = new("--from")
    {
        HelpName = "ADDRESS", Description = "Another place that has the files under their names (a mirror): http:// or https://, up to the last slash before them.",
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print errors only, and the licences." };
    private readonly Option<bool> _forget = new("--forget") { Description = "Remove what is recorded of them, too: files with other bytes may then take their places." };

    public WeightsCommand()
    {
        var list = new Command("list", "Lists the models that are known, with their files, licences, and where those lie.") { _json };
        var get = new Command("get", "Downloads models from their authors' addresses; what broke off goes on.") { _names, _accept, _from, _quiet };
        var path = new Command("path", "Prints where a model's files lie.") { _names };
        var verify = new Command("verify", "Reads files that are there wholly and compares their SHA-256 with what their authors publish, or with that of the first download.") { _someNames };
        var remove = new Command("remove", "Removes models' files; those that another downloaded model needs stay.") { _names, _forget };
        Command = new Command("weights", "Lists, downloads and checks the authors' published weights, which --model takes by name.") { list, get, path, verify, remove };
        Command.Options.Add(_json);
        Command.SetAction(List);
        list.SetAction(List);
        get.SetAction(Get);
        path.SetAction(Paths);
        verify.SetAction(Verify);
        remove.SetAction(Remove);
    }

    public Command Command { get; }

    private int List(ParseResult parsed)
    {
        var cache = WeightCache.OfUser();
        if (!parsed.GetValue(_json))
        {
            WeightsTable.Print(cache, Terminal.Result);
            return ExitCode.Done;
        }

        using var output = StandardStreams.Output();
        WeightsTable.Json(cache, output);
        output.Write("\n"u8);
        return ExitCode.Done;
    }

    private int Get(ParseResult parsed)
    {
        var (models, mirror, cache) = (Models(parsed, _names), Mirror(parsed), WeightCache.OfUser());
        foreach (var model in models.Where(model => !cache.Has(model))) LicenceQuestion.Settle(model, new AcceptedLicences(cache), parsed.GetValue(_accept));
        using var stop = new CancellationTokenSource();
        using var interrupt = new StopSignals(stop);
        var isQuiet = parsed.GetValue(_quiet);
        foreach (var model in models)
        {
            try
            {
                cache.GetAsync(model, mirror, isQuiet ? null : new DownloadLine(), stop.Token).GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                Terminal.Error("stopped; what has arrived is kept, and the same command goes on");
                return ExitCode.Stopped;
            }

            if (!isQuiet) Terminal.Line($"{model.Name} is there: srk upscale photo.jpg -o large.png --model {model.Name}");
        }

        return ExitCode.Done;
    }

    private int Paths(ParseResult parsed)
    {
        var (models, cache) = (Models(parsed, _names), WeightCache.OfUser());
        foreach (var model in models) cache.Check(model);
        foreach (var file in models.SelectMany(model => model.Files)) Terminal.Result(cache.PathOf(file));
        return ExitCode.Done;
    }

    private int Verify(ParseResult parsed)
    {
        var (models, cache, failed) = (Models(parsed, _someNames), WeightCache.OfUser(), 0);
        using var stop = new CancellationTokenSource();
        using var interrupt = new StopSignals(stop);
        var files = models.Count > 0 ? models.SelectMany(model => model.Files) : PublishedModel.All.SelectMany(model => model.Files).Where(cache.Has);
        var there = files.Distinct().ToArray();
        if (there.Length == 0) Terminal.Result("nothing is downloaded");
        foreach (var file in there)
        {
            try
            {
                Terminal.Result($"{cache.Verify(file, stop.Token)}  {cache.PathOf(file)}");
            }
            catch (SrkException e)
            {
                Terminal.Error(e.Message);
                failed++;
            }
        }

        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private int Remove(ParseResult parsed)
    {
        var (models, cache, forget) = (Models(parsed, _names), WeightCache.OfUser(), parsed.GetValue(_forget));
        var needed = PublishedModel.All.Except(models).Where(cache.Has).SelectMany(model => model.Files.Select(file => (file, model.Name))).ToLookup(pair => pair.file, pair => pair.Name);
        foreach (var file in models.SelectMany(model => model.Files).Distinct())
        {
            if (needed[file].FirstOrDefault() is { } other) Terminal.Result($"{cache.PathOf(file)}: kept, {other} needs it");
            else Terminal.Result($"{cache.PathOf(file)}: {(cache.Remove(file, forget) ? "removed" : "was not there")}");
        }

        return ExitCode.Done;
    }

    private static IReadOnlyList<PublishedModel> Models(ParseResult parsed, Argument<string[]> names) =>
        [.. (parsed.GetValue(names) ?? []).Select(name => PublishedModel.Find(name) ?? throw new UsageException(
            "NAME", $"one of {string.Join(", ", PublishedModel.All.Select(model => model.Name))}", $"'{name}'", "see 'srk weights'")).Distinct()];

    private Uri? Mirror(ParseResult parsed)
    {
        if (parsed.GetValue(_from) is not { } text) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
            ? address
            : throw new UsageException(_from.Name, "an address that begins with https:// or http://", $"'{text}'", "see 'srk weights get --help'");
    }
}
