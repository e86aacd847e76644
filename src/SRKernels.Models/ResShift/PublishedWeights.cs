using SRKernels.Models.Published;

namespace SRKernels.Models.ResShift;

/// <summary>
/// The authors' models by name, a row each. Names, addresses and licences are those of the authors' own pages and programs; a length or a SHA-256 stands here only where they publish it, which they do for none
/// of these.
/// </summary>
internal static class PublishedWeights
{
    private static readonly PublishedLicence s_sLab = new(
        "s-lab-1.0", "S-Lab License 1.0 (Nanyang Technological University)", "https://github.com/zsyOAOA/ResShift/blob/master/LICENSE",
        "redistribution and use for non-commercial purposes only; for others ask the authors");

    private static readonly PublishedLicence s_nonCommercial = new(
        "cc-by-nc-sa-4.0", "CC BY-NC-SA 4.0", "https://creativecommons.org/licenses/by-nc-sa/4.0/legalcode",
        "no commercial purposes (its authors released it for academic research); name the authors; pass changes on under the same licence");

    private static readonly PublishedFile
        s_natural = OfResShift("autoencoder_vq_f4.pth"), s_faces = OfResShift("celeba256_vq_f4_dim3_face.pth"), s_largeFaces = OfResShift("ffhq512_vq_f8_dim8_face.pth");

    public static IReadOnlyList<PublishedModel> All { get; } =
    [
        new("resshift-realsr-v3", "ResShift", "realsr-v3", OfResShift("resshift_realsrx4_s4_v3.pth"), s_natural),
        new("resshift-realsr-v2", "ResShift", "realsr-v1", OfResShift("resshift_realsrx4_s15_v2.pth"), s_natural),
        new("resshift-realsr-v1", "ResShift", "realsr-v1", OfResShift("resshift_realsrx4_s15_v1.pth"), s_natural),
        new("resshift-bicsr", "ResShift", "bicsr", OfResShift("resshift_bicsrx4_s4.pth"), s_natural),
        new("resshift-inpaint-imagenet", "ResShift", "inpaint-imagenet", OfResShift("resshift_inpainting_imagenet_s4.pth"), s_natural),
        new("resshift-inpaint-face", "ResShift", "inpaint-face", OfResShift("resshift_inpainting_face_s4.pth"), s_faces),
        new("resshift-faceir", "ResShift", "faceir", OfResShift("resshift_faceir_s4.pth"), s_largeFaces),
        new("sinsr-v1", "SinSR", "sinsr", OfSinSr("SinSR_v1.pth"), s_natural),
        new("sinsr-v2", "SinSR", "sinsr", OfSinSr("SinSR_v2.pth"), s_natural),
    ];

    private static PublishedFile OfResShift(string name) => new("resshift", name, new($"https://github.com/zsyOAOA/ResShift/releases/download/v2.0/{name}"), s_sLab);

    private static PublishedFile OfSinSr(string name) => new("sinsr", name, new($"https://github.com/wyf0912/SinSR/releases/download/v1.0/{name}"), s_nonCommercial);
}
