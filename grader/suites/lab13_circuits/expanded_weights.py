"""Hidden checks of N.5."""

import numpy as np

from nablab.checking import check, close, mutant, variant

from ..checks.expanded_weights import convolve, kernel_is_right


@check("oracle")
def test_fresh_kernels(student, rng):
    """Fresh kernels, of one pixel and of many, of one channel and of many"""
    for first, second in (((1, 4, 1, 3), (3, 1, 3, 2)), ((5, 3, 2, 1), (2, 2, 1, 3))):
        w1, w2 = rng.normal(size=first), rng.normal(size=second)
        kernel_is_right(student, w1, w2)
        kernel_is_right(student, w1, w2, int(rng.integers(2, 5)))


@check()
def test_two_layers_on_a_fresh_image(student, rng):
    """The result does in one layer what both do on a fresh image, at any stride"""
    w1, w2 = rng.normal(size=(3, 3, 2, 4)), rng.normal(size=(2, 3, 4, 3))
    x = rng.normal(size=(17, 19, 2))
    for stride in (1, 2, 3):
        both = convolve(convolve(x, w1, stride), w2)
        got = np.asarray(student.expanded_weights(w1, w2, stride))
        close(convolve(x, got, stride), both, f"Stride {stride}.", atol=1e-4 * np.abs(both).max())


@check()
def test_average_pooling_is_a_linear_map(student, rng):
    """Average pooling, as a kernel of equal weights with a stride, goes in like any other"""
    pool = np.zeros((2, 2, 3, 3))
    pool[:] = np.eye(3) / 4
    kernel_is_right(student, pool, rng.normal(size=(3, 2, 3, 4)), 2, says="Pooling, then w2.")
    kernel_is_right(student, rng.normal(size=(3, 2, 4, 3)), pool, says="w1, then pooling.")


@check("probe")
def test_whole_numbers_and_views(student, rng):
    """Whole numbers that add up to large ones, and kernels that are transposed views"""
    w1 = rng.integers(-60, 60, size=(2, 3, 2, 3))
    w2 = rng.integers(-60, 60, size=(3, 2, 3, 2))
    kernel_is_right(student, w1, w2, says="Whole numbers.")
    turned = rng.normal(size=(4, 3, 2, 3)).transpose(2, 1, 3, 0)  # (2, 3, 3, 4)
    kernel_is_right(student, turned, rng.normal(size=(2, 5, 3, 4)).transpose(1, 0, 3, 2), 2)


# Mutants ------------------------------------------------------------------------------------------


def laid_down(w1, w2, stride=1, add=True, steps=None, copies=None):
    w1, w2 = np.asarray(w1, dtype=float), np.asarray(w2, dtype=float)
    (k1, l1, C, _), (k2, l2, _, F) = w1.shape, w2.shape
    down, right = steps or (stride, stride)
    out = np.zeros((stride * (k2 - 1) + k1, stride * (l2 - 1) + l1, C, F))
    for b, d in np.ndindex(k2, l2):
        place = (slice(down * b, down * b + k1), slice(right * d, right * d + l1))
        copy = w1 @ w2[b, d] if copies is None else copies(w1, w2, b, d)
        out[place] = out[place] + copy if add else copy
    return out


@mutant("Your second kernel is turned by 180°. Nothing is flipped: pixel u collects s·b + a.")
def second_turned(w1, w2, stride=1):
    return laid_down(w1, np.asarray(w2)[::-1, ::-1], stride)


@mutant("Your first kernel is turned by 180°. Nothing is flipped: pixel u collects s·b + a.")
def first_turned(w1, w2, stride=1):
    return laid_down(np.asarray(w1)[::-1, ::-1], w2, stride)


@mutant("Both of your kernels are turned by 180°. Keras's kernels are correlated, not flipped.")
def both_turned(w1, w2, stride=1):
    return laid_down(w1, w2, stride)[::-1, ::-1]


@mutant("The stride is not used: neighbouring places of the first layer are `stride` pixels apart.")
def without_stride(w1, w2, stride=1):
    found, small = laid_down(w1, w2, stride), laid_down(w1, w2)
    found = np.zeros_like(found)
    found[: small.shape[0], : small.shape[1]] = small
    return found


@mutant("The stride goes along rows only. It goes along both axes.")
def stride_down_only(w1, w2, stride=1):
    return laid_down(w1, w2, stride, steps=(stride, 1))


@mutant("The stride spreads w1; it is w2 whose places are `stride` pixels apart.")
def stride_on_the_first(w1, w2, stride=1):
    (k1, l1), (k2, l2) = np.shape(w1)[:2], np.shape(w2)[:2]
    w1, w2 = np.asarray(w1, dtype=float), np.asarray(w2, dtype=float)
    rows, columns = stride * (k2 - 1) + k1, stride * (l2 - 1) + l1
    out = np.zeros((rows, columns, w1.shape[2], w2.shape[3]))
    for a, b, c, d in np.ndindex(k1, k2, l1, l2):
        out[(stride * a + b) % rows, (stride * c + d) % columns] += w1[a, c] @ w2[b, d]
    return out


@mutant("Where copies overlap, the last one wins. They add up.")
def last_one_wins(w1, w2, stride=1):
    return laid_down(w1, w2, stride, add=False)


@mutant("Rows and columns have changed places in the second kernel.")
def second_transposed(w1, w2, stride=1):
    (k1, l1, C, _), (k2, l2, _, F) = np.shape(w1), np.shape(w2)
    turned = laid_down(w1, np.swapaxes(w2, 0, 1), stride)
    out = np.zeros((stride * (k2 - 1) + k1, stride * (l2 - 1) + l1, C, F))
    h, w = min(len(out), len(turned)), min(out.shape[1], turned.shape[1])
    out[:h, :w] = turned[:h, :w]
    return out


@mutant("You take only one of the units between. The product sums over all of them.")
def one_unit_between(w1, w2, stride=1):
    return laid_down(np.asarray(w1)[..., :1], np.asarray(w2)[:, :, :1], stride)


@mutant("You divide by the number of units between. The product sums over them.")
def mean_over_units(w1, w2, stride=1):
    return laid_down(w1, w2, stride) / np.shape(w2)[2]


@mutant("The spatial parts are multiplied with sums over channels; every unit between has its own "
        "kernel.")  # fmt: skip
def units_summed_apart(w1, w2, stride=1):
    return laid_down(
        w1,
        w2,
        stride,
        copies=lambda p, q, b, d: p.sum(axis=3, keepdims=True) @ q[b, d].sum(0, keepdims=True),
    )


@mutant("A ReLU between: negative weights of the first are cut. Expanded weights leave it out.")
def rectified_between(w1, w2, stride=1):
    return laid_down(np.maximum(w1, 0), w2, stride)


@mutant("Sizes are multiplied, without signs: excitation of an inhibitor inhibits.")
def without_signs(w1, w2, stride=1):
    return laid_down(np.abs(w1), np.abs(w2), stride)


@mutant("The result is scaled. The weights are asked for as they are.")
def scaled(w1, w2, stride=1):
    found = laid_down(w1, w2, stride)
    return found / np.abs(found).max()


@mutant("Your kernel is one column to the right of where it belongs: indices start at 0.")
def off_by_one(w1, w2, stride=1):
    return np.roll(laid_down(w1, w2, stride), 1, axis=1)


@mutant("The last row and column of the second kernel are missing.")
def last_ones_missing(w1, w2, stride=1):
    w2 = np.array(w2, dtype=float)
    w2[-1], w2[:, -1] = 0, 0
    return laid_down(w1, w2, stride)


@mutant("Your result holds whole numbers, or bytes, if the kernels do. Make floats first.")
def in_bytes(w1, w2, stride=1):
    if np.asarray(w1).dtype.kind == "f":
        return laid_down(w1, w2, stride)
    return laid_down(w1, w2, stride).astype(np.int64).astype(np.int8)


# Variants -----------------------------------------------------------------------------------------


@variant("six loops")
def in_loops(w1, w2, stride=1):
    (k1, l1, C, M), (k2, l2, _, F) = w1.shape, w2.shape
    out = np.zeros((stride * (k2 - 1) + k1, stride * (l2 - 1) + l1, C, F))
    for a, c in np.ndindex(k1, l1):
        for b, d in np.ndindex(k2, l2):
            for m in range(M):
                for f in range(F):
                    for channel in range(C):
                        out[stride * b + a, stride * d + c, channel, f] += float(
                            w1[a, c, channel, m]
                        ) * float(w2[b, d, m, f])
    return out


@variant("float32, zeros between the weights of the second, einsum")
def in_float32(w1, w2, stride=1):
    w1, w2 = np.asarray(w1, np.float32), np.asarray(w2, np.float32)
    k2, l2 = w2.shape[:2]
    spread = np.zeros((stride * (k2 - 1) + 1, stride * (l2 - 1) + 1, *w2.shape[2:]), np.float32)
    spread[::stride, ::stride] = w2
    h, w = spread.shape[0] + w1.shape[0] - 1, spread.shape[1] + w1.shape[1] - 1
    out = np.zeros((h, w, w1.shape[2], w2.shape[3]), np.float32)
    for a in range(w1.shape[0]):
        for c in range(w1.shape[1]):
            out[a : a + spread.shape[0], c : c + spread.shape[1]] += np.einsum(
                "cm,bdmf->bdcf", w1[a, c], spread
            )
    return out


@variant("what each single pixel does to the two layers")
def by_impulses(w1, w2, stride=1):
    w1, w2 = np.asarray(w1, dtype=float), np.asarray(w2, dtype=float)
    (k1, l1, C, _), (k2, l2, _, F) = w1.shape, w2.shape
    h, w = stride * (k2 - 1) + k1, stride * (l2 - 1) + l1
    out = np.zeros((h, w, C, F))
    for u, v, c in np.ndindex(h, w, C):
        x = np.zeros((h, w, C))
        x[u, v, c] = 1
        out[u, v, c] = convolve(convolve(x, w1, stride), w2)[0, 0]
    return out


@variant("Fourier transforms")
def by_fourier(w1, w2, stride=1):
    w1, w2 = np.asarray(w1, dtype=float), np.asarray(w2, dtype=float)
    k2, l2 = w2.shape[:2]
    spread = np.zeros((stride * (k2 - 1) + 1, stride * (l2 - 1) + 1, *w2.shape[2:]))
    spread[::stride, ::stride] = w2
    size = [spread.shape[i] + w1.shape[i] - 1 for i in (0, 1)]
    first, second = (np.fft.fft2(w, size, axes=(0, 1)) for w in (w1, spread))
    return np.fft.ifft2(first @ second, axes=(0, 1)).real
