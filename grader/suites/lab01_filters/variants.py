"""Right answers to lab 1 in other styles. Each must earn every point."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.checking import variant

SOBEL_X = np.outer([1, 2, 1], [-1, 0, 1])


def correlate(img, filt, dtype=float):
    img, filt = np.asarray(img, dtype=dtype), np.asarray(filt, dtype=dtype)
    return np.einsum("ijuv,uv->ij", sliding_window_view(img, filt.shape), filt)


# 1.1 ---------------------------------------------------------------------------------------------


@variant("1.1", "loops over plain lists")
def score_by_loops(patch, filt):
    total, count = 0.0, 0
    for row, pattern in zip(patch, filt, strict=True):
        for pixel, weight in zip(row, pattern, strict=True):
            total += float(pixel) * float(weight)
            count += 1
    return total / count


@variant("1.1", "a dot product of the flattened arrays, as a NumPy scalar")
def score_by_vdot(patch, filt):
    return np.vdot(np.asarray(patch, dtype=float), np.asarray(filt, dtype=float)) / np.size(filt)


@variant("1.1", "float32")
def score_in_float32(patch, filt):
    return (np.float32(patch) * np.float32(filt)).mean()


@variant("1.1", "einsum, as an array without axes")
def score_by_einsum(patch, filt):
    filt = np.array(filt, dtype=float)
    return np.asarray(np.einsum("uv,uv->", np.array(patch, dtype=float), filt) / filt.size)


# 1.2 ---------------------------------------------------------------------------------------------


@variant("1.2", "four loops over plain lists, made into an array at the end")
def correlate_by_four_loops(img, filt):
    img, filt = np.asarray(img).tolist(), np.asarray(filt).tolist()
    H, W, kh, kw = len(img), len(img[0]), len(filt), len(filt[0])
    out = []
    for i in range(H - kh + 1):
        row = []
        for j in range(W - kw + 1):
            row.append(
                sum(
                    float(img[i + u][j + v]) * float(filt[u][v])
                    for u in range(kh)
                    for v in range(kw)
                )
            )
        out.append(row)
    return np.array(out)


@variant("1.2", "number by number of the arrays, which are taken as they come")
def correlate_by_entries(img, filt):
    (H, W), (kh, kw) = img.shape, filt.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(H - kh + 1):
        for j in range(W - kw + 1):
            for u in range(kh):
                for v in range(kw):
                    out[i, j] += img[i + u, j + v] * filt[u, v]
    return out


@variant("1.2", "sliding windows and einsum")
def correlate_by_windows(img, filt):
    return correlate(img, filt)


@variant("1.2", "Fourier transform")
def correlate_by_fft(img, filt):
    img, filt = np.asarray(img, dtype=float), np.asarray(filt, dtype=float)
    shape = tuple(a + b - 1 for a, b in zip(img.shape, filt.shape, strict=True))
    full = np.fft.irfft2(np.fft.rfft2(img, shape) * np.fft.rfft2(filt[::-1, ::-1], shape), shape)
    (H, W), (kh, kw) = img.shape, filt.shape
    return full[kh - 1 : H, kw - 1 : W]


@variant("1.2", "float32, one shifted image for each entry of the filter")
def correlate_in_float32(img, filt):
    img, filt = np.asarray(img, dtype=np.float32), np.asarray(filt, dtype=np.float32)
    (H, W), (kh, kw) = img.shape, filt.shape
    out = np.zeros((H - kh + 1, W - kw + 1), dtype=np.float32)
    for u in range(kh):
        for v in range(kw):
            out += filt[u, v] * img[u : u + out.shape[0], v : v + out.shape[1]]
    return out


@variant("1.2", "match scores times the filter's size")
def correlate_by_scores(img, filt):
    img, filt = np.array(img, dtype=float), np.array(filt, dtype=float)
    (H, W), (kh, kw) = img.shape, filt.shape
    return np.array(
        [
            [np.mean(img[i : i + kh, j : j + kw] * filt) * filt.size for j in range(W - kw + 1)]
            for i in range(H - kh + 1)
        ]
    )


# 1.3 ---------------------------------------------------------------------------------------------


@variant("1.3", "the sum of the definition, in loops")
def convolve_by_loops(img, filt):
    img, filt = np.asarray(img, dtype=float), np.asarray(filt, dtype=float)
    (H, W), (kh, kw) = img.shape, filt.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i, j in np.ndindex(out.shape):
        for u, v in np.ndindex(filt.shape):
            out[i, j] += img[i + u, j + v] * filt[kh - 1 - u, kw - 1 - v]
    return out


@variant("1.3", "Fourier transform")
def convolve_by_fft(img, filt):
    img, filt = np.asarray(img, dtype=float), np.asarray(filt, dtype=float)
    shape = tuple(a + b - 1 for a, b in zip(img.shape, filt.shape, strict=True))
    full = np.fft.irfft2(np.fft.rfft2(img, shape) * np.fft.rfft2(filt, shape), shape)
    return full[filt.shape[0] - 1 : img.shape[0], filt.shape[1] - 1 : img.shape[1]]


@variant("1.3", "float32, turned by rot90 twice")
def convolve_in_float32(img, filt):
    return correlate(img, np.rot90(filt, 2), np.float32)


# 1.4 ---------------------------------------------------------------------------------------------


@variant("1.4", "written out")
def filters_written_out():
    return {
        "sobel_x": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
        "sobel_y": np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
        "laplacian": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        "box": np.array([[1 / 9] * 3] * 3),
    }


@variant("1.4", "float32, from outer products")
def filters_in_float32():
    second, unit, ones = np.float32([1, -2, 1]), np.float32([0, 1, 0]), np.ones(3, np.float32)
    sobel_x = SOBEL_X.astype(np.float32)
    return {
        "box": np.outer(ones, ones) / np.float32(9),
        "laplacian": np.outer(second, unit) + np.outer(unit, second),
        "sobel_y": sobel_x.T,
        "sobel_x": sobel_x,
    }


@variant("1.4", "with filters of the student's own besides")
def filters_and_more():
    return {
        "sobel_x": SOBEL_X,
        "sobel_y": np.rot90(SOBEL_X, -1),
        "laplacian": np.add.outer([0, 1, 0], [0, 1, 0]) % 2 - 4 * np.diag([0, 1, 0]),
        "box": np.ones((3, 3)) / 9,
        "identity": np.diag([0, 1, 0]),
    }


# 1.5 ---------------------------------------------------------------------------------------------


@variant("1.5", "complex numbers")
def gradient_by_complex_numbers(img):
    arrows = correlate(img, SOBEL_X) + 1j * correlate(img, SOBEL_X.T)
    return np.abs(arrows), np.angle(arrows)


@variant("1.5", "float32, as a list, angles from 0 to 2π")
def gradient_in_float32(img):
    x, y = (correlate(img, filt, np.float32) for filt in (SOBEL_X, SOBEL_X.T))
    return [np.hypot(x, y), np.arctan2(y, x) % np.float32(2 * np.pi)]


@variant("1.5", "pixel by pixel, as one array")
def gradient_by_loops(img):
    img = np.asarray(img, dtype=float)
    out = np.zeros((2, img.shape[0] - 2, img.shape[1] - 2))
    for i, j in np.ndindex(out.shape[1:]):
        p = img[i : i + 3, j : j + 3]
        x = p[0, 2] + 2 * p[1, 2] + p[2, 2] - p[0, 0] - 2 * p[1, 0] - p[2, 0]
        y = p[2, 0] + 2 * p[2, 1] + p[2, 2] - p[0, 0] - 2 * p[0, 1] - p[0, 2]
        out[:, i, j] = np.sqrt(x * x + y * y), np.arctan2(y, x)
    return out


# 1.6 ---------------------------------------------------------------------------------------------


@variant("1.6", "sliding windows and einsum")
def layer_by_einsum(x, w, b):
    windows = sliding_window_view(np.asarray(x, dtype=float), np.shape(w)[:2], axis=(0, 1))
    return np.einsum("ijcuv,uvcf->ijf", windows, np.asarray(w, dtype=float)) + np.asarray(b)


@variant("1.6", "float32, one matrix product for all")
def layer_by_matrix_product(x, w, b):
    x, w, b = (np.asarray(a, dtype=np.float32) for a in (x, w, b))
    kh, kw, _C, F = w.shape
    h, v = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    rows = np.array([x[i : i + kh, j : j + kw].ravel() for i in range(h) for j in range(v)])
    return (rows @ w.reshape(-1, F) + b).reshape(h, v, F)


@variant("1.6", "number by number, six loops")
def layer_by_six_loops(x, w, b):
    (H, W, C), (kh, kw, _, F) = np.shape(x), np.shape(w)
    out = np.zeros((H - kh + 1, W - kw + 1, F))
    for i, j, f in np.ndindex(out.shape):
        out[i, j, f] = b[f]
        for u, v, c in np.ndindex(kh, kw, C):
            out[i, j, f] += float(x[i + u, j + v, c]) * float(w[u, v, c, f])
    return out


@variant("1.6", "a tensor product at every place, as lists")
def layer_by_tensordot(x, w, b):
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    kh, kw = w.shape[:2]
    return [
        [
            (np.tensordot(x[i : i + kh, j : j + kw], w, axes=3) + b).tolist()
            for j in range(x.shape[1] - kw + 1)
        ]
        for i in range(x.shape[0] - kh + 1)
    ]


# 1.7 ---------------------------------------------------------------------------------------------


@variant("1.7", "sliding windows, ReLU last")
def pool_by_windows(x, size, stride):
    windows = sliding_window_view(np.asarray(x), tuple(size), axis=(0, 1))[
        :: stride[0], :: stride[1]
    ]
    return np.maximum(windows.max(axis=(-1, -2)), 0)


@variant("1.7", "float32, the maximum of shifted maps")
def pool_in_float32(x, size, stride):
    x = np.asarray(x, dtype=np.float32)
    (ph, pw), (sh, sw) = size, stride
    h, w = (x.shape[0] - ph) // sh + 1, (x.shape[1] - pw) // sw + 1
    out = np.zeros((h, w, x.shape[2]), dtype=np.float32)
    for u in range(ph):
        for v in range(pw):
            out = np.maximum(out, x[u : u + sh * (h - 1) + 1 : sh, v : v + sw * (w - 1) + 1 : sw])
    return out


@variant("1.7", "loops over everything, in lists until the end")
def pool_by_loops(x, size, stride):
    (H, W, F), (ph, pw), (sh, sw) = np.shape(x), size, stride
    return np.array(
        [
            [
                [
                    max(
                        0,
                        max(float(x[r, c, f]) for r in range(i, i + ph) for c in range(j, j + pw)),
                    )
                    for f in range(F)
                ]
                for j in range(0, W - pw + 1, sw)
            ]
            for i in range(0, H - ph + 1, sh)
        ]
    )


# 1.8 ---------------------------------------------------------------------------------------------


def peaks_of(img, bank):
    maps = [correlate(img, filt) for filt in bank]
    return np.array([max(one.max(), 0) for one in maps])


@variant("1.8", "smallest peak against the mean of the peaks")
def vote_against_the_mean(img, bank):
    peaks = peaks_of(img, bank)
    return "X" if peaks.min() > 0.82 * peaks.mean() else "O"


@variant("1.8", "smallest peak against the image's root mean square")
def vote_against_the_contrast(img, bank):
    return "X" if peaks_of(img, bank).min() / 9 > 0.69 * np.sqrt(np.mean(np.square(img))) else "O"


@variant("1.8", "float32, pooled in windows, a share of the median peak, 0 / 0 and all")
def vote_in_float32(img, bank):
    maps = np.stack([correlate(img, filt, np.float32) for filt in bank], axis=-1)
    pooled = np.maximum(
        [[maps[i : i + 3, j : j + 3].max(axis=(0, 1)) for j in (0, 2, 4)] for i in (0, 2, 4)], 0
    )
    peaks = np.sort(pooled.max(axis=(0, 1)))
    with np.errstate(invalid="ignore"):
        return "X" if peaks[0] / peaks[1] > 0.77 else "O"
