"""Hidden checks of N.7."""

import numpy as np

from nablab.checking import check, close, holds, mutant, variant
from nablab.reference.circuits import branch_svd as right

from ..checks.branch_svd import NAMES, planted, report_is_right
from ..checks.oracles import several


@check("oracle")
def test_fresh_branches(student, rng):
    """Fresh branches, of one unit and of many"""
    for first, second, outputs in (
        ((3, 2, 2, 1), (2, 2, 3, 4), 3),
        ((1, 1, 5, 6), (3, 1, 2, 2), 6),
    ):
        report_is_right(
            student,
            rng.normal(size=first),
            rng.normal(size=second),
            rng.normal(size=(first[-1] + second[-1], outputs)),
        )


@check()
def test_invariance_to_order_and_scale(student, rng):
    """Permuted and rescaled units of either branch change nothing"""
    w_a, w_b = rng.normal(size=(2, 3, 2, 4)), rng.normal(size=(3, 2, 3, 5))
    w_out = rng.normal(size=(9, 4))
    expected = right(w_a, w_b, w_out)
    order, scale = rng.permutation(5), rng.uniform(0.2, 5, size=5)
    changed = w_out.copy()
    changed[4:] = (w_out[4:] / scale[:, None])[order]
    got = several(student.branch_svd(w_a, (w_b * scale)[..., order], changed), 3, "three arrays")
    for found, wanted, name in zip(got, expected, NAMES, strict=True):
        close(found, wanted, name, atol=1e-4)


@check()
def test_planted_shapes_and_colours(student, rng):
    """Planted branches are seen as such, whichever comes first and however large they are"""
    w_a, w_b, w_out = planted(rng, (2, 4), (5, 3))
    share = np.asarray(report_is_right(student, w_a, w_b, w_out)[2])
    holds((share[:2] > 0.8).all() and (share[2:] < 0.2).all(), "The shares.", got=share)
    swapped = np.concatenate([w_out[5:], w_out[:5]])
    report_is_right(student, w_b, w_a, swapped, "The branches exchanged.")


@check("probe")
def test_a_silent_branch(student, rng):
    """A branch that says nothing has singular values of 0, and the other one all the shares"""
    w_a, w_b = rng.normal(size=(2, 2, 2, 3)), rng.normal(size=(2, 1, 3, 2))
    w_out = rng.normal(size=(5, 4))
    w_out[:3] = 0
    report_is_right(student, w_a, w_b, w_out, "Nothing reads a.")
    report_is_right(student, w_a, w_b, np.concatenate([w_out[3:], w_out[:3]]) + [1, 0, 0, 2])


# Mutants ------------------------------------------------------------------------------------------


def connections(w_a, w_b, w_out, start=None):
    w_a, w_b, w_out = (np.asarray(w, dtype=float) for w in (w_a, w_b, w_out))
    p = w_a.shape[-1]
    return w_a.reshape(-1, p) @ w_out[:p], w_b.reshape(-1, w_b.shape[-1]) @ w_out[p:]


def report(e_a, e_b, share=None):
    of_a, of_b = (e_a**2).sum(axis=0), (e_b**2).sum(axis=0)
    s_a, s_b = (np.linalg.svd(e, compute_uv=False) for e in (e_a, e_b))
    return s_a, s_b, of_a / (of_a + of_b) if share is None else share


@mutant("This is the share of b. That of a is asked for.")
def share_of_b(w_a, w_b, w_out):
    s_a, s_b, share = right(w_a, w_b, w_out)
    return s_a, s_b, 1 - share


@mutant("The squares are missing: your shares are of lengths, not of their squares.")
def lengths_for_squares(w_a, w_b, w_out):
    e_a, e_b = connections(w_a, w_b, w_out)
    a, b = np.linalg.norm(e_a, axis=0), np.linalg.norm(e_b, axis=0)
    return report(e_a, e_b, a / (a + b))


@mutant("Your shares are of sums of sizes. The sums of squares are asked for.")
def sizes_for_squares(w_a, w_b, w_out):
    e_a, e_b = connections(w_a, w_b, w_out)
    a, b = np.abs(e_a).sum(axis=0), np.abs(e_b).sum(axis=0)
    return report(e_a, e_b, a / (a + b))


@mutant("You divide a's part by b's. The share is a's part of both together.")
def quotient_of_both(w_a, w_b, w_out):
    e_a, e_b = connections(w_a, w_b, w_out)
    return report(e_a, e_b, (e_a**2).sum(axis=0) / np.maximum((e_b**2).sum(axis=0), 1e-12))


@mutant("You take one share for all outputs. Each output has its own.")
def one_share_for_all(w_a, w_b, w_out):
    e_a, e_b = connections(w_a, w_b, w_out)
    share = np.full(e_a.shape[1], np.sum(e_a**2) / (np.sum(e_a**2) + np.sum(e_b**2)))
    return report(e_a, e_b, share)


@mutant("Your shares come from w_out alone, so they depend on the scale of each unit. Multiply by what "
        "the units read.")  # fmt: skip
def shares_of_the_dense_layer(w_a, w_b, w_out):
    p, w_out = np.shape(w_a)[-1], np.asarray(w_out, float)
    e_a, e_b = connections(w_a, w_b, w_out)
    a, b = (w_out[:p] ** 2).sum(axis=0), (w_out[p:] ** 2).sum(axis=0)
    return report(e_a, e_b, a / (a + b))


@mutant("Your singular values are those of w_out's rows, without what the units read.")
def spectra_of_the_dense_layer(w_a, w_b, w_out):
    p, w_out = np.shape(w_a)[-1], np.asarray(w_out, float)
    spectra = []
    for e, part in zip(connections(w_a, w_b, w_out), (w_out[:p], w_out[p:]), strict=True):
        s = np.zeros(min(e.shape))
        found = np.linalg.svd(part, compute_uv=False)[: len(s)]
        s[: len(found)] = found
        spectra.append(s)
    return *spectra, right(w_a, w_b, w_out)[2]


@mutant("Your singular values are those of the kernels, without the dense layer.")
def spectra_of_the_kernels(w_a, w_b, w_out):
    spectra = []
    for e, w in zip(connections(w_a, w_b, w_out), (w_a, w_b), strict=True):
        s = np.zeros(min(e.shape))
        flat = np.asarray(w, float).reshape(-1, np.shape(w)[-1])
        found = np.linalg.svd(flat, compute_uv=False)[: len(s)]
        s[: len(found)] = found
        spectra.append(s)
    return *spectra, right(w_a, w_b, w_out)[2]


@mutant("These are the squares of the singular values, eigenvalues of EᵀE: the root is missing.")
def squared_singular_values(w_a, w_b, w_out):
    s_a, s_b, share = right(w_a, w_b, w_out)
    return s_a**2, s_b**2, share


@mutant("Your singular values are sorted the wrong way: the largest comes first.")
def smallest_first(w_a, w_b, w_out):
    s_a, s_b, share = right(w_a, w_b, w_out)
    return s_a[::-1], s_b[::-1], share


@mutant("Your singular values are scaled to sum to 1. They are asked for as they are.")
def scaled_spectra(w_a, w_b, w_out):
    s_a, s_b, share = right(w_a, w_b, w_out)
    return s_a / max(s_a.sum(), 1e-12), s_b / max(s_b.sum(), 1e-12), share


@mutant("Both spectra are divided by the largest value of all. They are asked for as they are.")
def relative_to_the_largest(w_a, w_b, w_out):
    s_a, s_b, share = right(w_a, w_b, w_out)
    top = max(s_a.max(), s_b.max())
    return s_a / top, s_b / top, share


@mutant("The rows of w_out have changed places: a's units come first.")
def rows_of_b_first(w_a, w_b, w_out):
    q = np.shape(w_b)[-1]
    w_out = np.asarray(w_out, float)
    return right(w_a, w_b, np.concatenate([w_out[q:], w_out[:q]]))


@mutant(
    "The units are the LAST axis of a kernel. Your reshape puts other numbers into the columns."
)
def reshaped_the_wrong_way(w_a, w_b, w_out):
    turned = [np.asarray(w, float).reshape(np.shape(w)[-1], -1).T for w in (w_a, w_b)]
    return right(*(w[None, None] for w in turned), w_out)


@mutant("Your kernels are summed over rows and columns first. Every pixel is an input of its own.")
def summed_over_space(w_a, w_b, w_out):
    found = right(
        *(np.asarray(w, float).sum(axis=(0, 1), keepdims=True) for w in (w_a, w_b)), w_out
    )
    wanted = right(w_a, w_b, w_out)
    spectra = [np.zeros(len(s)) for s in wanted[:2]]
    for s, one in zip(spectra, found[:2], strict=True):
        s[: len(one)] = one[: len(s)]
    return *spectra, found[2]


@mutant("You subtract the mean over the outputs. Here nothing is centred.")
def centred(w_a, w_b, w_out):
    e_a, e_b = connections(w_a, w_b, w_out)
    return report(*(e - e.mean(axis=1, keepdims=True) for e in (e_a, e_b)))


@mutant("Your sums run over the outputs, not over the inputs.")
def sums_over_outputs(w_a, w_b, w_out):
    e_a, e_b = connections(w_a, w_b, w_out)
    a, b = (e_a**2).sum(axis=1), (e_b**2).sum(axis=1)
    K = e_a.shape[1]
    return report(e_a, e_b, np.resize(a, K) / (np.resize(a, K) + np.resize(b, K)))


@mutant("Only the largest singular value of each is returned. All of them are asked for.")
def largest_only(w_a, w_b, w_out):
    s_a, s_b, share = right(w_a, w_b, w_out)
    return s_a[:1], s_b[:1], share


@mutant("The connection's negative weights are cut. Inhibition counts too.")
def rectified(w_a, w_b, w_out):
    return report(*(np.maximum(e, 0) for e in connections(w_a, w_b, w_out)))


@mutant("You scale the caller's weights in place. Work on copies.")
def in_place(w_a, w_b, w_out):
    found = right(w_a, w_b, w_out)
    if isinstance(w_out, np.ndarray):
        w_out[: np.shape(w_a)[-1]] = 0
    return found


# Variants -----------------------------------------------------------------------------------------


@variant("tensordot, and einsum for the shares; lists")
def by_tensordot(w_a, w_b, w_out):
    p = np.shape(w_a)[3]
    e_a = np.tensordot(w_a, np.asarray(w_out)[:p], axes=(3, 0)).reshape(-1, np.shape(w_out)[1])
    e_b = np.tensordot(w_b, np.asarray(w_out)[p:], axes=(3, 0)).reshape(-1, np.shape(w_out)[1])
    a = np.einsum("ik,ik->k", e_a, e_a, dtype=float)
    b = np.einsum("ik,ik->k", e_b, e_b, dtype=float)
    spectra = [np.linalg.svd(e * 1.0)[1] for e in (e_a, e_b)]
    return [*spectra, [float(x / (x + y)) for x, y in zip(a, b, strict=True)]]


@variant("float32")
def in_float32(w_a, w_b, w_out):
    w_a, w_b, w_out = (np.asarray(w, dtype=np.float32) for w in (w_a, w_b, w_out))
    p, K = w_a.shape[-1], w_out.shape[1]
    e_a = np.einsum("uvcp,pk->uvck", w_a, w_out[:p]).reshape(-1, K)
    e_b = np.einsum("uvcp,pk->uvck", w_b, w_out[p:]).reshape(-1, K)
    a, b = np.square(e_a).sum(0), np.square(e_b).sum(0)
    return (
        np.linalg.svd(e_a, compute_uv=False),
        np.linalg.svd(e_b, compute_uv=False),
        1 / (1 + b / np.maximum(a, np.float32(1e-30))),
    )


@variant("loops, and the transposed matrix's singular values")
def in_loops(w_a, w_b, w_out):
    p, K = np.shape(w_a)[3], np.shape(w_out)[1]
    found = []
    for w, part in ((w_a, w_out[:p]), (w_b, w_out[p:])):
        rows = [w[place] for place in np.ndindex(*np.shape(w)[:3])]
        found.append([[float(np.dot(row, part[:, k])) for k in range(K)] for row in rows])
    e_a, e_b = (np.array(one, dtype=float) for one in found)
    share = np.zeros(K)
    for k in range(K):
        a, b = sum(v * v for v in e_a[:, k]), sum(v * v for v in e_b[:, k])
        share[k] = a / (a + b)
    return np.linalg.svd(e_a.T)[1], np.linalg.svd(e_b.T)[1], share
