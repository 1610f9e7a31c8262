"""A small class that hands in this lab, and which checks each of them must fail."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

OTHER_STYLES = {
    "N.1": """\
def arc_template(theta, R, size, width):
    places = np.arange(size) - (size - 1) / 2
    seen = R - (places + 1j * places[:, None]) * np.exp(-1j * theta)
    near = R * np.exp(1j * np.clip(np.angle(seen), -np.pi / 3, np.pi / 3))
    return np.exp(-(np.abs(seen - near) ** 2) / (2 * width**2))
""",
    "N.4": """\
def excitation_inhibition(w):
    w = np.asarray(w, dtype=float)
    size, whole = np.abs(w).sum((0, 1)), w.sum((0, 1))
    return (size + whole) / 2, (size - whole) / 2


def top_connections(w, k):
    exc, inh = excitation_inhibition(w)
    pairs = list(np.ndindex(*exc.shape))
    return sorted(pairs, key=lambda pair: (-round(exc[pair] + inh[pair], 9), pair))[:k]
""",
    "N.8": """\
def cka(X, Y):
    n = len(X)
    H = np.eye(n) - 1 / n
    K, L = (H @ np.asarray(A, float) @ np.asarray(A, float).T @ H for A in (X, Y))
    return np.sum(K * L) / np.sqrt(np.sum(K * K) * np.sum(L * L))
""",
}

BROKEN_SYNTAX = """\
def arc_template(:
    return {}
"""

BENDS_AWAY = """\
def arc_template(theta, R, size, width):
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    a = -(x * np.cos(theta) + y * np.sin(theta))
    b = -x * np.sin(theta) + y * np.cos(theta)
    rho, alpha = np.hypot(R - a, b), np.arctan2(b, R - a)
    end = np.hypot(a - R / 2, np.abs(b) - np.sqrt(3) / 2 * R)
    d = np.where(np.abs(alpha) <= np.pi / 3, np.abs(rho - R), end)
    return np.exp(-(d**2) / (2 * width**2))
"""

NOT_SCALED = """\
def curve_detector(theta, inhibit):
    own = arc_template(theta, RADIUS, SIZE, WIDTH)
    drawn = own - inhibit * arc_template(theta + np.pi, RADIUS, SIZE, WIDTH)
    return drawn - drawn.mean()
"""

WITHOUT_THE_TWO = """\
def curve_from_lines(line_bank, theta, inhibit):
    y, x = np.mgrid[:FIELD, :FIELD] - (FIELD - 1) / 2

    def one(toward):
        beta = np.arctan2(y - RADIUS * np.sin(toward), x - RADIUS * np.cos(toward))
        fits = np.cos(np.asarray(line_bank) - (beta + np.pi / 2)[:, :, None])
        return arc_template(toward, RADIUS, FIELD, WIDTH)[:, :, None] * fits

    return one(theta) - inhibit * one(theta + np.pi)
"""

BY_THE_SUM = """\
def excitation_inhibition(w):
    w = np.asarray(w, dtype=float)
    return np.maximum(w, 0).sum(axis=(0, 1)), np.maximum(-w, 0).sum(axis=(0, 1))


def top_connections(w, k):
    whole = np.asarray(w, dtype=float).sum(axis=(0, 1))
    order = np.argsort(-whole.ravel(), kind="stable")[:k]
    return [(int(i // whole.shape[1]), int(i % whole.shape[1])) for i in order]
"""

SECOND_TURNED = """\
def expanded_weights(w1, w2, stride=1):
    w1, w2 = np.asarray(w1, float), np.asarray(w2, float)[::-1, ::-1]
    (k1, l1, C, _), (k2, l2, _, F) = w1.shape, w2.shape
    w12 = np.zeros((stride * (k2 - 1) + k1, stride * (l2 - 1) + l1, C, F))
    for b in range(k2):
        for d in range(l2):
            w12[stride * b : stride * b + k1, stride * d : stride * d + l1] += w1 @ w2[b, d]
    return w12
"""

ONE_TURN_ONLY = """\
def tuning_compare(respond, detector, stimuli):
    t = np.maximum(np.sum(np.asarray(stimuli) * detector, axis=(1, 2)), 0)
    q = np.asarray(respond(stimuli), dtype=float)
    t, q = t - t.mean(), q - q.mean(axis=0)
    length = np.linalg.norm(q, axis=0) * np.linalg.norm(t)
    r = t @ q / np.where(length == 0, 1, length)
    return r, np.zeros(len(r), int)
"""

LENGTHS = """\
def branch_svd(w_a, w_b, w_out):
    p = w_a.shape[-1]
    e_a = w_a.reshape(-1, p) @ w_out[:p]
    e_b = w_b.reshape(-1, w_b.shape[-1]) @ w_out[p:]
    a, b = np.linalg.norm(e_a, axis=0), np.linalg.norm(e_b, axis=0)
    spectra = [np.linalg.svd(e, compute_uv=False) for e in (e_a, e_b)]
    return *spectra, a / (a + b)
"""

NOT_CENTRED = """\
def cka(X, Y):
    X, Y = np.asarray(X, float), np.asarray(Y, float)
    both = np.sum((Y.T @ X) ** 2)
    return both / (np.linalg.norm(X.T @ X) * np.linalg.norm(Y.T @ Y))
"""

SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "perfect, partly in another style", OTHER_STYLES),
    Sample("student03", "a syntax error in N.1", {"N.1": BROKEN_SYNTAX}, fails={"N.1": ALL}),
    Sample("student04", "the stub, unchanged", stub=True),
    Sample("student05", "a file that breaks off", damage=cut_off, state=UNREADABLE),
    Sample(
        "student06",
        "draws the opposite arc in N.1 and gets the rest right: follow-through",
        {"N.1": BENDS_AWAY},
        fails={"N.1": AllBut("test_a_square_patch")},
    ),
    Sample(
        "student07",
        "leaves out the scale, and the 2 in the cosine",
        {"N.2": NOT_SCALED, "N.3": WITHOUT_THE_TWO},
        fails={
            "N.2": AllBut("test_a_filter_of_the_labs_size"),
            "N.3": AllBut("test_one_weight_for_each_pixel_and_channel"),
        },
    ),
    Sample(
        "student08",
        "ranks by the sum; turns the second kernel; compares at one turn",
        {"N.4": BY_THE_SUM, "N.5": SECOND_TURNED, "N.6": ONE_TURN_ONLY},
        fails={
            "N.4": AllBut(
                "test_two_sums_for_each_pair",
                "test_one_sign_only",
                "test_the_difference_is_the_sum",
                "test_sums_of_both",
            ),
            "N.5": AllBut("test_a_larger_kernel", "test_one_pixel_and_its_channels"),
            "N.6": AllBut("test_two_numbers_for_each_unit"),
        },
    ),
    Sample(
        "student09",
        "takes lengths for squares; does not centre",
        {"N.7": LENGTHS, "N.8": NOT_CENTRED},
        fails={
            "N.7": AllBut("test_three_arrays"),
            "N.8": AllBut("test_one_number", "test_a_layer_and_itself"),
        },
    ),
    Sample("student10", "the cell of N.2 is there twice", damage=doubled("N.2", NOT_SCALED)),
]
