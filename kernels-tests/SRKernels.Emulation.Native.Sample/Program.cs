using SRKernels.Emulation.Native.Sample;

// Without arguments all checks of one device, else those that are named. One line for each: "ok NAME", or "FAILED NAME" with the reason on the lines after it.
(string Name, Action Run)[] all = [.. Checks.OfOneDevice, .. Checks.OfTwoDevices];
var failed = 0;
foreach (var name in args.Length > 0 ? args : [.. Checks.OfOneDevice.Select(c => c.Name)])
{
    try
    {
        if (Array.Find(all, c => c.Name == name).Run is not { } run) throw new ArgumentException($"expected one of {string.Join(", ", all.Select(c => c.Name))}");
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
