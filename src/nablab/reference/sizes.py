"""The output size of a sliding window along an axis, and the padding that "same" stands for."""

from __future__ import annotations


def out_size(n, k, s=1, pad=0, dilation=1):
    """The number of outputs of a window of k entries along an axis of n entries.

    Maths:
        n' = ⌊(n + 2·p − span) / s⌋ + 1,  span = dilation·(k − 1) + 1
        `pad` is p, the number of zeros on each side; "valid": p = 0; "same": n' = ⌈n / s⌉

    Raises:
        ValueError: the window does not fit.

    Example:
        >>> out_size(8, 3, 2), out_size(8, 3, 1, 1), out_size(8, 3, dilation=2)
        (3, 8, 4)
        >>> out_size(7, 5, 2, "same")
        4

    Source: V. Dumoulin, F. Visin, A Guide to Convolution Arithmetic for Deep Learning, 2016.
    """
    if pad == "same":
        return (n + s - 1) // s
    p = 0 if pad == "valid" else int(pad)
    starts = range(0, n + 2 * p - dilation * (k - 1), s)
    if not len(starts):
        raise ValueError(f"a window of {k} entries, dilation {dilation}, does not fit into {n}")
    return len(starts)


def same_pads(n, k, s=1, dilation=1):
    """The zeros before and after an axis with `padding="same"` in Keras.

    Maths:
        P = max((⌈n / s⌉ − 1)·s + dilation·(k − 1) + 1 − n, 0)
        before = ⌊P / 2⌋, after = P − before

    Example:
        >>> same_pads(6, 3, 2), same_pads(7, 3, 2)
        ((0, 1), (1, 1))

    Source: as for `out_size`; the split is that of `keras.ops.conv`.
    """
    last_start = (out_size(n, k, s, "same") - 1) * s
    total = max(last_start + dilation * (k - 1) + 1 - n, 0)
    return total // 2, total - total // 2
