using SRKernels.Models.Storage;

namespace SRKernels.Models.Published;

/// <summary>Which licences the user of a cache has accepted: a small file each, so that each is asked for once.</summary>
internal sealed class AcceptedLicences(WeightCache cache)
{
    public bool Has(PublishedLicence licence) => File.Exists(PathOf(licence));

    public void Add(PublishedLicence licence)
    {
        Folders.Make(Path.GetDirectoryName(PathOf(licence))!);
        FileRecord.WriteJson(PathOf(licence), json =>
        {
            json.WriteString("licence", licence.Name);
            json.WriteString("address", licence.Address);
            json.WriteString("acceptedUtc", DateTime.UtcNow);
        });
    }

    private string PathOf(PublishedLicence licence) => Path.Combine(cache.Folder, "licences", licence.Key + ".json");
}
