using SRKernels.Models.Published;
using SRKernels.Runtime;

namespace SRKernels.Cli.Downloading;

/// <summary>Shows the licences of a model's files and has each accepted once.</summary>
internal static class LicenceQuestion
{
    /// <param name="model">What is to be downloaded.</param>
    /// <param name="accepted">What was accepted before.</param>
    /// <param name="isAccepted">Whether the user says so already.</param>
    /// <exception cref="SrkException">The user does not accept them, or cannot be asked.</exception>
    public static void Settle(PublishedModel model, AcceptedLicences accepted, bool isAccepted)
    {
        var open = model.Licences.Where(licence => !accepted.Has(licence)).ToArray();
        if (open.Length == 0) return;
        Terminal.Line($"{model.Name} is not ours. Its authors give it under:");
        foreach (var licence in open)
        {
            Terminal.Line($"  {licence.Name}: {licence.Terms}");
            Terminal.Line($"  {licence.Address}");
        }

        if (!isAccepted && !Ask()) throw new SrkException($"weights get {model.Name}", "its licence to be accepted", "no", "nothing was downloaded");
        foreach (var licence in open) accepted.Add(licence);
    }

    private static bool Ask()
    {
        if (Console.IsInputRedirected || Console.IsErrorRedirected)
            throw new UsageException("weights get", "--accept-licence where nobody can be asked", "none", "read the licence at the address above, then add the option if you accept it");
        StandardStreams.TryWriteError("Do you accept that? [y/N] ");
        return Console.In.ReadLine()?.Trim() is "y" or "Y" or "yes" or "Yes" or "YES";
    }
}
