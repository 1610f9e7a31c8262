"""Hidden checks of N.3."""

import numpy as np

from nablab.checking import check, close, left_alone, mutant, variant
from nablab.reference.dreaming import fourier_scale, hartley

from ..checks.fourier import image, score, value_and_gradient
from ..checks.oracles import bent, linear


@check("oracle")
def test_drawn_coefficients(student, rng):
    """Drawn coefficients of any size, one row or column among them"""
    for shape in ((6, 11, 2), (1, 7, 3), (5, 1, 1), (9, 4, 4), (1, 1, 2)):
        image(student, 3 * rng.normal(size=shape))
        score(student, bent, rng.normal(size=shape) / 9)


@check("probe")
def test_a_single_wave(student, rng):
    """A single drawn coefficient makes a single wave of the right strength"""
    for H, W in ((5, 8), (7, 3)):
        z = np.zeros((H, W, 2))
        z[rng.integers(H), rng.integers(W), rng.integers(2)] = rng.uniform(1, 3)
        image(student, z)


@check()
def test_linear_scores(student, rng):
    """A linear score has the same gradient at every z, whatever its size"""
    w = 100 * rng.normal(size=(6, 5, 2))
    for size in (0, 1, 50):
        score(student, linear(w), size * rng.normal(size=w.shape), f"z of about {size}.")


@check()
def test_numeric_slopes_of_z(student, rng):
    """Every entry of the gradient is the slope of the score, by central differences"""
    z = rng.normal(size=(3, 4, 2)) / 9
    scale = fourier_scale(3, 4)[:, :, None]
    expected = np.zeros(z.shape)
    for place in np.ndindex(*z.shape):
        step = np.zeros(z.shape)
        step[place] = 1e-4
        ends = [bent(hartley(scale * (z + sign * step)))[0] for sign in (1, -1)]
        expected[place] = (ends[0] - ends[1]) / 2e-4
    got = student.fourier_score(bent, z)
    close(value_and_gradient(got, "fourier_score", z.shape)[1], expected, rtol=1e-3, atol=1e-4)


@check()
def test_coefficients_stay_as_they_are(student, rng):
    """Coefficients stay as they are, whole numbers among them"""
    for z in (rng.normal(size=(2, 5, 3)).T, rng.integers(-3, 4, size=(4, 3, 1))):
        left_alone(student, "fourier_image", z)
        left_alone(student, "fourier_score", bent, z)


# Mutants ------------------------------------------------------------------------------------------


def pair(scale, back=None):
    """Both functions with another scale, `scale(H, W)` -> (H, W), and `back` on the way back."""

    def fourier_image(z):
        z = np.asarray(z, dtype=float)
        return hartley(scale(*z.shape[:2])[:, :, None] * z)

    def fourier_score(score, z):
        value, g = score(fourier_image(z))
        return value, (back or scale)(*np.shape(z)[:2])[:, :, None] * hartley(g)

    return {"fourier_image": fourier_image, "fourier_score": fourier_score}


def frequencies(H, W):
    return np.fft.fftfreq(H)[:, None], np.fft.fftfreq(W)[None, :]


def capped(f, H, W):
    return 1 / np.maximum(f, 1 / max(H, W))


without_scale = mutant(
    "You leave out the scale s: all frequencies count alike.",
    **pair(lambda H, W: np.ones((H, W))),
)
scale_not_inverted = mutant(
    "You multiply by the frequency. Slow frequencies have to count more: divide by it.",
    **pair(lambda H, W: 1 / fourier_scale(H, W)),
)
squared_scale = mutant(
    "Your scale is squared: s is 1/f, not 1/f².", **pair(lambda H, W: fourier_scale(H, W) ** 2)
)
root_of_the_scale = mutant(
    "Your f is f² still: take the root of the sum of squares.",
    **pair(lambda H, W: capped(np.square(frequencies(H, W)[0]) + frequencies(H, W)[1] ** 2, H, W)),
)
sum_of_frequencies = mutant(
    "You add the two frequencies. f is the root of the sum of their squares.",
    **pair(lambda H, W: capped(sum(np.abs(f) for f in frequencies(H, W)), H, W)),
)
largest_frequency = mutant(
    "You take the larger of the two frequencies. f is the root of the sum of their squares.",
    **pair(lambda H, W: capped(np.maximum(*(np.abs(f) for f in frequencies(H, W))), H, W)),
)
rows_only = mutant(
    "Your scale knows the frequencies of the rows only.",
    **pair(lambda H, W: capped(np.abs(frequencies(H, W)[0]) + np.zeros((1, W)), H, W)),
)
columns_only = mutant(
    "Your scale knows the frequencies of the columns only.",
    **pair(lambda H, W: capped(np.abs(frequencies(H, W)[1]) + np.zeros((H, 1)), H, W)),
)
all_positive = mutant(
    "You count the frequencies 0, 1/H, 2/H … up to 1. The second half of np.fft.fftfreq is negative.",
    **pair(
        lambda H, W: capped(np.hypot((np.arange(H) / H)[:, None], (np.arange(W) / W)[None]), H, W)
    ),
)
radians = mutant(
    "Your frequencies are in radians. They are in cycles per pixel, without 2π.",
    **pair(lambda H, W: capped(2 * np.pi * np.hypot(*frequencies(H, W)), H, W)),
)
smaller_side = mutant(
    "The smallest frequency is 1/max(H, W): the longer side counts.",
    **pair(lambda H, W: 1 / np.maximum(np.hypot(*frequencies(H, W)), 1 / min(H, W))),
)
capped_scale = mutant(
    "You limit the scale at the wrong end: f is at least 1/max(H, W).",
    **pair(
        lambda H, W: 1 / np.minimum(np.maximum(np.hypot(*frequencies(H, W)), 1e-2), 1 / max(H, W))
    ),
)


def added(H, W):
    return 1 / (np.hypot(*frequencies(H, W)) + 1 / max(H, W))


added_instead_of_the_maximum = mutant(
    "You add 1/max(H, W) to f. It is the least that f may be: take the maximum.", **pair(added)
)


def zero_without(H, W):
    f = np.hypot(*frequencies(H, W))
    f[0, 0] = np.inf
    return np.where(f < np.inf, capped(f, H, W), 0)


mean_removed = mutant(
    "Your slowest coefficient, z[0, 0], does nothing. It carries the mean, with s = max(H, W).",
    **pair(zero_without),
)
mean_at_one = mutant(
    "Your slowest coefficient, z[0, 0], has the scale 1. There s = max(H, W).",
    **pair(lambda H, W: np.where(np.hypot(*frequencies(H, W)) > 0, fourier_scale(H, W), 1)),
)
normalised_scale = mutant(
    "Your scale is divided by its largest entry.",
    **pair(lambda H, W: fourier_scale(H, W) / max(H, W)),
)
divided_on_the_way_back = mutant(
    "On the way back you divide by s. The transposed of a factor is the same factor: multiply.",
    **pair(fourier_scale, lambda H, W: 1 / fourier_scale(H, W)),
)
without_scale_on_the_way_back = mutant(
    "On the way back you leave out s.", **pair(fourier_scale, lambda H, W: np.ones((H, W)))
)


def of_image(z):
    z = np.asarray(z, dtype=float)
    return hartley(fourier_scale(*z.shape[:2])[:, :, None] * z)


def score_with(change):
    return lambda score, z: change(score, np.asarray(z, dtype=float))


def scale_of(z):
    return fourier_scale(*z.shape[:2])[:, :, None]


without_hartley = mutant(
    "Your gradient is still one of pixels: apply hartley to it before s.",
    fourier_score=score_with(
        lambda score, z: (score(of_image(z))[0], scale_of(z) * score(of_image(z))[1])
    ),
)
gradient_of_the_image = mutant(
    "You return the gradient for the image. The one for z is asked for.",
    fourier_score=score_with(lambda score, z: score(of_image(z))),
)
scale_before_hartley = mutant(
    "The order on the way back is the reverse: hartley first, then s.",
    fourier_score=score_with(
        lambda score, z: (score(of_image(z))[0], hartley(scale_of(z) * score(of_image(z))[1]))
    ),
)
score_of_z = mutant(
    "You ask for the score of z. It is the score of the image of z.",
    fourier_score=score_with(lambda score, z: (score(z)[0], scale_of(z) * hartley(score(z)[1]))),
)
gradient_only = mutant(
    "You return the gradient alone. The value comes first, then the gradient.",
    fourier_score=score_with(lambda score, z: scale_of(z) * hartley(score(of_image(z))[1])),
)
gradient_first = mutant(
    "The value comes first, then the gradient.",
    fourier_score=score_with(
        lambda score, z: (scale_of(z) * hartley(score(of_image(z))[1]), score(of_image(z))[0])
    ),
)
negative_gradient = mutant(
    "The sign of your gradient is wrong.",
    fourier_score=score_with(
        lambda score, z: (score(of_image(z))[0], -scale_of(z) * hartley(score(of_image(z))[1]))
    ),
)


def scaled_in_place(z):
    if z.dtype.kind != "f":
        z = z.astype(float)
    z *= fourier_scale(*z.shape[:2])[:, :, None]
    return hartley(z)


changed_in_place = mutant(
    "You change the coefficients that you were given: z *= s writes into them.",
    fourier_image=scaled_in_place,
)


@mutant(
    "You use the real part of the Fourier transform. hartley is the real part minus the imaginary one."
)
def real_part_only(z):
    z = np.asarray(z, dtype=float)
    return np.fft.fft2(scale_of(z) * z, axes=(0, 1), norm="ortho").real


# Variants -----------------------------------------------------------------------------------------


@variant("cosines and sines")
def by_cosines(z):
    H, W, _ = z.shape
    rows = 2 * np.pi * np.outer(np.arange(H), np.arange(H)) / H
    columns = 2 * np.pi * np.outer(np.arange(W), np.arange(W)) / W
    angle = rows[:, None, :, None] + columns[None, :, None, :]  # (H, W, k, l)
    cas = (np.cos(angle) + np.sin(angle)) / np.sqrt(H * W)
    f = np.sqrt(np.fft.fftfreq(H)[:, None] ** 2 + np.fft.fftfreq(W)[None, :] ** 2)
    f = np.where(f < 1 / max(H, W), 1 / max(H, W), f)
    return np.einsum("ijkl,klc->ijc", cas, z / f[..., None])


@variant("float32, frequency by frequency")
def by_loops(z):
    H, W, C = z.shape
    scaled = np.zeros((H, W, C), np.float32)
    for k in range(H):
        for m in range(W):
            fy, fx = min(k, H - k) / H, min(m, W - m) / W
            scaled[k, m] = z[k, m] / max((fy**2 + fx**2) ** 0.5, 1 / max(H, W))
    return hartley(scaled).astype(np.float32)


def by_the_inverse(score, z):
    z = np.asarray(z, dtype=np.float64)
    H, W = z.shape[:2]
    s = np.minimum(max(H, W), 1 / np.maximum(np.hypot(*frequencies(H, W)), 1e-12))
    spectrum = np.fft.ifft2(s[:, :, None] * z, axes=(0, 1)) * np.sqrt(H * W)
    value, g = score(spectrum.real + spectrum.imag)
    back = np.fft.ifft2(g, axes=(0, 1)) * np.sqrt(H * W)
    return np.float32(value), (s[:, :, None] * (back.real + back.imag)).astype(np.float32)


by_the_inverse_transform = variant(
    "the inverse transform, float32, a list",
    fourier_score=lambda score, z: list(by_the_inverse(score, z)),
)
