"""A small class that hands in this lab, and which checks each of them must fail."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, Sample, cut_off

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

SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "perfect, partly in another style", VECTORISED),
    Sample("student03", "a syntax error in N.1", {"N.1": BROKEN_SYNTAX}, fails={"N.1": ALL}),
    Sample("student04", "the stub, unchanged", stub=True),
    Sample("student05", "a file that breaks off", damage=cut_off, state=UNREADABLE),
]
