"""The visible checks of N.6."""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.data import letters
from nablab.reference.cortex import c_layer, s_layer

from .oracles import floats

LEVEL = np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]])
FALLING = 3 * np.eye(3) - 1
BARS = np.stack([LEVEL, LEVEL.T, FALLING, FALLING[:, ::-1]], axis=-1)[:, :, None]

_rng = np.random.default_rng(6)
MAPS, TEMPLATES = _rng.uniform(0, 1, size=(5, 6, 2)), _rng.normal(size=(2, 3, 2, 3))
S_MAPS = _rng.uniform(0, 1, size=(5, 6, 2))


def templates():
    maps = [s_layer(letters.draw(one)[..., None], BARS, 0.6) for one in letters.LETTERS]
    return np.stack([one[5:14, 5:14] > 0.99 for one in maps], axis=-1) * 1.0


WHOLE = templates()


def last_cells(student, img, r1, r2):
    """The student's last C-cells in the middle, for one image."""
    s1 = np.asarray(student.s_layer(img[..., None], BARS, 0.6), dtype=float)
    c1 = np.asarray(student.c_layer(s1, r1), dtype=float)
    s2 = np.asarray(student.s_layer(c1, WHOLE, 0.8), dtype=float)
    last = np.asarray(student.c_layer(s2, r2), dtype=float)
    holds(last.shape == (11, 11, 3), f"The last maps have the shape {last.shape}.", got=last)
    return last[5, 5]


def reads(student, letter, shift, r1, r2):
    """The cell of the letter answers 1 up to r1 + r2 pixels away, and beyond it none does."""
    within = max(map(abs, shift)) <= r1 + r2
    expected = np.array([float(one == letter and within) for one in letters.LETTERS])
    close(
        last_cells(student, letters.draw(letter, shift), r1, r2),
        expected,
        f"The last cells of L, T and X, for an {letter} moved by {shift}, r1 = {r1}, r2 = {r2}.",
        atol=1e-5,
        constant=True,
    )


@check("contract")
def test_two_layers(student):
    """s_layer gives maps of all places, c_layer maps of the same size, both NumPy arrays"""
    floats(contract(student, "s_layer", MAPS, TEMPLATES, 0.2, shape=(4, 4, 3), array=True))
    floats(contract(student, "c_layer", S_MAPS, 1, shape=(5, 6, 2), array=True))


@check("hand")
def test_the_row_of_the_text(student):
    """The row of the text: S is (1, 0, ⅓), and C with r = 1 is (1, 1, ⅓)"""
    x = np.reshape([0.0, 1, 0, 1, 1], (1, 5, 1))
    w = np.reshape([-1.0, 2, -1], (1, 3, 1, 1))
    s = np.reshape([1, 0, 1 / 3], (1, 3, 1))
    close(student.s_layer(x, w, 0.25), s, given={"x": x, "w": w, "theta": 0.25})
    close(student.c_layer(s, 1), np.reshape([1, 1, 1 / 3], (1, 3, 1)), given={"s": s, "r": 1})


@check("probe")
def test_each_template_has_its_own_sum(student):
    """Each template is divided by its own positive weights"""
    w = np.stack([LEVEL, 3.0 * LEVEL, 0 * LEVEL + 1], axis=-1)[:, :, None]
    x = np.zeros((4, 5, 1))
    x[1, :4] = 1
    close(student.s_layer(x, w, 0), s_layer(x, w, 0), "theta is 0.", given={"x": x[..., 0]})
    close(student.s_layer(x, w, 0.5), s_layer(x, w, 0.5), "theta is 0.5.", given={"x": x[..., 0]})


@check("probe")
def test_a_single_answer_spreads(student):
    """A single answer spreads by r rows and columns, clipped at the border, in its own map"""
    s = np.zeros((5, 7, 2))
    s[1, 5, 0], s[3, 0, 1] = 1, 0.5
    for r in (0, 1, 2):
        close(student.c_layer(s, r), c_layer(s, r), f"r = {r}.")


@check()
def test_letters_and_their_tolerance(student):
    """Each letter lights its own cell up to r1 + r2 = 3 pixels away, and none beyond"""
    for letter, shift in (("L", (0, 0)), ("T", (3, -3)), ("X", (-2, 3)), ("L", (4, 0))):
        reads(student, letter, shift, 1, 2)


@check()
def test_a_letter_in_pieces_is_none(student):
    """A letter in pieces lights no cell"""
    for letter in letters.LETTERS:
        close(
            last_cells(student, letters.shuffled(letter), 1, 2),
            np.zeros(3),
            f"The strokes of an {letter}, ten rows apart.",
            atol=1e-5,
            constant=True,
        )


@check("oracle")
def test_any_maps(student, rng):
    """Any maps, templates and thresholds; whole and negative numbers, transposed views"""
    for shape, sides, theta in (((6, 7, 2), (3, 2), 0.3), ((9, 5, 3), (4, 1), 0.0)):
        x, w = rng.uniform(0, 2, size=shape), rng.normal(size=(*sides, shape[2], 4))
        w = np.abs(w) * rng.choice([1, 1, -0.3], size=w.shape)
        close(student.s_layer(x, w, theta), s_layer(x, w, theta), atol=1e-5)
        close(student.c_layer(x, 2), c_layer(x, 2), atol=1e-5)
    x, w = rng.integers(-2, 5, size=(6, 5, 2)), rng.integers(-1, 4, size=(2, 3, 2, 3))
    w[0, 1, 0] = 1  # each template has a positive weight, whatever is drawn
    close(student.s_layer(x, w, 0.3), s_layer(x, w, 0.3), "Whole numbers.", atol=1e-5)
    x, w = (np.asfortranarray(a + 0.25) for a in (abs(x), w))
    close(student.s_layer(x, w, 0.3), s_layer(x, w, 0.3), "Transposed views.", atol=1e-5)
    close(student.c_layer(x, 1), c_layer(x, 1), "A transposed view.", atol=1e-5)


PROBES = [
    ("s_layer", (MAPS, TEMPLATES, 0.2)),
    ("s_layer", (MAPS - 0.5, TEMPLATES, 0.0)),
    ("s_layer", (MAPS, np.abs(TEMPLATES), 0.4)),
    ("s_layer", (_rng.integers(0, 4, size=(5, 6, 2)), np.asfortranarray(TEMPLATES), 0.1)),
    ("s_layer", (np.asfortranarray(MAPS), TEMPLATES, 0.1)),
    ("c_layer", (S_MAPS, 1)),
    ("c_layer", (np.asfortranarray(S_MAPS), 1)),
    ("c_layer", (S_MAPS, 2)),
    ("c_layer", (S_MAPS[:, :2], 1)),  # more rows than columns
]
