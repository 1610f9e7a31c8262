"""Pooling: one value for every window of the input."""

from __future__ import annotations

import numpy as np


def maxpool(x, size, stride=None, *, clipped=False):
    """The largest value in every window, channel by channel.

    Maths:
        Y[i, j, f] = max X[i·sh + u, j·sw + v, f]   over 0 ≤ u < ph, 0 ≤ v < pw

    Shapes:
        x (H, W, F), size (ph, pw), stride (sh, sw) -> (h, w, F) with
        h = ⌊(H - ph) / sh⌋ + 1, w = ⌊(W - pw) / sw⌋ + 1

    Args:
        stride: `size` if None.
        clipped: whether to use windows that start inside the image and stick out at the bottom or
            the right too, clipped to the image, if they reach pixels that no earlier window does.
            Then h = ⌈(H - ph) / sh⌉ + 1 for H ≥ ph and sh ≤ ph.

    Example:
        >>> maxpool(np.arange(6.0).reshape(2, 3, 1), (2, 2))[:, :, 0]
        array([[4.]])
        >>> maxpool(np.arange(6.0).reshape(2, 3, 1), (2, 2), clipped=True)[:, :, 0]
        array([[4., 5.]])

    Source: K. Yamaguchi, K. Sakamoto, T. Akabane, Y. Fujimoto, A Neural Network for
    Speaker-Independent Isolated Word Recognition, 1990.
    """
    x = np.asarray(x, dtype=np.float64)
    (H, W, F), (ph, pw) = x.shape, size
    sh, sw = stride or size
    h, w = _windows(H, ph, sh, clipped), _windows(W, pw, sw, clipped)
    out = np.empty((h, w, F))
    for i in range(h):
        for j in range(w):
            out[i, j] = x[i * sh : i * sh + ph, j * sw : j * sw + pw].max(axis=(0, 1))
    return out


def _windows(length, size, stride, clipped):
    """The number of windows along an axis."""
    if length < size and not clipped:
        raise ValueError(f"a window of {size} does not fit in {length}")
    last = max(length - size, 0)
    if not clipped:
        return last // stride + 1
    return min(-(-last // stride) + 1, -(-length // stride))


def maxpool_nd(x, size, stride=None, padding="valid"):
    """The largest value in every window of a batch of signals, images or volumes.

    Maths:
        Y[b, i, c] = max over p in window i of X[b, p, c]
        window i, along each axis: p = i·s - before, …, i·s - before + k - 1, inside X
        before = 0 for "valid"; for "same" it is ⌊t / 2⌋, t = max((⌈n / s⌉ - 1)·s + k - n, 0)

    Shapes:
        x (B, n₁, …, n_d, C), size (k₁, …, k_d), stride (s₁, …, s_d) -> (B, m₁, …, m_d, C) with
        m = ⌊(n - k) / s⌋ + 1 for "valid" and m = ⌈n / s⌉ for "same"

    Args:
        stride: `size` if None.

    Example:
        >>> maxpool_nd([[[1], [5], [2], [3], [4]]], (2,), padding="same")[0, :, 0]
        array([5., 3., 4.])

    Source: as for `maxpool`.
    """
    return _pooled(x, size, stride, padding, lambda window, axes: window.max(axis=axes))


def maxpool_nd_gradients(x, size, dy, stride=None, padding="valid"):
    """The gradient of a loss with respect to x, given dy: each dy goes to its maximum.

    Maths:
        dX[b, p, c] = Σ dY[b, i, c]   over the windows i whose first maximum is at p

    Shapes:
        x (B, n₁, …, n_d, C), dy (B, m₁, …, m_d, C) -> (B, n₁, …, n_d, C)

    Example:
        >>> maxpool_nd_gradients([[[1], [5], [5], [3]]], (2,), [[[10], [20]]])[0, :, 0]
        array([ 0., 10., 20.,  0.])
        >>> maxpool_nd_gradients([[[7], [7]]], (2,), [[[1]]])[0, :, 0]
        array([1., 0.])

    Source: as for `maxpool`.
    """
    x, dy = np.asarray(x, np.float64), np.asarray(dy, np.float64)
    dx = np.zeros_like(x)
    for i, window in _output_windows(x.shape, size, stride, padding):
        for b in range(x.shape[0]):
            for c in range(x.shape[-1]):
                values = x[(b, *window, c)]
                first_max = np.unravel_index(np.argmax(values), values.shape)
                dx[(b, *window, c)][first_max] += dy[(b, *i, c)]
    return dx


def averagepool_nd(x, size, stride=None, padding="valid"):
    """The mean of every window of a batch; what lies outside the input is not counted.

    Maths:
        Y[b, i, c] = Σ_p X[b, p, c] / |window i|   over p in window i, as in `maxpool_nd`

    Shapes:
        x (B, n₁, …, n_d, C), size (k₁, …, k_d), stride (s₁, …, s_d) -> (B, m₁, …, m_d, C)

    Example:
        >>> averagepool_nd([[[1], [5], [2], [4], [4]]], (2,), padding="same")[0, :, 0]
        array([3., 3., 4.])

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-Based Learning Applied to
    Document Recognition, 1998.
    """
    return _pooled(x, size, stride, padding, lambda window, axes: window.mean(axis=axes))


def averagepool_nd_gradients(x, size, dy, stride=None, padding="valid"):
    """The gradient of a loss with respect to x, given dy: each dy is divided equally.

    Maths:
        dX[b, p, c] = Σ dY[b, i, c] / |window i|   over the windows i that contain p

    Shapes:
        x (B, n₁, …, n_d, C), dy (B, m₁, …, m_d, C) -> (B, n₁, …, n_d, C)

    Example:
        >>> averagepool_nd_gradients(np.ones((1, 3, 1)), (2,), [[[2], [4]]], (1,))[0, :, 0]
        array([1., 3., 2.])

    Source: as for `averagepool_nd`.
    """
    x, dy = np.asarray(x, np.float64), np.asarray(dy, np.float64)
    dx = np.zeros_like(x)
    axes = tuple(range(1, x.ndim - 1))
    for i, window in _output_windows(x.shape, size, stride, padding):
        count = np.prod([axis.stop - axis.start for axis in window])
        dx[(slice(None), *window)] += np.expand_dims(dy[(slice(None), *i)], axes) / count
    return dx


def global_average(x, keepdims=False, mask=None):
    """The mean of every channel.

    Maths:
        y[b, c] = Σ_p m[b, p] X[b, p, c] / Σ_p m[b, p]      m = 1 without a mask

    Shapes:
        x (B, n₁, …, n_d, C), mask (B, n₁) -> (B, C), or (B, 1, …, 1, C) with `keepdims`

    Example:
        >>> global_average([[[1], [2], [6]]])
        array([[3.]])

    Source: M. Lin, Q. Chen, S. Yan, Network In Network, 2013.
    """
    return _global(x, keepdims, mask, lambda rows: rows.mean(axis=0) if len(rows) else 0.0)


def global_max(x, keepdims=False, mask=None):
    """The maximum of every channel.

    Maths:
        y[b, c] = max X[b, p, c]   over all p, or those where the mask is True; 0 without any

    Shapes:
        x (B, n₁, …, n_d, C), mask (B, n₁) -> (B, C), or (B, 1, …, 1, C) with `keepdims`

    Example:
        >>> global_max([[[1], [7], [6]]])
        array([[7.]])

    Source: R. Collobert, J. Weston, L. Bottou, M. Karlen, K. Kavukcuoglu, P. Kuksa, Natural
    Language Processing (Almost) from Scratch, 2011.
    """
    return _global(x, keepdims, mask, lambda rows: rows.max(axis=0) if len(rows) else 0.0)


def averagepool_to(x, cells):
    """Adaptive average pooling: the means of a grid of cells over an image of any size.

    Maths:
        Y[b, i, j, c] = mean of X[b, p, q, c] over ⌊i·H / n⌋ ≤ p < ⌈(i + 1)·H / n⌉, and likewise
        for q, j and W

    Shapes:
        x (B, H, W, C), cells n -> (B, n, n, C)

    Example:
        >>> averagepool_to(np.arange(3.0).reshape(1, 1, 3, 1), 2)[0, 0, :, 0]
        array([0.5, 1.5])

    Source: K. He, X. Zhang, S. Ren, J. Sun, Spatial Pyramid Pooling in Deep Convolutional Networks
    for Visual Recognition, 2014.
    """
    x = np.asarray(x, np.float64)
    B, H, W, C = x.shape
    out = np.empty((B, cells, cells, C))
    for i in range(cells):
        rows = slice(i * H // cells, -(-(i + 1) * H // cells))
        for j in range(cells):
            columns = slice(j * W // cells, -(-(j + 1) * W // cells))
            out[:, i, j] = x[:, rows, columns].mean(axis=(1, 2))
    return out


def binomial(size):
    """The weights of a binomial blur: a row of Pascal's triangle, divided by its sum.

    Maths:
        a[u] = (size - 1 choose u) / 2^(size - 1)

    Shapes:
        -> (size,)

    Example:
        >>> binomial(3)
        array([0.25, 0.5 , 0.25])

    Source: R. Zhang, Making Convolutional Networks Shift-Invariant Again, 2019.
    """
    row = np.ones(1)
    for _ in range(size - 1):
        row = np.convolve(row, [0.5, 0.5])
    return row


def blurpool(x, size, stride, padding="reflect"):
    """Blurs every channel, then keeps every s-th pixel.

    Maths:
        Y[b, i, j, c] = Σ_u Σ_v a[u] a[v] X̄[b, i·s + u, j·s + v, c]
        a = binomial(k); X̄ is X with padding: reflected, ⌊(k - 1) / 2⌋ before and ⌊k / 2⌋ after
        ("reflect"), or zeros around it as for the "same" windows of `maxpool_nd` ("same")

    Shapes:
        x (B, H, W, C), size k, stride s -> (B, ⌈H / s⌉, ⌈W / s⌉, C)

    Example:
        >>> x = np.zeros((1, 4, 4, 1))
        >>> x[0, 2, 2] = 16.0
        >>> blurpool(x, 3, 2)[0, :, :, 0]
        array([[0., 0.],
               [0., 4.]])

    Source: R. Zhang, Making Convolutional Networks Shift-Invariant Again, 2019.
    """
    x, a = np.asarray(x, np.float64), binomial(size)
    B, H, W, C = x.shape
    if padding == "reflect":
        pads = [((size - 1) // 2, size // 2)] * 2
        x = np.pad(x, ((0, 0), *pads, (0, 0)), mode="reflect")
    else:
        pads = [_same_padding(length, size, stride) for length in (H, W)]
        x = np.pad(x, ((0, 0), *pads, (0, 0)))
    out = np.zeros((B, -(-H // stride), -(-W // stride), C))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            for u in range(size):
                for v in range(size):
                    out[:, i, j] += a[u] * a[v] * x[:, i * stride + u, j * stride + v]
    return out


def maxpool_with_switches(x, size):
    """The largest value in every window, and its position.

    Maths:
        Y[b, i, j, c] = X[b, h, w, c],   S[b, i, j, c] = h·W + w
        (h, w) = the first position, row by row, of the largest value in window (i, j)

    Shapes:
        x (B, H, W, C), size (ph, pw) -> Y and S (B, ⌊H / ph⌋, ⌊W / pw⌋, C)

    Example:
        >>> image = np.array([[1, 2, 0, 0], [3, 2, 0, 9]])
        >>> Y, S = maxpool_with_switches(image[None, ..., None], (2, 2))
        >>> Y[0, 0, :, 0], S[0, 0, :, 0]
        (array([3., 9.]), array([4, 7]))

    Source: M. D. Zeiler, R. Fergus, Visualizing and Understanding Convolutional Networks, 2014.
    """
    x = np.asarray(x, np.float64)
    (B, H, W, C), (ph, pw) = x.shape, size
    Y = np.empty((B, H // ph, W // pw, C))
    S = np.empty(Y.shape, int)
    for b, i, j, c in np.ndindex(Y.shape):
        window = x[b, i * ph : (i + 1) * ph, j * pw : (j + 1) * pw, c]
        u, v = np.unravel_index(np.argmax(window), window.shape)
        Y[b, i, j, c] = window[u, v]
        S[b, i, j, c] = (i * ph + u) * W + j * pw + v
    return Y, S


def max_unpool(y, switches, output_size):
    """Puts values back at their switches, with zeros elsewhere.

    Maths:
        X[b, h, w, c] = Σ Y[b, i, j, c]   over the (i, j) with S[b, i, j, c] = h·W + w

    Shapes:
        y and switches (B, h, w, C), output_size (H, W) -> (B, H, W, C)

    Example:
        >>> max_unpool([[[[3], [9]]]], [[[[4], [7]]]], (2, 4))[0, :, :, 0]
        array([[0., 0., 0., 0.],
               [3., 0., 0., 9.]])

    Source: M. D. Zeiler, R. Fergus, Visualizing and Understanding Convolutional Networks, 2014.
    """
    y, switches = np.asarray(y, np.float64), np.asarray(switches)
    H, W = output_size
    X = np.zeros((y.shape[0], H, W, y.shape[-1]))
    for b, i, j, c in np.ndindex(y.shape):
        h, w = divmod(switches[b, i, j, c], W)
        X[b, h, w, c] += y[b, i, j, c]
    return X


def _global(x, keepdims, mask, pool):
    x = np.asarray(x, np.float64)
    out = np.zeros((x.shape[0], x.shape[-1]))
    for b in range(x.shape[0]):
        rows = x[b] if mask is None else x[b][np.asarray(mask)[b]]
        out[b] = pool(rows.reshape(-1, x.shape[-1]))
    return np.expand_dims(out, tuple(range(1, x.ndim - 1))) if keepdims else out


def _pooled(x, size, stride, padding, pool):
    x = np.asarray(x, np.float64)
    axes = tuple(range(1, x.ndim - 1))
    windows = list(_output_windows(x.shape, size, stride, padding))
    out = np.empty((x.shape[0], *(last + 1 for last in windows[-1][0]), x.shape[-1]))
    for i, window in windows:
        out[(slice(None), *i)] = pool(x[(slice(None), *window)], axes)
    return out


def _output_windows(shape, size, stride, padding):
    """Every output index with its window: a slice along each axis, clipped to the input."""
    stride = stride or size
    axes = []
    for n, k, s in zip(shape[1:-1], size, stride, strict=True):
        if padding == "same":
            before, m = _same_padding(n, k, s)[0], -(-n // s)
        else:
            before, m = 0, _windows(n, k, s, clipped=False)
        axes.append([slice(max(i * s - before, 0), min(i * s - before + k, n)) for i in range(m)])
    for index in np.ndindex(*(len(slices) for slices in axes)):
        yield index, tuple(slices[i] for slices, i in zip(axes, index, strict=True))


def _same_padding(length, size, stride):
    """The padding before and after an axis; an odd entry is after it."""
    total = max((-(-length // stride) - 1) * stride + size - length, 0)
    return total // 2, total - total // 2
