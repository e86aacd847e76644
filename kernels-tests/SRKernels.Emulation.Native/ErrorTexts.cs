using System.Runtime.InteropServices;

namespace SRKernels.Emulation.Native;

/// <summary>Names and texts of the codes, as NUL-terminated strings that live as long as the process. Source: cuda.h, CUresult.</summary>
internal static class ErrorTexts
{
    private static readonly (CuResult Code, string Name, string Text)[] s_rows =
    [
        (CuResult.Success, "CUDA_SUCCESS", "no error"),
        (CuResult.InvalidValue, "CUDA_ERROR_INVALID_VALUE", "invalid argument"),
        (CuResult.OutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"),
        (CuResult.NotInitialized, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"),
        (CuResult.NoDevice, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"),
        (CuResult.InvalidDevice, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"),
        (CuResult.InvalidImage, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"),
        (CuResult.InvalidContext, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"),
        (CuResult.NoBinaryForGpu, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"),
        (CuResult.PeerAccessUnsupported, "CUDA_ERROR_PEER_ACCESS_UNSUPPORTED", "peer access is not supported between these two devices"),
        (CuResult.InvalidPtx, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"),
        (CuResult.InvalidHandle, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"),
        (CuResult.NotFound, "CUDA_ERROR_NOT_FOUND", "named symbol not found"),
        (CuResult.NotReady, "CUDA_ERROR_NOT_READY", "device not ready"),
        (CuResult.IllegalAddress, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"),
        (CuResult.LaunchOutOfResources, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"),
        (CuResult.LaunchTimeout, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"),
        (CuResult.PeerAccessNotEnabled, "CUDA_ERROR_PEER_ACCESS_NOT_ENABLED", "peer access has not been enabled"),
        (CuResult.ContextIsDestroyed, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"),
        (CuResult.HostMemoryAlreadyRegistered, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED", "part or all of the requested memory range is already mapped"),
        (CuResult.HostMemoryNotRegistered, "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED", "pointer does not correspond to a registered memory region"),
        (CuResult.MisalignedAddress, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"),
        (CuResult.LaunchFailed, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"),
        (CuResult.NotSupported, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"),
        (CuResult.SystemNotReady, "CUDA_ERROR_SYSTEM_NOT_READY", "system not yet initialized"),
        (CuResult.StreamCaptureUnsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"),
        (CuResult.StreamCaptureInvalidated, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"),
        (CuResult.StreamCaptureImplicit, "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT", "operation would make the legacy stream depend on a capturing blocking stream"),
        (CuResult.Unknown, "CUDA_ERROR_UNKNOWN", "unknown error"),
    ];

    private static readonly Dictionary<CuResult, (nint Name, nint Text)> s_strings =
        s_rows.ToDictionary(r => r.Code, r => (Marshal.StringToCoTaskMemUTF8(r.Name), Marshal.StringToCoTaskMemUTF8(r.Text)));

    /// <summary>The strings of a code; false for one that this driver never gives.</summary>
    public static bool TryFind(CuResult code, out (nint Name, nint Text) strings) => s_strings.TryGetValue(code, out strings);
}
