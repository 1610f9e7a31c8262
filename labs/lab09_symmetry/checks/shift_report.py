"""The visible checks of 9.2."""

import numpy as np

from nablab.checking import Mismatch, check, close, contract, equal, rounding
from nablab.checking.expect import show

from .oracles import wave

WORDS = ("equivariant", "invariant", "neither")


def circular(x, w):
    """The formula of the text, entry by entry of the filter."""
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    return sum(
        w[u, v] * np.roll(x, (-u, -v), axis=(0, 1)) for u, v in np.ndindex(*w.shape)
    ) + np.zeros(x.shape)


FILTER = wave((2, 3), 1.1)


def on_a_circle(x):
    return circular(x, FILTER)


def zeros_around(x):
    padded = np.pad(np.asarray(x, dtype=float), ((0, 1), (0, 2)))
    H, W = np.shape(x)
    return sum(FILTER[u, v] * padded[u : u + H, v : v + W] for u, v in np.ndindex(2, 3))


def every_second(x):
    return np.asarray(x)[::2, ::2]


def mean(x):
    return float(np.mean(x))


def of_rows(x):
    """Wraps around from top to bottom, and has zeros on the right."""
    x = np.asarray(x, dtype=float)
    return x + np.pad(x, ((0, 0), (0, 1)))[:, 1:]


def of_columns(x):
    return of_rows(np.asarray(x).T).T


def row_means(x):
    return np.mean(x, axis=1)


def column_means(x):
    return np.mean(x, axis=0)


def uniform_grey(x):
    return np.full(np.shape(x), np.mean(x))


def transposed(x):
    return np.asarray(x).T


def slanted(x):
    """Weights that are the same along slanting lines: it follows steps down and to the right."""
    H, W = np.shape(x)
    return (1.0 + (np.arange(W)[None, :] - np.arange(H)[:, None]) % W) * x


def corner(x):
    return float(np.asarray(x)[0, 0])


def striped(x):
    """Every second row twice as bright: it follows two steps down, and not one."""
    return np.asarray(x) * (1 + np.arange(len(x)) % 2)[:, None]


def by_fourier(x):
    """A convolution on a circle, with the rounding errors of a Fourier transform."""
    x = np.asarray(x, dtype=float)
    return np.fft.ifft2(np.fft.fft2(x) * np.conj(np.fft.fft2(FILTER, x.shape))).real


def faint_weights(x):
    """Weights of its own for every pixel, and outputs of about 10⁻⁹."""
    return 1e-9 * wave(np.shape(x), 1.9) * x


def hint_of_weights(x):
    """Almost the image itself: a gap of about 10⁻⁴."""
    return x * (1 + 1e-4 * wave(np.shape(x), 1.9))


def report(student, layers, x):
    """What shift_report returns, checked to be a dict with the same keys and the three words."""
    got = student.shift_report(layers, x)
    if not isinstance(got, dict) or set(got) != set(layers):
        raise Mismatch(
            f"shift_report should return a dict with the keys {', '.join(layers)}; it returned "
            f"{show(got)}.",
            got=got,
        )
    for name, word in got.items():
        if word not in WORDS:
            raise Mismatch(
                f'For "{name}" it says {show(word)}; the words are {", ".join(WORDS)}.', got=got
            )
    return got


def says(student, expected, layers, x, why=""):
    got = report(student, layers, x)
    for name, word in expected.items():
        equal(got[name], word, f'The layer "{name}": {why}'.strip())


@check("contract")
def test_conv_circular_is_as_large_as_the_image(student):
    """conv_circular gives a NumPy array as large as the image, and leaves image and filter alone"""
    contract(student, "conv_circular", wave((5, 7)), wave((2, 3)), shape=(5, 7), array=True)


@check("contract")
def test_one_word_for_each_layer(student):
    """shift_report returns one of three words for each layer, and leaves the image alone"""
    x = wave((4, 6))
    contract(student, "shift_report", {"mean": mean}, x, kind="dict")
    report(student, {"mean": mean, "every second": every_second}, x)


@check("hand")
def test_the_row_of_the_text(student):
    """The row 1, 2, 5 with the filter 1, 10 gives 21, 52, 15, and so does the column"""
    x, w = np.array([[1, 2, 5]]), np.array([[1, 10]])
    close(student.conv_circular(x, w), [[21, 52, 15]], given={"x": x, "w": w})
    close(student.conv_circular(x.T, w.T), [[21], [52], [15]], given={"x": x.T, "w": w.T})


@check("probe")
def test_one_bright_pixel(student):
    """A bright pixel in the corner gives the turned filter, wrapped around to the far corner"""
    x, w = np.zeros((5, 4)), np.array([[1.0, 2, 3], [4, 5, 6]])
    x[0, 0] = 1
    expected = np.zeros((5, 4))
    for u, v in np.ndindex(2, 3):
        expected[-u, -v] = w[u, v]
    close(student.conv_circular(x, w), expected, given={"x": x, "w": w})


@check("probe")
def test_layers_of_the_text(student):
    """Convolutions with and without a border, steps of 2, and global means get their words"""
    says(
        student,
        {
            "circle": "equivariant",
            "zeros": "neither",
            "every second": "neither",
            "mean": "invariant",
            "uniform grey": "invariant",
        },
        {
            "circle": on_a_circle,
            "zeros": zeros_around,
            "every second": every_second,
            "mean": mean,
            "uniform grey": uniform_grey,
        },
        wave((6, 4)),
    )


@check("probe")
def test_both_shifts_count(student):
    """A layer that follows one of the two shifts only is neither"""
    layers = {"of rows": of_rows, "of columns": of_columns}
    says(
        student,
        dict.fromkeys(layers, "neither"),
        layers,
        wave((5, 4)),
        "it follows along one axis, and has a border along the other.",
    )
    layers = {"row means": row_means, "column means": column_means}
    says(
        student,
        dict.fromkeys(layers, "neither"),
        layers,
        wave((5, 4)),
        "it does not notice a shift along one axis, and notices one along the other.",
    )
    says(
        student,
        {"slanted": "neither"},
        {"slanted": slanted},
        wave((5, 5)),
        "it follows a step down and to the right in one, but neither step by itself.",
    )


@check("probe")
def test_rounding_errors_and_small_outputs(student):
    """A gap below 10⁻⁶ of the output does not count, and a larger one does, however small it is"""
    says(
        student,
        {
            "fourier": "equivariant",
            "faint weights": "neither",
            "hint of weights": "neither",
            "corner": "neither",
        },
        {
            "fourier": by_fourier,
            "faint weights": faint_weights,
            "hint of weights": hint_of_weights,
            "corner": corner,
        },
        wave((6, 5)),
    )
    says(
        student,
        {"striped": "neither"},
        {"striped": striped},
        wave((6, 5)),
        "every second row is twice as bright, so it follows two steps, and not one.",
    )


@check("oracle")
def test_images_and_filters_of_any_shape(student, rng):
    """conv_circular for any image and filter, bytes among them, in any order in memory"""
    for shape, sides in (((7, 5), (3, 2)), ((3, 8), (3, 8)), ((6, 5), (1, 4))):
        x = rng.integers(0, 256, size=shape[::-1]).astype(np.uint8).T  # a view
        w = rng.normal(size=sides[::-1]).T
        close(
            student.conv_circular(x, w),
            circular(x, w),
            f"An image {shape} of bytes and a filter {sides}.",
            atol=rounding(circular, x, w),
        )


LAYERS = {
    "on a circle": on_a_circle,
    "zeros around": zeros_around,
    "every second": every_second,
    "mean": mean,
    "of rows": of_rows,
    "of columns": of_columns,
    "row means": row_means,
    "column means": column_means,
    "uniform grey": uniform_grey,
    "transposed": transposed,
    "slanted": slanted,
    "fourier": by_fourier,
    "faint weights": faint_weights,
    "hint of weights": hint_of_weights,
    "corner": corner,
}


def all_words(student):
    got = student.shift_report(LAYERS, wave((5, 5)))
    return [str(got[name]) for name in LAYERS]


def of_stripes(student):
    return str(student.shift_report({"striped": striped}, wave((6, 5)))["striped"])


def of_whole_numbers(student):
    return student.conv_circular(np.array([[3, 1, 4], [1, 5, 9]]), np.array([[0.5, -0.25]]))


PROBES = [
    all_words,
    of_stripes,
    of_whole_numbers,
    ("conv_circular", (wave((5, 4)), wave((2, 3), 0.4))),
]
