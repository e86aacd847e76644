using System.Globalization;
using System.Numerics;
using SRKernels.Runtime;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>
/// Reads a pickle, which is a program for a stack machine, without running anything: its instructions come from a fixed list, and what it calls either
/// has a meaning of ours (<see cref="PickleGlobals"/>) or becomes an <see cref="OpaqueObject"/>.
/// </summary>
/// <remarks>
/// No method here calls itself, so nesting costs no stack; every value that is pushed or remembered counts against a limit, and what calls make and walk
/// against another (<see cref="PickleBudget"/>), so a small pickle makes no large memory. A graph that contains itself is built like any other: nothing walks it.
/// </remarks>
internal sealed class PickleReader(string who, PickleInput input, Func<object?, object?> persistent)
{
    private const int MostValues = 2_000_000, MostLongBytes = 64;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<int, object?> _memo = [];
    private readonly PickleBudget _budget = new(who, input);
    private int _values;

    /// <summary>Reads one pickle to its end; the input then stands behind it.</summary>
    /// <exception cref="SrkException">It is damaged, too large, or uses an instruction that is not on the list.</exception>
    public object? Read()
    {
        _stack.Clear();
        _marks.Clear();
        _memo.Clear();
        while (true)
        {
            var at = input.Position;
            var opcode = (PickleOpcode)input.Byte();
            if (opcode == PickleOpcode.Stop) return Pop();
            if (opcode == PickleOpcode.PersId)
                throw new SrkException(
                    who, "a pickle of protocol 2 or later", $"instruction 0x{(byte)opcode:X2} at byte {at}, as protocol 0 has it",
                    "save it again with protocol 2, as torch.save does by itself");
            if (!Step(opcode) && !StepThroughObjects(opcode))
                throw new SrkException(
                    who, "a pickle of the instructions that weights need", $"instruction 0x{(byte)opcode:X2} at byte {at}",
                    "the file is damaged or no checkpoint of PyTorch: get it again");
        }
    }

    // Numbers, texts, containers.
    private bool Step(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Proto: CheckProtocol(input.Byte()); return true;
            case PickleOpcode.Frame: input.Int64(); return true;
            case PickleOpcode.None: Push(null); return true;
            case PickleOpcode.NewTrue: Push(true); return true;
            case PickleOpcode.NewFalse: Push(false); return true;
            case PickleOpcode.BinInt: Push((long)input.Int32()); return true;
            case PickleOpcode.BinInt1: Push((long)input.Byte()); return true;
            case PickleOpcode.BinInt2: Push((long)input.UInt16()); return true;
            case PickleOpcode.Long1: Push(Integer(input.Byte())); return true;
            case PickleOpcode.Long4: Push(Integer(input.Int32())); return true;
            case PickleOpcode.Int: Push(input.Line() switch { "00" => false, "01" => true, var line => Integer(line) }); return true;
            case PickleOpcode.Long: Push(Integer(input.Line().TrimEnd('L'))); return true;
            case PickleOpcode.BinFloat: Push(input.BigEndianDouble()); return true;
            case PickleOpcode.Float: Push(double.TryParse(input.Line(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw Bad(
                "a number", "another text")); return true;
            case PickleOpcode.String: Push(input.Line().Trim('\'', '"')); return true;
            case PickleOpcode.Unicode: Push(input.Line()); return true;
            case PickleOpcode.BinString: Push(Latin1(input.Bytes(input.Int32()))); return true;
            case PickleOpcode.ShortBinString: Push(Latin1(input.Bytes(input.Byte()))); return true;
            case PickleOpcode.BinUnicode: Push(input.Text((uint)input.Int32())); return true;
            case PickleOpcode.ShortBinUnicode: Push(input.Text(input.Byte())); return true;
            case PickleOpcode.BinUnicode8: Push(input.Text(input.Int64())); return true;
            case PickleOpcode.BinBytes: Push(input.Bytes((uint)input.Int32())); return true;
            case PickleOpcode.ShortBinBytes: Push(input.Bytes(input.Byte())); return true;
            case PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8: Push(input.Bytes(input.Int64())); return true;
            case PickleOpcode.EmptyTuple: Push(Array.Empty<object?>()); return true;
            case PickleOpcode.Tuple1: Push(Popped(1)); return true;
            case PickleOpcode.Tuple2: Push(Popped(2)); return true;
            case PickleOpcode.Tuple3: Push(Popped(3)); return true;
            case PickleOpcode.Tuple: Push(PoppedToMark()); return true;
            case PickleOpcode.EmptyList or PickleOpcode.EmptySet: Push(new PickleList()); return true;
            case PickleOpcode.EmptyDict: Push(new PickleDictionary()); return true;
            case PickleOpcode.List or PickleOpcode.FrozenSet: PushWith(new PickleList(), PoppedToMark()); return true;
            case PickleOpcode.Dict: PushWith(new PickleDictionary(), PoppedToMark()); return true;
            case PickleOpcode.Append: AddTo(Popped(1)); return true;
            case PickleOpcode.Appends or PickleOpcode.AddItems or PickleOpcode.SetItems: AddTo(PoppedToMark()); return true;
            case PickleOpcode.SetItem: AddTo(Popped(2)); return true;
            default: return false;
        }
    }

    // The stack, the memo, and what Python would import, call and fill.
    private bool StepThroughObjects(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Mark: CountValue(); _marks.Add(_stack.Count); return true;
            case PickleOpcode.Pop: if (_marks.Count > 0 && _marks[^1] == _stack.Count) _marks.RemoveAt(_marks.Count - 1); else Pop(); return true;
            case PickleOpcode.PopMark: PoppedToMark(); return true;
            case PickleOpcode.Dup: Push(Top); return true;
            case PickleOpcode.Put: Remember(Index(input.Line())); return true;
            case PickleOpcode.BinPut: Remember(input.Byte()); return true;
            case PickleOpcode.LongBinPut: Remember(input.Int32()); return true;
            case PickleOpcode.Memoize: Remember(_memo.Count); return true;
            case PickleOpcode.Get: Recall(Index(input.Line())); return true;
            case PickleOpcode.BinGet: Recall(input.Byte()); return true;
            case PickleOpcode.LongBinGet: Recall(input.Int32()); return true;
            case PickleOpcode.BinPersid: Push(persistent(Pop())); return true;
            case PickleOpcode.Global: Push(PickleGlobals.Find(input.Line(), input.Line(), _budget)); return true;
            case PickleOpcode.StackGlobal: PushGlobal(Popped(2)); return true;
            case PickleOpcode.Inst: { var global = PickleGlobals.Find(input.Line(), input.Line(), _budget); PushCall(global, PoppedToMark()); return true; }
            case PickleOpcode.Obj: { var values = PoppedToMark(); PushCall(values.Length > 0 ? values[0] : null, values.Skip(1).ToArray()); return true; }
            case PickleOpcode.Reduce or PickleOpcode.NewObj: PushCalled(Popped(2)); return true;
            case PickleOpcode.NewObjEx: PushCalled(Popped(3)); return true;
            // An object's own state: of a dictionary torch's _metadata, of a numpy type its byte order, of anything else nothing that is known.
            case PickleOpcode.Build: { var state = Pop(); Replace(PickleGlobals.Built(Top, state)); return true; }
            default: return false;
        }
    }

    private object? Top => _stack.Count > Floor ? _stack[^1] : throw Bad("a value on its stack", "none");

    // Values below the last mark belong to what was begun there.
    private int Floor => _marks.Count > 0 ? _marks[^1] : 0;

    private void Push(object? value)
    {
        CountValue();
        _stack.Add(value);
    }

    private void CountValue()
    {
        if (++_values > MostValues)
            throw new SrkException(who, $"a pickle of at most {MostValues} values", "more", "save the tensors alone, as a dictionary by name");
    }

    private object? Pop()
    {
        var value = Top;
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private void Replace(object? value)
    {
        _ = Top;
        _stack[^1] = value;
    }

    private object?[] Popped(int count)
    {
        if (_stack.Count - Floor < count) throw Bad($"{count} values on its stack", $"{_stack.Count - Floor}");
        var values = _stack.GetRange(_stack.Count - count, count).ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PoppedToMark()
    {
        if (_marks.Count == 0) throw Bad("a mark on its stack", "none");
        var values = Popped(_stack.Count - _marks[^1]);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    private void PushWith(object container, object?[] values)
    {
        Push(container);
        AddTo(values);
    }

    private void AddTo(object?[] values)
    {
        switch (Top)
        {
            case PickleList list:
                foreach (var value in values) list.Add(value);
                break;
            case PickleDictionary dictionary:
                if (values.Length % 2 != 0) throw Bad("a value for every key", "a key without one");
                for (var i = 0; i < values.Length; i += 2) dictionary.Set(values[i], values[i + 1]);
                break;
            case OpaqueObject: break;
            default: throw Bad("a list or dictionary to add to", "something else");
        }
    }

    private void PushGlobal(object?[] names) =>
        Push(names is [string module, string name] ? PickleGlobals.Find(module, name, _budget) : throw Bad("a module and a name", "something else"));

    private void PushCalled(object?[] call) => PushCall(call[0], call[1] as object?[]);

    private void PushCall(object? function, object?[]? arguments)
    {
        _budget.Charge(PickleBudget.ObjectBytes);
        Push(PickleGlobals.Call(function, arguments, _budget));
    }

    private void Remember(int index)
    {
        if (index < 0) throw Bad("places in its memo from 0", $"{index}");
        CountValue();
        _memo[index] = Top;
    }

    private void Recall(int index) => Push(_memo.TryGetValue(index, out var value) ? value : throw Bad($"a value at place {index} of its memo", "none"));

    private void CheckProtocol(byte protocol)
    {
        if (protocol > 5) throw Bad("a protocol up to 5", $"{protocol}");
    }

    private object Integer(int lengthBytes)
    {
        if (lengthBytes is < 0 or > MostLongBytes) throw Bad($"integers of at most {MostLongBytes} bytes", $"{lengthBytes}");
        return Boxed(new BigInteger(input.Bytes(lengthBytes)));
    }

    private object Integer(string line) => line.Length <= 4 * MostLongBytes && BigInteger.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
        ? Boxed(value)
        : throw Bad("an integer", "another text");

    private int Index(string line) => int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : throw Bad("a place in its memo", "another text");

    private static object Boxed(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    private static string Latin1(byte[] bytes) => System.Text.Encoding.Latin1.GetString(bytes);

    private SrkException Bad(string expected, string got) =>
        new(who, $"a pickle with {expected}", $"{got} near byte {input.Position}", "the file is damaged: get it again");
}
