using ILGPU;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

/// <summary>Branches, loops, values that cross them; threads go different ways.</summary>
public static class ControlFlow
{
    [Kernel]
    public static void IfElse(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        if ((a[i] & 1) == 0) r[i] = a[i] * 3;
        else r[i] = a[i] - 7;
    }

    [Kernel]
    public static void Ternary(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        r[i] = a[i] + (a[i] > 5 ? a[i] < 100 ? i : -i : a[63 - i]);
    }

    [Kernel]
    public static void ShortCircuit(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        bool x = (i < 60 && a[i + 3] > 0) || (i > 2 && a[i - 2] < 0);
        r[i] = x ? 1 : 2;
    }

    [Kernel]
    public static void ForLoop(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        int sum = 0;
        for (int k = 0; k < 10; k++) sum = (sum * 3) + a[(i + k) & 63];
        r[i] = sum;
    }

    [Kernel]
    public static void DivergentLoop(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        int steps = 0;
        for (long n = i + 1; n != 1; n = (n & 1) == 0 ? n / 2 : (3 * n) + 1) steps++;
        r[i] = steps + a[0];
    }

    [Kernel]
    public static void NestedLoops(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        int sum = 0;
        for (int y = 0; y < i; y++)
            for (int x = y; x < 8; x++)
                sum += (x * y) ^ a[x];
        r[i] = sum;
    }

    [Kernel]
    public static void BreakAndContinue(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        int found = -1;
        for (int k = 0; k < 64; k++)
        {
            if ((a[k] & 3) != (i & 3)) continue;
            found = k;
            if (k > i) break;
        }

        r[i] = found;
    }

    [Kernel]
    public static void DoWhile(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        uint x = (uint)a[i] | 1;
        int count = 0;
        do
        {
            x = (x * 1664525) + 1013904223;
            count++;
        }
        while ((x & 15) != 3 && count < 100);
        r[i] = count;
    }

    [Kernel]
    public static void DenseSwitch(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        switch (i % 9)
        {
            case 0:
                r[i] = a[i];
                break;
            case 1:
            case 2:
                r[i] = -a[i];
                break;
            case 3:
                r[i] = 5;
                goto case 4;
            case 4:
                r[i] += a[i] * 2;
                break;
            case 6:
                return;
            default:
                r[i] = 77;
                break;
        }
    }

    [Kernel]
    public static void SparseSwitch(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        r[i] = a[i] switch
        {
            < -1000 => 1,
            -1 => 2,
            0 => 3,
            31 => 4,
            int.MaxValue => 5,
            > 1000000 => 6,
            _ => 7,
        };
    }

    [Kernel]
    public static void EarlyReturn(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        for (int k = 0; k < 64; k++)
        {
            if (a[k] != a[i]) continue;
            r[i] = k + 1;
            return;
        }
    }

    [Kernel]
    public static void SwappedInLoop(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        int x = 0;
        int y = 1;
        for (int k = 0; k < i % 20; k++) (x, y) = (y, x + y);
        r[i] = x + a[1];
    }

    [Kernel]
    public static void CompoundAssignment(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        r[i] += a[i];
        r[i] <<= 2;
        r[i]++;
        int old = r[i]++;
        r[i] ^= old;
    }

    [Kernel]
    public static void TernaryOnReference(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        ref int target = ref (i & 1) == 0 ? ref r[i] : ref r[i ^ 2];
        target = a[i];
    }

    [Kernel]
    public static void Goto(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        int n = i;
    again:
        n -= 5;
        if (n > 0) goto again;
        r[i] = n + a[2];
    }

    [Kernel]
    public static void LoopsOfDoubles(ArrayView<double> a, ArrayView<double> r)
    {
        int i = Group.IdxX;
        double x = 1;
        while (x < a[i] && x < 1e6) x *= 1.5;
        while (!(x <= a[i]) && x > 1e-6) x /= 2;
        r[i] = x;
    }

    [Kernel]
    public static void MultipleExits(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        int k = 0;
        int sum = 0;
        while (true)
        {
            sum += a[(i + k) & 63] & 1023;
            if (sum > 4000) break;
            k++;
            if (k == 17) return;
            if ((sum & 7) == 7)
            {
                sum = -sum;
                break;
            }
        }

        r[i] = sum;
    }

    [Kernel]
    public static void BoolVariables(ArrayView<int> a, ArrayView<byte> r)
    {
        int i = Group.IdxX;
        bool any = false;
        bool all = true;
        for (int k = 0; k < 5; k++)
        {
            bool odd = (a[(i + k) & 63] & 1) != 0;
            any |= odd;
            all &= odd;
        }

        r[i] = (byte)((any ? 1 : 0) + (all ? 2 : 0) + (any ^ all ? 4 : 0) + (!any ? 8 : 0));
    }

    [Kernel]
    public static void SmallVariables(ArrayView<byte> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        byte b = a[i];
        sbyte s = (sbyte)b;
        for (int k = 0; k < 3; k++)
        {
            b += 100;
            s = (sbyte)(s * 3);
        }

        char c = (char)(b << 8);
        r[i] = b + (s * 1000) + c;
    }
}
