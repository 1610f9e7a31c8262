"""Every layer that slides weights over its input, for batches, with strides and padding.

One letter stands for all spatial axes: i = (i₁, …, i_r) is a position in the output, u is one in
the kernel, and i·s + u·d is computed axis by axis. "Convolution" has its meaning in deep learning:
the kernel is not reversed, so it is a cross-correlation.
"""

from __future__ import annotations

from itertools import product

import numpy as np


def conv_nd(x, w, b=None, strides=1, padding="valid", dilation=1, groups=1):
    """A convolution layer before its activation, over one, two, three or more spatial axes.

    Maths:
        Y[i, f] = b[f] + Σ_u Σ_c X[i·s + u·d − p, g·C/G + c] · W[u, c, f]
        g = ⌊f / (F/G)⌋ is the group of filter f and reads its own C/G channels. X is 0 outside.
        "valid": p = 0; the kernel stays inside the input.
        "same": N' = ⌈N / s⌉ outputs along an axis of N. The padding is
            P = max((N' − 1)·s + d·(k − 1) + 1 − N, 0) in total, and p = ⌊P / 2⌋ of it is before.
        "causal", for one spatial axis: P = p = d·(k − 1).

    Shapes:
        x (B, N₁, …, C), w (k₁, …, C/G, F), b (F,) or None -> (B, N'₁, …, F) with
        N' = ⌊(N + P − d·(k − 1) − 1) / s⌋ + 1

    Args:
        strides, dilation: s and d, one integer for all axes or one for each axis.
        groups: G.

    Example:
        >>> conv_nd([[[1], [2], [3], [4]]], [[[1]], [[10]], [[100]]])[0, :, 0]
        array([321., 432.])
        >>> conv_nd([[[1], [2], [3], [4]]], [[[1]], [[10]], [[100]]], padding="same")[0, :, 0]
        array([210., 321., 432.,  43.])

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-Based Learning Applied to
    Document Recognition, 1998. Groups: A. Krizhevsky, I. Sutskever, G. E. Hinton, ImageNet
    Classification with Deep Convolutional Neural Networks, 2012. Dilation: F. Yu, V. Koltun,
    Multi-Scale Context Aggregation by Dilated Convolutions, 2016.
    """
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    kernel, (channels, F) = w.shape[:-2], w.shape[-2:]
    s, d = _per_axis(strides, kernel), _per_axis(dilation, kernel)
    if channels * groups != x.shape[-1]:
        raise ValueError(
            f"w reads {channels} channels in each of {groups} groups, but x has {x.shape[-1]}"
        )
    padded, _ = _padded(x, kernel, s, d, padding)
    size = _output_size(padded, kernel, s, d)
    y = np.zeros((x.shape[0], *size, F))
    for u in np.ndindex(*kernel):
        x_u = padded[_read_by(u, size, s, d)]
        for g in range(groups):
            reads = slice(g * channels, (g + 1) * channels)
            writes = slice(g * F // groups, (g + 1) * F // groups)
            y[..., writes] += x_u[..., reads] @ w[u][:, writes]
    return y if b is None else y + np.asarray(b, np.float64)


def conv_nd_gradients(x, w, dy, strides=1, padding="valid", dilation=1, groups=1):
    """The gradients of a loss with respect to x, w and b, given dY = ∂L/∂Y.

    Maths:
        dX[m, g·C/G + c] = Σ dY[i, f] · W[u, c, f]   over all i, u, f with i·s + u·d − p = m
        dW[u, c, f] = Σ_i X[i·s + u·d − p, g·C/G + c] · dY[i, f]   (summed over the batch)
        db[f] = Σ_i dY[i, f]

    Shapes:
        x (B, N₁, …, C), w (k₁, …, C/G, F), dy (B, N'₁, …, F) -> the shapes of x, w and b

    Example:
        >>> dx, dw, db = conv_nd_gradients([[[1], [2], [3]]], [[[1]], [[10]]], [[[1], [1]]])
        >>> dx[0, :, 0], dw[:, 0, 0], db
        (array([ 1., 11., 10.]), array([3., 5.]), array([2.]))

    Source: Y. LeCun, B. Boser, J. S. Denker, D. Henderson, R. E. Howard, W. Hubbard, L. D. Jackel,
    Backpropagation Applied to Handwritten Zip Code Recognition, 1989.
    """
    x, w, dy = (np.asarray(a, np.float64) for a in (x, w, dy))
    kernel, (channels, F) = w.shape[:-2], w.shape[-2:]
    s, d = _per_axis(strides, kernel), _per_axis(dilation, kernel)
    padded, before = _padded(x, kernel, s, d, padding)
    size = _output_size(padded, kernel, s, d)
    d_padded, dw = np.zeros_like(padded), np.zeros_like(w)
    for u in np.ndindex(*kernel):
        x_u = _read_by(u, size, s, d)
        for g in range(groups):
            reads = (*x_u[:-1], slice(g * channels, (g + 1) * channels))
            writes = slice(g * F // groups, (g + 1) * F // groups)
            dy_g = dy[..., writes]
            d_padded[reads] += dy_g @ w[u][:, writes].T
            rows = padded[reads].reshape(-1, channels)
            dw[u][:, writes] += rows.T @ dy_g.reshape(-1, F // groups)
    inside = tuple(slice(p, p + n) for p, n in zip(before, x.shape[1:-1], strict=True))
    return d_padded[(slice(None), *inside)], dw, dy.reshape(-1, F).sum(axis=0)


def depthwise_conv(x, w, b=None, strides=1, padding="valid", dilation=1):
    """Every channel has its own m filters, and no output mixes channels.

    Maths:
        Y[i, c·m + j] = b[c·m + j] + Σ_u X[i·s + u·d − p, c] · W[u, c, j]   (p as in `conv_nd`)

    Shapes:
        x (B, N₁, …, C), w (k₁, …, C, m), b (C·m,) or None -> (B, N'₁, …, C·m)

    Example:
        >>> depthwise_conv([[[1, 1], [2, 2], [3, 3]]], [[[1], [0]], [[0], [1]]])[0]
        array([[1., 2.],
               [2., 3.]])

    Source: L. Sifre, Rigid-Motion Scattering for Image Classification, 2014.
    """
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    by_channel = [
        conv_nd(x[..., c : c + 1], w[..., c : c + 1, :], None, strides, padding, dilation)
        for c in range(x.shape[-1])
    ]
    y = np.concatenate(by_channel, axis=-1)
    return y if b is None else y + np.asarray(b, np.float64)


def separable_conv(x, depthwise, pointwise, b=None, strides=1, padding="valid", dilation=1):
    """A convolution in space, then one across channels.

    Maths:
        Z = depthwise_conv(X, D)
        Y[i, f] = b[f] + Σ_q Z[i, q] · P[q, f]

    Shapes:
        x (B, N₁, …, C), depthwise (k₁, …, C, m), pointwise (1, …, C·m, F), b (F,) or None
        -> (B, N'₁, …, F)

    Example:
        >>> separable_conv([[[1, 1], [2, 2]]], [[[1], [0]], [[0], [1]]], [[[1], [10]]])[0]
        array([[21.]])

    Source: as for `depthwise_conv`; F. Chollet, Xception: Deep Learning with Depthwise Separable
    Convolutions, 2017.
    """
    z = depthwise_conv(x, depthwise, None, strides, padding, dilation)
    pointwise = np.asarray(pointwise, np.float64)
    y = z @ pointwise.reshape(pointwise.shape[-2:])
    return y if b is None else y + np.asarray(b, np.float64)


def conv_transpose_nd(x, w, b=None, strides=1, padding="valid", output_padding=None, dilation=1):
    """The adjoint of a convolution: every input position adds a whole kernel to the output.

    It goes from the output size of a convolution back to its input size, and
    ⟨conv(v), x⟩ = ⟨v, conv_transpose(x)⟩ for the same w. It is not the inverse.

    Maths:
        Y[m, f] = b[f] + Σ X[i, c] · W[u, f, c]   over all i, u, c with i·s + u·d − p = m
        The kernel spans K = d·(k − 1) + 1 entries of an axis, and P is `output_padding`.
        "valid": N' = (N − 1)·s + K + P and p = 0, with P = max(s − K, 0) for None
        "same": N' = (N − 1)·s + K mod 2 + P and p = ⌊max(K − K mod 2 − P, 0) / 2⌋,
            with P = s − K mod 2 for None, so that N' = N·s and p = ⌊max(K − s, 0) / 2⌋

    Shapes:
        x (B, N₁, …, C), w (k₁, …, F, C), b (F,) or None -> (B, N'₁, …, F)

    Args:
        strides, output_padding, dilation: s, P and d, one integer for all axes or one for each.

    Example:
        >>> conv_transpose_nd([[[1], [2]]], [[[1]], [[10]], [[100]]], strides=2)[0, :, 0]
        array([  1.,  10., 102.,  20., 200.])
        >>> conv_transpose_nd([[[1], [2]]], [[[1]], [[10]]], strides=2, output_padding=1)[0, :, 0]
        array([ 1., 10.,  2., 20.,  0.])

    Source: V. Dumoulin, F. Visin, A Guide to Convolution Arithmetic for Deep Learning, 2016.
    """
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    kernel, F = w.shape[:-2], w.shape[-2]
    s, d = _per_axis(strides, kernel), _per_axis(dilation, kernel)
    P = _per_axis(output_padding, kernel)
    size = x.shape[1:-1]
    outputs, before = zip(
        *(
            _transposed_axis(n, dilation * (k - 1) + 1, stride, padding, extra)
            for n, k, stride, dilation, extra in zip(size, kernel, s, d, P, strict=True)
        ),
        strict=True,
    )
    full = [(n - 1) * a + c * (k - 1) + 1 for n, k, a, c in zip(size, kernel, s, d, strict=True)]
    full = [max(n, p + more) for n, p, more in zip(full, before, outputs, strict=True)]
    y = np.zeros((x.shape[0], *full, F))
    for i in np.ndindex(*size):
        for u in np.ndindex(*kernel):
            m = tuple(a * b + c * e for a, b, c, e in zip(i, s, u, d, strict=True))
            y[(slice(None), *m)] += x[(slice(None), *i)] @ w[u].T
    inside = tuple(slice(p, p + n) for p, n in zip(before, outputs, strict=True))
    y = y[(slice(None), *inside)]
    return y if b is None else y + np.asarray(b, np.float64)


def _transposed_axis(n, span, s, padding, output_padding):
    """The number of outputs along an axis of a transposed convolution, and p."""
    if padding == "valid":
        extra = max(s - span, 0) if output_padding is None else output_padding
        return (n - 1) * s + span + extra, 0
    if padding != "same":
        raise ValueError(f"padding is {padding!r}; expected 'valid' or 'same'")
    extra = s - span % 2 if output_padding is None else output_padding
    return (n - 1) * s + span % 2 + extra, max(span - span % 2 - extra, 0) // 2


def locally_connected(x, w, b=None, strides=1):
    """A convolution with separate weights at every output position.

    Maths:
        Y[i, f] = b[i, f] + Σ_u Σ_c X[i·s + u, c] · W[i, u, c, f]

    Shapes:
        x (B, N₁, …, C), w (N'₁, …, k₁, …, C, F), b (N'₁, …, F) or None -> (B, N'₁, …, F) with
        N' = ⌊(N − k) / s⌋ + 1

    Example:
        >>> locally_connected([[[1], [2], [3]]], [[[[1]], [[0]]], [[[0]], [[10]]]])[0, :, 0]
        array([ 1., 30.])

    Source: K. Gregor, Y. LeCun, Emergence of Complex-Like Cells in a Temporal Product Network with
    Local Receptive Fields, 2010.
    """
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    rank = x.ndim - 2
    size, kernel, F = w.shape[:rank], w.shape[rank:-2], w.shape[-1]
    s = _per_axis(strides, kernel)
    if size != _output_size(x, kernel, s, _per_axis(1, kernel)):
        raise ValueError(f"w has weights for {size} positions, which do not fit x of {x.shape}")
    y = np.zeros((x.shape[0], *size, F))
    for i in np.ndindex(*size):
        window = tuple(slice(a * n, a * n + k) for a, n, k in zip(i, s, kernel, strict=True))
        patch = x[(slice(None), *window)].reshape(x.shape[0], -1)
        y[(slice(None), *i)] = patch @ w[i].reshape(-1, F)
    return y if b is None else y + np.asarray(b, np.float64)


def tiled_conv2d(x, w, b=None, strides=1, padding="valid"):
    """A convolution whose t × t kernels alternate over the output positions.

    Maths:
        Y[i, j, f] = b[i mod t, j mod t, f]
            + Σ_u Σ_v Σ_c X[i·s₁ + u − p₁, j·s₂ + v − p₂, c] · W[i mod t, j mod t, u, v, c, f]
        (p as in `conv_nd`)

    Shapes:
        x (B, H, W, C), w (t, t, kh, kw, C, F), b (t, t, F) or None -> (B, H', W', F)

    Example:
        >>> w = np.reshape([1, 10, 100, 1000], (2, 2, 1, 1, 1, 1))
        >>> tiled_conv2d(np.ones((1, 3, 3, 1)), w)[0, :, :, 0]
        array([[   1.,   10.,    1.],
               [ 100., 1000.,  100.],
               [   1.,   10.,    1.]])

    Source: Q. V. Le, J. Ngiam, Z. Chen, D. Chia, P. W. Koh, A. Y. Ng, Tiled Convolutional Neural
    Networks, 2010.
    """
    w = np.asarray(w, np.float64)
    t = w.shape[0]
    y = None
    for a, c in product(range(t), range(t)):
        one = conv_nd(x, w[a, c], None if b is None else np.asarray(b)[a, c], strides, padding)
        y = np.empty_like(one) if y is None else y
        y[:, a::t, c::t] = one[:, a::t, c::t]
    return y


def _per_axis(value, kernel):
    """One integer for every spatial axis."""
    return (value,) * len(kernel) if np.ndim(value) == 0 else tuple(value)


def _padded(x, kernel, s, d, padding):
    """x padded with zeros, and the number of zeros before it on every spatial axis."""
    before, after = [], []
    for n, k, stride, dilation in zip(x.shape[1:-1], kernel, s, d, strict=True):
        span = dilation * (k - 1) + 1
        if padding == "valid":
            total = first = 0
        elif padding == "same":
            total = max((-(-n // stride) - 1) * stride + span - n, 0)
            first = total // 2
        elif padding == "causal" and len(kernel) == 1:
            total = first = span - 1
        else:
            raise ValueError(f"padding is {padding!r} for {len(kernel)} spatial axes")
        before.append(first)
        after.append(total - first)
    return np.pad(x, [(0, 0), *zip(before, after, strict=True), (0, 0)]), before


def _output_size(padded, kernel, s, d):
    """The number of outputs along every spatial axis."""
    spans = [dilation * (k - 1) + 1 for k, dilation in zip(kernel, d, strict=True)]
    sizes = padded.shape[1:-1]
    if any(n < span for n, span in zip(sizes, spans, strict=True)):
        raise ValueError(f"a kernel that spans {tuple(spans)} does not fit in {sizes}")
    return tuple((n - span) // stride + 1 for n, span, stride in zip(sizes, spans, s, strict=True))


def _read_by(u, size, s, d):
    """The slices of the padded input that entry u of the kernel reads, over all outputs."""
    spatial = tuple(
        slice(v * dilation, v * dilation + (n - 1) * stride + 1, stride)
        for v, n, stride, dilation in zip(u, size, s, d, strict=True)
    )
    return (slice(None), *spatial, slice(None))
