using System.CommandLine;
using System.CommandLine.Invocation;
using SRKernels.Cli.Benching;
using SRKernels.Cli.Downloading;
using SRKernels.Cli.Inspecting;

namespace SRKernels.Cli;

/// <summary>The commands and how they are found. Values stay text here; each command reads its own, with errors in four parts.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var upscale = new UpscaleCommand();
        var convert = new ConvertCommand();
        var inspect = new InspectCommand();
        var weights = new WeightsCommand();
        var devices = new DevicesCommand();
        var kernels = new KernelsCommand();
        var bench = new BenchCommand();
        var root = new RootCommand("Diffusion super-resolution on kernels of our own.")
        {
            upscale.Command, convert.Command, inspect.Command, weights.Command, devices.Command, kernels.Command, bench.Command,
        };
        // No response files: a picture's name may start with '@'.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var command = parsed.CommandResult.Command;
        // Help and version are the parser's own actions; weights has some of its own.
        if (parsed.Action is { } action && action is not ParseErrorAction) return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        if (parsed.Errors.Count > 0)
        {
            var wrong = Wrong(parsed, command);
            if (command == upscale.Command) upscale.Refused(parsed, wrong);
            throw wrong;
        }

        if (command == upscale.Command) return await upscale.RunAsync(parsed);
        if (command == convert.Command) return convert.Run(parsed);
        if (command == inspect.Command) return inspect.Run(parsed);
        if (command == devices.Command) return devices.Run(parsed);
        if (command == kernels.Command) return kernels.Run(parsed);
        if (command == bench.Command) return bench.Run(parsed);
        throw NoCommand("none");
    }

    private static UsageException Wrong(ParseResult parsed, Command command)
    {
        var unknown = parsed.UnmatchedTokens.FirstOrDefault();
        if (command is RootCommand) return NoCommand(unknown is null ? "none" : $"'{unknown}'");
        var name = string.Join(' ', command.Parents.OfType<Command>().Where(above => above is not RootCommand).Append(command).Select(part => part.Name));
        var help = $"see 'srk {name} --help'";
        return unknown is null
            ? new UsageException(name, "its arguments", $"'{parsed.Errors[0].Message.TrimEnd('.')}'", help)
            : new UsageException(name, "no more than its arguments and options", $"'{unknown}'", help);
    }

    private static UsageException NoCommand(string got) => new("command", "upscale, convert, inspect, weights, devices, kernels or bench", got);
}
