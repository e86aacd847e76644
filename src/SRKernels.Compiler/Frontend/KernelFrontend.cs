using System.Reflection.Metadata;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

/// <summary>
/// A kernel method to IR: finds it, turns its parameters into IR parameters, translates. Keeps nothing between kernels
/// but the assembly files it has read.
/// </summary>
internal sealed class KernelFrontend(AssemblySet assemblies)
{
    private const int MostParameters = 14;

    internal KernelFrontend()
        : this(new AssemblySet())
    {
    }

    /// <summary>Every kernel that an assembly declares, with its declared variants.</summary>
    internal IReadOnlyList<KernelRequest> List(string assemblyPath) =>
        KernelMetadata.List(Open(assemblyPath, Path.GetFileName(assemblyPath)));

    /// <summary>What the kernel declares, its name above all, without translating it. Throws <see cref="KernelCompilationException"/>.</summary>
    internal KernelInfo Describe(KernelRequest request)
    {
        KernelModule module = assemblies.Open(request.AssemblyPath);
        var types = new TypeTable(assemblies);
        string name = $"{request.TypeName[(request.TypeName.LastIndexOfAny(['.', '+']) + 1)..]}.{request.MethodName}";
        return KernelMetadata.Read(module, Find(module, types, new MethodTable(types), request, name), name, n => EntryName(n, request));
    }

    /// <summary>The kernel as IR, verified by nobody yet. Throws <see cref="KernelCompilationException"/>.</summary>
    internal Function Translate(KernelRequest request)
    {
        var types = new TypeTable(assemblies);
        var methods = new MethodTable(types);
        string shortType = request.TypeName[(request.TypeName.LastIndexOfAny(['.', '+']) + 1)..];
        string name = $"{shortType}.{request.MethodName}";
        KernelModule module = Open(request.AssemblyPath, name);
        MethodInstance kernel = Find(module, types, methods, request, name);
        KernelInfo info = KernelMetadata.Read(module, kernel, name, n => EntryName(n, request));
        if (kernel.ReturnType.Shape != TypeShape.Void || !kernel.IsStatic)
            throw new KernelCompilationException(
                name, $"Kernel {name}: expected a static void method, got {(kernel.IsStatic ? "" : "an instance method ")}returning {kernel.ReturnType}; write results to a view.");
        if (kernel.Parameters.Length > MostParameters)
            throw new KernelCompilationException(
                name, $"Kernel {name}: expected at most {MostParameters} parameters, got {kernel.Parameters.Length}; pack some into a struct.");
        var function = new Function(info);
        var translator = new Translator(types, methods, function, name);
        translator.TranslateKernel(kernel, build => Parameters(kernel, request, build, name));
        return function;
    }

    /// <summary>Opens the kernels' file; an application published as one file, or ahead of time, has none.</summary>
    private KernelModule Open(string path, string kernel)
    {
        if (!File.Exists(path))
            throw new KernelCompilationException(kernel, $"Kernel {kernel}: expected an assembly file, got '{path}', "
                + "which does not exist; embed compiled kernels where assemblies are no files.");
        try
        {
            return assemblies.Open(path);
        }
        catch (Exception e) when (e is BadImageFormatException or InvalidOperationException)
        {
            throw new KernelCompilationException(kernel, $"Kernel {kernel}: expected a .NET assembly, got '{path}', "
                + $"which is none ({e.Message.TrimEnd('.')}); give the .dll that holds the kernel.");
        }
    }

    private static MethodInstance Find(
        KernelModule module, TypeTable types, MethodTable methods, KernelRequest request, string name)
    {
        if (!module.TryFindType(request.TypeName, out TypeDefinitionHandle type))
            throw new KernelCompilationException(
                name, $"Kernel {name}: expected type {request.TypeName} in {module.Name}, found none; check the name (nested types as Outer+Inner).");
        KernelType[] arguments = [.. request.TypeArguments.Select(a => TypeArgument(module, types, a, name))];
        TypeDefinition definition = module.Metadata.GetTypeDefinition(type);
        int ofType = definition.GetGenericParameters().Count;
        foreach (MethodDefinitionHandle handle in definition.GetMethods())
        {
            MethodDefinition method = module.Metadata.GetMethodDefinition(handle);
            if (!module.Metadata.StringComparer.Equals(method.Name, request.MethodName)) continue;
            int ofMethod = method.GetGenericParameters().Count;
            if (ofType + ofMethod != arguments.Length)
                throw new KernelCompilationException(
                    name, $"Kernel {name}: expected {ofType + ofMethod} type arguments, got {arguments.Length}; declare them with [Specialize].");
            return methods.Instance(module, handle, arguments[..ofType], arguments[ofType..]);
        }

        throw new KernelCompilationException(
            name, $"Kernel {name}: expected method {request.MethodName} in {request.TypeName}, found none; check the name.");
    }

    private static KernelType TypeArgument(KernelModule module, TypeTable types, string typeName, string kernel)
    {
        if (TypeTable.BuiltIn(typeName) is { } builtIn) return builtIn;
        if (module.TryFindType(typeName, out TypeDefinitionHandle handle)) return types.Defined(module, handle, []);
        foreach (TypeReferenceHandle reference in module.Metadata.TypeReferences)
            if (module.FullName(reference) == typeName
                && types.Assemblies.TryResolve(
                module, reference, out KernelModule definer, out TypeDefinitionHandle type))
                return types.Defined(definer, type, []);
        throw new KernelCompilationException(
            kernel, $"Kernel {kernel}: expected a type argument that {module.Name} knows, got {typeName}; use a C# keyword or a full name.");
    }

    private static string EntryName(string name, KernelRequest request)
    {
        foreach (string argument in request.TypeArguments)
            name += "_" + argument[(argument.LastIndexOfAny(['.', '+']) + 1)..];
        foreach (long value in request.Specialized) name += "_" + (value < 0 ? "m" + -value : value);
        return string.Create(name.Length, name, static (span, text) =>
        {
            // PTX and OpenCL C agree on letters, digits and underscores.
            for (int i = 0; i < span.Length; i++) span[i] = char.IsAsciiLetterOrDigit(text[i]) ? text[i] : '_';
        });
    }

    private static StackValue[] Parameters(
        MethodInstance kernel, KernelRequest request, FoldingBuilder build, string name)
    {
        var result = new StackValue[kernel.Parameters.Length];
        string[] names = kernel.ParameterNames();
        int specialized = 0;
        for (int i = 0; i < result.Length; i++)
        {
            KernelType type = kernel.Parameters[i];
            string parameter = names[i] ?? $"p{i}";
            int first = build.Function.Parameters.Count;
            bool isSpecialized = type.Module is { } definer
                && definer.FullName(type.Handle) == "ILGPU.Runtime.SpecializedValue`1";
            if (isSpecialized)
            {
                if (specialized >= request.Specialized.Count)
                    throw new KernelCompilationException(
                        name, $"Kernel {name}: expected a value for the specialised parameter {parameter}, got none; give it in the request or by [Specialize].");
                KernelType number = type.Arguments[0];
                result[i] = new StackValue(
                    type, build.Function.Const(number.Value, request.Specialized[specialized++]));
            }
            else
            {
                result[i] = Parameter(type, parameter, build, name);
            }

            int count = build.Function.Parameters.Count - first;
            ArgumentKind kind = isSpecialized ? ArgumentKind.Specialized
                : type.Shape == TypeShape.View ? ArgumentKind.View
                : type.Shape == TypeShape.Struct ? ArgumentKind.Struct : ArgumentKind.Scalar;
            int[] offsets = isSpecialized ? [] : Array.ConvertAll(type.Leaves, leaf => leaf.Offset);
            build.Function.Arguments.Add(new KernelArgument(parameter, type.Name, kind, first, count, offsets));
        }

        return result;
    }

    private static StackValue Parameter(KernelType type, string name, FoldingBuilder build, string kernel)
    {
        if (type.Shape is TypeShape.Unsupported or TypeShape.Reference || type.IsUnion)
            throw new KernelCompilationException(
                kernel, $"Kernel {kernel}: parameter {name} of type {type} is not allowed in kernels; use numbers, ArrayView<T> or structs of them.");
        var leaves = new Value[type.Leaves.Length];
        for (int i = 0; i < leaves.Length; i++)
        {
            TypeLeaf leaf = type.Leaves[i];
            string leafName = leaf.Path.Length == 0 ? name : $"{name}.{Clean(leaf.Path)}";
            Value parameter = build.Function.AddParameter(leaf.Type?.Memory ?? IrType.Global, leafName);
            leaves[i] = leaf.Type is { } scalar && scalar.Memory != scalar.Value
                ? build.Raw.Convert(scalar.Signed ? Op.SExt : Op.ZExt, scalar.Value, parameter)
                : parameter;
        }

        return new StackValue(type, leaves);
    }

    /// <summary>Field names of auto-properties without their brackets.</summary>
    private static string Clean(string path) =>
        path.Replace("<", "", StringComparison.Ordinal).Replace(
        ">k__BackingField", "", StringComparison.Ordinal).Replace(">P", "", StringComparison.Ordinal);
}
