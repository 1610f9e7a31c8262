"""Hidden checks of N.3."""

import numpy as np

from nablab.checking import check, close, mutant, variant

from ..checks.codes_embed import affinities, compare, stepped, symmetric


@check("oracle")
def test_points_in_many_dimensions(student, rng):
    """Codes of other numbers of dimensions, whole numbers and rows of a list among them"""
    for n, d, perplexity in ((13, 1, 3), (8, 11, 5.5), (23, 2, 15.0)):
        x = rng.normal(size=(d, n)).T
        compare(student, x, perplexity, f"{n} points in {d} dimensions.")
    x = rng.permutation(np.arange(11) ** 2)[:, None] * np.array([1, 2])
    compare(student, x, 2.5, "Whole numbers.")


@check("probe")
def test_dense_and_lonely_points(student, rng):
    """A dense cluster and a point far away each have a width of their own"""
    x = np.concatenate([0.01 * rng.normal(size=(9, 2)), 3 + rng.normal(size=(6, 2)), [[300, 0]]])
    compare(student, x, 4.0, "Nine points close together, six apart, one far away.")


@check()
def test_moved_and_turned_points_choose_alike(student, rng):
    """Moved, turned and enlarged codes give the same p"""
    x, (c, s) = rng.normal(size=(12, 2)), (0.6, 0.8)
    moved = 5 * x @ np.array([[c, s], [-s, c]]) + [100, -3]
    close(student.affinities(moved, 4.0), affinities(x, 4.0), rtol=0.01, atol=2e-4)


@check("probe")
def test_pulled_and_pushed(student, rng):
    """Two points of three that should be near are drawn together, the others pushed apart"""
    p = np.array([[0, 0.45, 0.03], [0.45, 0, 0.02], [0.03, 0.02, 0]])
    y = rng.normal(size=(3, 2))
    for kernel in ("gaussian", "student"):
        close(
            student.embed_step(p, y, 0.1, kernel), stepped(p, y, 0.1, kernel), f'Kernel "{kernel}".'
        )


@check()
def test_the_centre_does_not_move(student, rng):
    """The points keep their common centre, and a rate of 0 moves nothing"""
    p, y = symmetric(rng, 8), rng.normal(size=(8, 2)) + 2
    for kernel in ("gaussian", "student"):
        got = np.asarray(student.embed_step(p, y, 5.0, kernel))
        close(got, stepped(p, y, 5.0, kernel))
        close(got.mean(axis=0), y.mean(axis=0), "The mean of all points.")
        close(student.embed_step(p, y, 0, kernel), y, "The rate is 0.")


@check("oracle")
def test_embeddings_of_many_points(student, rng):
    """More points, large rates, points far apart"""
    for n, scale, rate in ((19, 1.5, 50.0), (6, 4.0, 1), (14, 1e-4, 500.0)):
        p, y = symmetric(rng, n), scale * rng.normal(size=(n, 2))
        for kernel in ("student", "gaussian"):
            close(
                student.embed_step(p, y, rate, kernel),
                stepped(p, y, rate, kernel),
                f'{n} points, kernel "{kernel}", rate {rate}.',
            )


# Mutants ------------------------------------------------------------------------------------------


def chosen(x, perplexity, **changes):
    x = np.asarray(x, dtype=float)
    n = len(x)
    o = {
        "squares": lambda d: d,
        "weights": lambda d, b: np.exp(-b * d),
        "log": np.log2,
        "wanted": np.log2(perplexity),
        "self": False,
        "steps": 60,
        "start": None,
        "shared": False,
        "after": lambda p: p,
        "entropy": None,
    } | changes
    squares = o["squares"](((x[:, None] - x[None]) ** 2).sum(axis=-1))

    def choices(d, b):
        w = o["weights"](d - d.min(), b)
        return w / w.sum()

    def entropy(d, b):
        q = choices(d, b)
        q = q[q > 0]
        return -(q * o["log"](q)).sum()

    p = np.zeros((n, n))
    widths = []
    for i in range(n):
        others = np.ones(n, bool) if o["self"] else np.arange(n) != i
        d = squares[i, others]
        if o["start"] is None:
            low, high = 0.0, 1.0 / (d - d.min()).mean()
            while entropy(d, high) > o["wanted"] and high < 1e300:
                high *= 2
        else:
            low, high = o["start"]
        for _ in range(o["steps"]):
            middle = (low + high) / 2
            if entropy(d, middle) > o["wanted"]:
                low = middle
            else:
                high = middle
        widths.append(high)
        p[i, others] = choices(d, high)
    if o["shared"]:
        for i in range(n):
            others = np.arange(n) != i
            p[i, others] = choices(squares[i, others], np.median(widths))
    return o["after"](p)


@mutant("Nobody chooses itself: leave the point out, in the sum and in the entropy.")
def chooses_itself(x, perplexity):
    return chosen(x, perplexity, self=True)


@mutant("You take the distance, not its square.")
def not_squared(x, perplexity):
    return chosen(x, perplexity, squares=np.sqrt)


@mutant("All points share one width. Each has its own, at which its perplexity is right.")
def one_width(x, perplexity):
    return chosen(x, perplexity, shared=True)


@mutant("You search for the entropy itself. The perplexity is 2 to the power of the entropy.")
def entropy_for_perplexity(x, perplexity):
    return chosen(x, perplexity, wanted=min(perplexity, np.log2(len(x) - 1) - 0.05))


@mutant(
    "The entropy is in nats here, but 2 is raised to its power. Take the logarithm to the base 2, or e."
)
def nats_and_bits(x, perplexity):
    return chosen(x, perplexity, log=np.log)


@mutant("Your p is symmetric already: (p + pᵀ)/2n. p(j|i) itself is asked for, its rows sum to 1.")
def symmetric_already(x, perplexity):
    return chosen(x, perplexity, after=lambda p: (p + p.T) / (2 * len(p)))


@mutant("Your p is transposed: p(j|i) stands at [i, j], so that rows sum to 1.")
def columns_sum_to_one(x, perplexity):
    return chosen(x, perplexity, after=lambda p: p.T)


@mutant("You divide by the sum over all pairs. Each row is normalised by itself.")
def normalised_together(x, perplexity):
    return chosen(x, perplexity, after=lambda p: p / len(p))


@mutant("This is a Student kernel. Neighbours among the codes are chosen by a Gaussian.")
def student_among_codes(x, perplexity):
    return chosen(x, perplexity, weights=lambda d, b: 1 / (1 + b * d))


@mutant("You look for a width in fixed bounds. Codes may be a million times as large or as small.")
def fixed_bounds(x, perplexity):
    return chosen(x, perplexity, start=(1e-3, 1e3))


@mutant("Your search stops too early: the perplexity is not right within one part in 10,000.")
def stops_early(x, perplexity):
    return chosen(x, perplexity, steps=5)


@mutant("You do not search: σ is the spread of all distances, whatever the perplexity.")
def no_search(x, perplexity):
    return chosen(x, perplexity, steps=0)


def moved(p, y, rate, kernel, **changes):
    p, y = np.asarray(p, dtype=float), np.asarray(y, dtype=float)
    o = {
        "factor": 4,
        "sign": -1,
        "normalise": lambda w: w / w.sum(),
        "self": 0,
        "s": lambda w, kernel: w if kernel == "student" else np.ones(w.shape),
        "weights": lambda d, kernel: np.exp(-d) if kernel == "gaussian" else 1 / (1 + d),
        "scale": rate,
    } | changes
    apart = y[:, None] - y[None]
    w = o["weights"]((apart**2).sum(axis=-1), kernel)
    np.fill_diagonal(w, o["self"])
    pull = (p - o["normalise"](w)) * o["s"](w, kernel)
    return y + o["sign"] * o["scale"] * o["factor"] * (pull[:, :, None] * apart).sum(axis=1)


uphill = mutant(
    "You go uphill: subtract the gradient.",
    embed_step=lambda p, y, rate, kernel: moved(p, y, rate, kernel, sign=1),
)
without_the_four = mutant(
    "The factor 4 is missing: each pair is in the sum twice, and the square gives another 2.",
    embed_step=lambda p, y, rate, kernel: moved(p, y, rate, kernel, factor=1),
)
two_for_four = mutant(
    "The factor is 2. Each pair is in the sum twice, so it is 4.",
    embed_step=lambda p, y, rate, kernel: moved(p, y, rate, kernel, factor=2),
)
without_the_kernel_factor = mutant(
    'The factor w of the kernel "student" is missing in your gradient.',
    embed_step=lambda p, y, rate, kernel: moved(
        p, y, rate, kernel, s=lambda w, kernel: np.ones(w.shape)
    ),
)
kernel_factor_always = mutant(
    'The factor w belongs to the kernel "student" only.',
    embed_step=lambda p, y, rate, kernel: moved(p, y, rate, kernel, s=lambda w, kernel: w),
)
q_for_w = mutant(
    "In your gradient the factor is q. It is w, before it is divided by the sum.",
    embed_step=lambda p, y, rate, kernel: moved(
        p,
        y,
        rate,
        kernel,
        s=lambda w, kernel: w / w.sum() if kernel == "student" else np.ones(w.shape),
    ),
)
rows_normalised = mutant(
    "You normalise each row of q by itself. The sum is over all pairs.",
    embed_step=lambda p, y, rate, kernel: moved(
        p, y, rate, kernel, normalise=lambda w: w / w.sum(axis=1, keepdims=True)
    ),
)
diagonal_counts = mutant(
    "The weight of a point with itself is 0. In your sum it is 1.",
    embed_step=lambda p, y, rate, kernel: moved(p, y, rate, kernel, self=1),
)
always_student = mutant(
    'You always use the kernel "student", whatever is asked for.',
    embed_step=lambda p, y, rate, kernel: moved(p, y, rate, "student"),
)
always_gaussian = mutant(
    'You always use the kernel "gaussian", whatever is asked for.',
    embed_step=lambda p, y, rate, kernel: moved(p, y, rate, "gaussian"),
)
half_in_the_exponent = mutant(
    "On paper the Gaussian is exp(−d²), without a 2 below it.",
    embed_step=lambda p, y, rate, kernel: moved(
        p,
        y,
        rate,
        kernel,
        weights=lambda d, kernel: np.exp(-d / 2) if kernel == "gaussian" else 1 / (1 + d),
    ),
)
root_in_student = mutant(
    'The kernel "student" has the squared distance below: 1/(1 + d²), not 1/(1 + d).',
    embed_step=lambda p, y, rate, kernel: moved(
        p,
        y,
        rate,
        kernel,
        weights=lambda d, kernel: np.exp(-d) if kernel == "gaussian" else 1 / (1 + np.sqrt(d)),
    ),
)
without_the_rate = mutant(
    "The rate is missing.",
    embed_step=lambda p, y, rate, kernel: moved(p, y, rate, kernel, scale=1),
)
the_gradient_alone = mutant(
    "You return the gradient. The new points are asked for.",
    embed_step=lambda p, y, rate, kernel: np.asarray(y, float) - moved(p, y, 1.0, kernel),
)
only_attraction = mutant(
    "Points are only pulled together: q is missing, and everything falls into one point.",
    embed_step=lambda p, y, rate, kernel: moved(
        p, y, rate, kernel, normalise=lambda w: np.zeros(w.shape)
    ),
)


def one_after_the_other(p, y, rate, kernel):
    y = np.array(y, dtype=float)
    for i in range(len(y)):
        y[i] = moved(p, y, rate, kernel)[i]
    return y


points_one_by_one = mutant(
    "You move the points one after the other, so later ones see earlier ones moved. All move at once.",
    embed_step=one_after_the_other,
)


# Variants -----------------------------------------------------------------------------------------


@variant("halved on a logarithmic scale of σ")
def in_sigma(x, perplexity):
    x = np.array(x, dtype=np.float64)
    n = x.shape[0]
    p = np.zeros((n, n))
    for i in range(n):
        d = np.sum((x - x[i]) ** 2, axis=1)
        d = np.delete(d, i)
        low, high = -60.0, 60.0
        for _ in range(70):
            middle = (low + high) / 2
            q = np.exp(-(d - d.min()) / (2 * np.exp(middle) ** 2))
            q /= q.sum()
            found = np.exp(-np.sum(q * np.log(q + 1e-300)))
            low, high = (middle, high) if found < perplexity else (low, middle)
        p[i] = np.insert(q, i, 0)
    return p


@variant("all rows at once, a list")
def all_rows(x, perplexity):
    x = np.asarray(x, dtype=float)
    n = len(x)
    off = ~np.eye(n, dtype=bool)
    d = ((x[:, None] - x[None]) ** 2).sum(-1)[off].reshape(n, n - 1)
    d = d - d.min(axis=1, keepdims=True)
    scale = d.mean(axis=1, keepdims=True)
    low, high = np.full((n, 1), -30.0), np.full((n, 1), 30.0)
    for _ in range(64):
        middle = (low + high) / 2
        q = np.exp(-np.minimum(2.0**middle * d / scale, 700))
        q = q / q.sum(axis=1, keepdims=True)
        h = -(q * np.log2(np.maximum(q, 1e-300))).sum(axis=1, keepdims=True)
        wide = h > np.log2(perplexity)
        low, high = np.where(wide, middle, low), np.where(wide, high, middle)
    p = np.zeros((n, n))
    p[off] = q.ravel()
    return p.tolist()


@variant("widened from 1 in both directions, distances in float32")
def widened(x, perplexity):
    x = np.asarray(x, dtype=np.float32)
    n = len(x)
    p = np.zeros((n, n), dtype=np.float32)

    def row(d, beta):
        w = np.exp(-(d - d.min()) * beta)
        return w / w.sum()

    def perplexity_of(q):
        return 2 ** float(-(q[q > 0] * np.log2(q[q > 0])).sum())

    for i in range(n):
        others = [j for j in range(n) if j != i]
        d = np.array([((x[i] - x[j]) ** 2).sum() for j in others], dtype=np.float64)
        low, high = 1.0, 1.0
        while perplexity_of(row(d, low)) < perplexity:
            low /= 4
        while perplexity_of(row(d, high)) > perplexity:
            high *= 4
        for _ in range(80):
            middle = np.sqrt(low * high)
            if perplexity_of(row(d, middle)) > perplexity:
                low = middle
            else:
                high = middle
        p[i, others] = row(d, middle)
    return p


def in_loops(p, y, rate, kernel):
    n = len(y)
    w = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            if i != j:
                d = float((y[i][0] - y[j][0]) ** 2 + (y[i][1] - y[j][1]) ** 2)
                w[i][j] = np.exp(-d) if kernel == "gaussian" else 1 / (1 + d)
    total = sum(map(sum, w))
    new = np.zeros((n, 2))
    for i in range(n):
        for axis in (0, 1):
            slope = 0.0
            for j in range(n):
                s = w[i][j] if kernel == "student" else 1.0
                slope += 4 * (p[i][j] - w[i][j] / total) * (y[i][axis] - y[j][axis]) * s
            new[i, axis] = y[i][axis] - rate * slope
    return new


def by_matrices(p, y, rate, kernel):
    p, y = np.asarray(p, np.float64), np.asarray(y, np.float64)
    d = np.square(y[:, 0][:, None] - y[:, 0]) + np.square(y[:, 1][:, None] - y[:, 1])
    w = np.exp(-d) if kernel == "gaussian" else np.reciprocal(1 + d)
    w = w * (1 - np.eye(len(y)))
    a = p - w / np.sum(w)
    if kernel != "gaussian":
        a = a * w
    return y - 4 * rate * (np.diag(a.sum(axis=1)) - a) @ y


steps_in_loops = variant("the step in plain loops", embed_step=in_loops)
steps_by_matrices = variant("the step as one matrix product", embed_step=by_matrices)
steps_in_float32 = variant(
    "the step in float32",
    embed_step=lambda p, y, rate, kernel: by_matrices(
        np.float32(p), np.float32(y), np.float32(rate), kernel
    ).astype(np.float32),
)
