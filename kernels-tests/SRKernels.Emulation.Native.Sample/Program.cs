using SRKernels.Emulation.Native.Sample;

// What there is to check, by name. One line for each: "ok NAME", or "FAILED NAME" with the reason on the lines after it. Names as arguments choose some.
(string Name, Action Run)[] checks =
[
    .. DriverChecks.All,
    .. IlgpuChecks.All,
    .. IlgpuStreamChecks.All,
    .. IlgpuErrorChecks.All,
    .. OwnDeviceChecks.All,
    .. SharedDriverChecks.All,
];

var failed = 0;
foreach (var name in args.Except(checks.Select(c => c.Name)))
{
    failed++;
    Console.WriteLine($"FAILED {name}\n  expected one of {string.Join(", ", checks.Select(c => c.Name))}");
}

foreach (var (name, run) in checks.Where(c => args.Length == 0 || args.Contains(c.Name)))
{
    try
    {
        run();
        Console.WriteLine($"ok {name}");
    }
    catch (Exception e)
    {
        failed++;
        Console.WriteLine($"FAILED {name}\n  {e.ToString().ReplaceLineEndings("\n  ")}");
    }
}

return failed == 0 ? 0 : 1;
