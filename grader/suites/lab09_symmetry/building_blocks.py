"""What mutants and variants of several exercises are made of."""

import numpy as np


def conv(x, w, dtype=float):
    x, w = np.asarray(x, dtype=dtype), np.asarray(w, dtype=dtype)
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], axis=(1, 2))
    return np.einsum("nijcuv,uvcf->nijf", windows, w)


def loops_conv(x, w):
    (N, H, W, _), (kh, kw, _, F) = x.shape, w.shape
    out = np.zeros((N, H - kh + 1, W - kw + 1, F))
    for n in range(N):
        for i in range(H - kh + 1):
            for j in range(W - kw + 1):
                patch = x[n, i : i + kh, j : j + kw]
                for f in range(F):
                    out[n, i, j, f] = np.sum(patch * w[:, :, :, f])
    return out
