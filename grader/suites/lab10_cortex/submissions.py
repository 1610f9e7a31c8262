"""A small class that hands in this lab, and which checks each of them must fail."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

VECTORISED = {
    "N.2": """\
def simple_cell(img, g):
    windows = sliding_window_view(np.asarray(img, float), np.shape(g))
    return np.clip(np.einsum("ijuv,uv->ij", windows, g), 0, None)
""",
    "N.4": """\
def complex_cell(img, g_even, g_odd):
    return np.abs(correlate_valid(img, g_even) + 1j * correlate_valid(img, g_odd)) ** 2


def modulation(resp):
    found = np.abs(np.fft.rfft(resp))
    return 2 * found[1] / found[0] if found[0] else 0
""",
}

BROKEN_SYNTAX = """\
def gabor(:
    return {}
"""

UPWARDS = """\
def gabor(size, theta, lam, sigma, phase, gamma=1):
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    y = -y
    a = x * np.cos(theta) + y * np.sin(theta)
    b = -x * np.sin(theta) + y * np.cos(theta)
    e = np.exp(-(a**2 + gamma**2 * b**2) / (2 * sigma**2))
    v = np.cos(2 * np.pi * a / lam + phase)
    patch = e * (v - np.sum(e * v) / np.sum(e))
    return patch / np.linalg.norm(patch)
"""

ABSOLUTE = """\
def simple_cell(img, g):
    return np.abs(correlate_valid(img, g))
"""

MEAN_OVER_PHASES = """\
def tuning_curve(cell, kind, values):
    if kind not in ("orientation", "sf", "phase"):
        raise ValueError(kind)
    curve = []
    for value in values:
        if kind == "phase":
            curve.append(cell(data.gratings.grating(**(STIMULUS | {"phase": value}))))
            continue
        changed = {"theta": value} if kind == "orientation" else {"lam": 1 / value}
        shown = [STIMULUS | changed | {"phase": phase} for phase in PHASES]
        curve.append(np.mean([cell(data.gratings.grating(**one)) for one in shown]))
    return np.array(curve)
"""

RECTIFIED_FIRST = """\
def complex_cell(img, g_even, g_odd):
    even, odd = (np.maximum(correlate_valid(img, g), 0) for g in (g_even, g_odd))
    return even**2 + odd**2


def modulation(resp):
    resp = np.asarray(resp, dtype=float)
    if resp.mean() == 0:
        return 0.0
    return float(2 / len(resp) * abs(np.fft.fft(resp)[1]) / resp.mean())
"""

MEAN_OF_THE_WINDOW = """\
def s_layer(x, w, theta):
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    windows = sliding_window_view(x, w.shape[:2], axis=(0, 1))
    q = np.einsum("ijcuv,uvcf->ijf", windows, w) / np.maximum(w, 0).sum(axis=(0, 1, 2))
    return np.maximum((q - theta) / (1 - theta), 0)


def c_layer(s, r):
    s = np.asarray(s, dtype=float)
    out = np.empty_like(s)
    for i in range(s.shape[0]):
        for j in range(s.shape[1]):
            near = s[max(i - r, 0) : i + r + 1, max(j - r, 0) : j + r + 1]
            out[i, j] = near.mean(axis=(0, 1))
    return out
"""

SUM_OVER_TIME = """\
def tdnn(x, w1, w2):
    def layer(x, w):
        windows = sliding_window_view(x, len(w), axis=0)
        return np.einsum("tdk,kdm->tm", windows, w)

    return layer(np.maximum(layer(x, w1), 0), w2).sum(axis=0)
"""

SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "perfect, partly in another style", VECTORISED),
    Sample("student03", "a syntax error in N.1", {"N.1": BROKEN_SYNTAX}, fails={"N.1": ALL}),
    Sample("student04", "the stub, unchanged", stub=True),
    Sample("student05", "a file that breaks off", damage=cut_off, state=UNREADABLE),
    Sample(
        "student06",
        "breaks N.2 and gets the rest right: follow-through",
        {"N.2": ABSOLUTE},
        fails={"N.2": AllBut("test_a_map_of_all_places")},
    ),
    Sample(
        "student07",
        "counts y upwards, takes the mean over the phases",
        {"N.1": UPWARDS, "N.3": MEAN_OVER_PHASES},
        fails={
            "N.1": AllBut("test_a_square_patch", "test_the_patch_of_the_text"),
            "N.3": AllBut(
                "test_one_answer_for_each_value",
                "test_what_the_cell_sees",
                "test_another_kind_is_refused",
                "test_unknown_kinds_are_refused",
            ),
        },
    ),
    Sample(
        "student08",
        "rectifies before it squares; pools by a mean; adds up over time",
        {"N.4": RECTIFIED_FIRST, "N.6": MEAN_OF_THE_WINDOW, "N.7": SUM_OVER_TIME},
        fails={
            "N.4": AllBut(
                "test_a_map_and_a_number",
                "test_the_answers_of_the_text",
                "test_the_first_harmonic_alone",
                "test_the_modulation_of_any_answers",
                "test_the_modulation_of_fresh_answers",
                "test_contrast_and_harmonics",
            ),
            "N.6": AllBut(
                "test_two_layers",
                "test_each_template_has_its_own_sum",
                "test_a_letter_in_pieces_is_none",
                "test_fresh_s_layers",
                "test_negative_and_whole_maps",
                "test_other_pieces_are_no_letter",
            ),
            "N.7": AllBut("test_one_score_for_each_class"),
        },
    ),
    Sample("student09", "the cell of N.2 is there twice", damage=doubled("N.2", ABSOLUTE)),
]
