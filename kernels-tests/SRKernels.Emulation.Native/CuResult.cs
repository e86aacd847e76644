namespace SRKernels.Emulation.Native;

/// <summary>What a driver function answers: the codes of cuda.h (CUresult) that this driver gives.</summary>
internal enum CuResult
{
    Success = 0,
    InvalidValue = 1,
    OutOfMemory = 2,
    NotInitialized = 3,
    NoDevice = 100,
    InvalidDevice = 101,
    InvalidImage = 200,
    InvalidContext = 201,
    NoBinaryForGpu = 209,
    PeerAccessUnsupported = 217,
    InvalidPtx = 218,
    InvalidHandle = 400,
    NotFound = 500,
    NotReady = 600,
    IllegalAddress = 700,
    LaunchOutOfResources = 701,
    LaunchTimeout = 702,
    PeerAccessNotEnabled = 705,
    ContextIsDestroyed = 709,
    HostMemoryAlreadyRegistered = 712,
    HostMemoryNotRegistered = 713,
    MisalignedAddress = 716,
    LaunchFailed = 719,
    NotSupported = 801,
    SystemNotReady = 802,
    StreamCaptureUnsupported = 900,
    StreamCaptureInvalidated = 901,
    StreamCaptureImplicit = 906,
    Unknown = 999,
}

/// <summary>A driver function that cannot do what it is asked; <see cref="Boundary"/> makes its answer of it.</summary>
internal sealed class CuFailure(CuResult code) : Exception(code.ToString())
{
    public CuResult Code { get; } = code;
}
