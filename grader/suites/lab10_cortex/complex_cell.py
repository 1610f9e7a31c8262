"""Hidden checks of N.4."""

import numpy as np

from nablab.checking import check, close, left_alone, mutant, rounding, variant
from nablab.reference.convolution import convolve2d_valid, correlate2d_valid
from nablab.reference.cortex import energy
from nablab.reference.cortex import modulation as ratio

from ..checks.oracles import floats


@check("oracle")
def test_fresh_images_and_pairs(student, rng):
    """Fresh images, also transposed views, and pairs of fields, which stay as they are"""
    for shape, sides in (((7, 13), (4, 3)), ((11, 5), (2, 5)), ((3, 6), (3, 6))):
        img = np.asfortranarray(rng.normal(size=shape))
        even, odd = rng.normal(size=(2, *sides))
        close(
            floats(left_alone(student, "complex_cell", img, even, odd)),
            energy(img, even, odd),
            f"An image {shape}, fields {sides}.",
            atol=rounding(energy, img, even, odd),
        )


@check()
def test_whole_numbers_and_bytes(student, rng):
    """Whole numbers and bytes are computed in floats"""
    even, odd = rng.integers(-3, 4, size=(2, 3, 2))
    for img in (rng.integers(-90, 90, size=(5, 7)), rng.integers(0, 256, (6, 5)).astype(np.uint8)):
        close(
            student.complex_cell(img, even, odd),
            energy(img, even, odd),
            atol=rounding(energy, img, even, odd),
            constant=True,
        )


@check("oracle")
def test_the_modulation_of_fresh_answers(student, rng):
    """The modulation of fresh answers, as a list too, which stays as it is"""
    for n in (3, 5, 12, 17):
        resp = rng.uniform(0, 4, size=n)
        close(floats(left_alone(student, "modulation", resp)), ratio(resp), f"{n} answers.")
        close(left_alone(student, "modulation", resp.tolist()), ratio(resp), f"A list of {n}.")
    whole = rng.integers(1, 9, size=7)
    close(student.modulation(whole), ratio(whole), "Whole numbers.")


@check()
def test_contrast_and_harmonics(student, rng):
    """Twice the answers have the same modulation; a constant and a second harmonic have none"""
    n, angles = 16, 2 * np.pi * np.arange(16) / 16
    first, second, offset = rng.uniform(0.2, 1), rng.uniform(0.2, 1), rng.uniform(2, 4)
    shift = rng.uniform(0, 6)
    resp = offset + first * np.cos(angles + shift) + second * np.cos(2 * angles + 1)
    close(student.modulation(resp), first / offset, f"{n} answers.")
    close(student.modulation(2 * resp), first / offset, "Twice the answers.")
    close(student.modulation(offset + np.cos(2 * angles)), 0.0, "A second harmonic.", atol=1e-5)
    close(student.modulation([0.0, 0.0, 0.0]), 0.0, "Zeros.")


# Mutants ------------------------------------------------------------------------------------------


@mutant("You take the root: the energy is the sum of squares itself.")
def root_taken(img, g_even, g_odd):
    return np.sqrt(energy(img, g_even, g_odd))


@mutant("You rectify before you square. Both signs of both sums count.")
def rectified_first(img, g_even, g_odd):
    sums = [correlate2d_valid(img, g) for g in (g_even, g_odd)]
    return sum(np.maximum(s, 0) ** 2 for s in sums)


@mutant("You square the sum of both answers; the energy is the sum of their squares.")
def square_of_the_sum(img, g_even, g_odd):
    return (correlate2d_valid(img, g_even) + correlate2d_valid(img, g_odd)) ** 2


@mutant("You add up sizes, not squares: that still depends on the phase.")
def sum_of_sizes(img, g_even, g_odd):
    return sum(np.abs(correlate2d_valid(img, g)) for g in (g_even, g_odd))


@mutant("You subtract the squares. The energy is their sum.")
def difference_of_squares(img, g_even, g_odd):
    return correlate2d_valid(img, g_even) ** 2 - correlate2d_valid(img, g_odd) ** 2


@mutant("The even field is used twice: the odd one is missing.")
def even_twice(img, g_even, g_odd):
    return energy(img, g_even, g_even)


@mutant("Your fields are turned: this is a true convolution.")
def fields_turned(img, g_even, g_odd):
    return sum(convolve2d_valid(img, g) ** 2 for g in (g_even, g_odd))


@mutant("You take the mean of both squares; the energy is their sum.")
def mean_of_squares(img, g_even, g_odd):
    return energy(img, g_even, g_odd) / 2


@mutant("The odd field is used twice: the even one is missing.")
def odd_twice(img, g_even, g_odd):
    return energy(img, g_odd, g_odd)


@mutant("You take the larger of both squares; the energy is their sum.")
def larger_square(img, g_even, g_odd):
    return np.maximum(*(correlate2d_valid(img, g) ** 2 for g in (g_even, g_odd)))


@mutant("You square the difference of both answers; the energy is the sum of their squares.")
def square_of_the_difference(img, g_even, g_odd):
    return (correlate2d_valid(img, g_even) - correlate2d_valid(img, g_odd)) ** 2


@mutant("You square the image. Correlate first, then square the sums.")
def image_squared(img, g_even, g_odd):
    img = np.asarray(img, float) ** 2
    return correlate2d_valid(img, g_even) + correlate2d_valid(img, g_odd)


@mutant("Your answer is right only if the image is stored row by row. A transposed view is not: take "
        "the strides from the array, or use sliding_window_view.")  # fmt: skip
def as_it_is_stored(img, g_even, g_odd):
    img = np.asarray(img, float)
    return energy(img.ravel(order="K").reshape(img.shape), g_even, g_odd)


def spectrum(resp):
    return np.fft.fft(np.asarray(resp, dtype=float)) / len(resp)


def f1_is_halved(resp):
    found = spectrum(resp)
    return float(abs(found[1]) / found[0].real) if found[0].real else 0.0


def half_the_spread(resp):
    resp = np.asarray(resp, dtype=float)
    return float((resp.max() - resp.min()) / 2 / resp.mean()) if resp.any() else 0.0


def second_harmonic(resp):
    found = spectrum(resp)
    return float(2 * abs(found[2]) / found[0].real) if found[0].real else 0.0


def cosine_only(resp):
    found = spectrum(resp)
    return float(2 * abs(found[1].real) / found[0].real) if found[0].real else 0.0


def upside_down(resp):
    found = ratio(resp)
    return 1 / found if found else 0.0


def by_the_sum(resp):
    return ratio(resp) / len(resp)


def zeros_give_one(resp):
    return ratio(resp) if np.any(resp) else 1.0


def by_the_largest(resp):
    resp = np.asarray(resp, dtype=float)
    return float(2 * abs(spectrum(resp)[1]) / resp.max()) if resp.any() else 0.0


def largest_of_all(resp):
    found = np.abs(spectrum(resp))
    return float(2 * found[1:].max() / found[0]) if found[0] else 0.0


def both_ends(resp):
    resp = np.asarray(resp, dtype=float)
    turn = np.exp(-1j * np.linspace(0, 2 * np.pi, len(resp)))
    return float(2 * abs(np.mean(resp * turn)) / resp.mean()) if resp.any() else 0.0


def by_deviation(resp):
    resp = np.asarray(resp, dtype=float)
    return float(np.sqrt(2) * resp.std() / resp.mean()) if resp.any() else 0.0


def spread_over_mean(resp):
    return by_deviation(resp) / np.sqrt(2)


def never_asks_for_zeros(resp):
    found = spectrum(resp)
    return float(2 * abs(found[1]) / found[0].real)


def squared(resp):
    return ratio(resp) ** 2


largest_harmonic = mutant(
    "You take the strongest harmonic. F1 is the first, also if another is stronger.",
    modulation=largest_of_all,
)
ends = mutant(
    "Your angles go from 0 to 2π with both ends. There are n of them, 2πk/n.", modulation=both_ends
)
deviation = mutant(
    "A standard deviation counts all harmonics. F1 is the first alone.", modulation=by_deviation
)
variation = mutant(
    "That is the standard deviation over the mean. F1 is the first harmonic alone.",
    modulation=spread_over_mean,
)
nan = mutant("0 divided by 0: zeros have the modulation 0.", modulation=never_asks_for_zeros)
power = mutant("You square the ratio. F1 is a size, not a power.", modulation=squared)
halved = mutant(
    "F1 is twice the size of the mean product: the 2 is missing.", modulation=f1_is_halved
)
spread = mutant(
    "Half of largest minus smallest is not F1 unless the answers are one pure wave.",
    modulation=half_the_spread,
)
second = mutant("That is the second harmonic. F1 is the first.", modulation=second_harmonic)
real = mutant("You take the real part. F1 is the size of the complex sum.", modulation=cosine_only)
inverted = mutant("You divide F0 by F1.", modulation=upside_down)
summed = mutant("You divide by the sum of the answers. F0 is their mean.", modulation=by_the_sum)
zeros = mutant("If all answers are 0 the modulation is 0.", modulation=zeros_give_one)
largest = mutant("You divide by the largest answer. F0 is the mean.", modulation=by_the_largest)


# Variants -----------------------------------------------------------------------------------------


def modulation_by_sums(resp):
    n, c, s, total = len(resp), 0.0, 0.0, 0.0
    for k, r in enumerate(resp):
        c += float(r) * np.cos(2 * np.pi * k / n)
        s += float(r) * np.sin(2 * np.pi * k / n)
        total += float(r)
    if total == 0:
        return 0
    return 2 * (c * c + s * s) ** 0.5 / total


def modulation_in_float32(resp):
    r = np.array(resp, dtype=np.float32)
    if not r.any():
        return np.float32(0)
    turn = np.exp(-2j * np.pi * np.arange(r.size) / r.size).astype(np.complex64)
    return np.float32(2 * np.abs(np.mean(r * turn)) / np.mean(r))


def modulation_by_rfft(resp):
    found = np.abs(np.fft.rfft(resp))
    return np.array(2 * found[1] / found[0]) if found[0] > 0 else 0.0


def energy_by_loops(img, g_even, g_odd):
    (H, W), (kh, kw) = np.shape(img), np.shape(g_even)
    out = []
    for i in range(H - kh + 1):
        row = []
        for j in range(W - kw + 1):
            even = odd = 0.0
            for u in range(kh):
                for v in range(kw):
                    even += float(img[i + u][j + v]) * float(g_even[u][v])
                    odd += float(img[i + u][j + v]) * float(g_odd[u][v])
            row.append(even * even + odd * odd)
        out.append(row)
    return out


def energy_in_float32(img, g_even, g_odd):
    pair = np.stack([np.float32(g_even), np.float32(g_odd)])
    windows = np.lib.stride_tricks.sliding_window_view(np.float32(img), np.shape(g_even))
    sums = np.einsum("ijuv,guv->gij", windows, pair)
    return np.square(sums).sum(axis=0)


def energy_as_a_complex_size(img, g_even, g_odd):
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(img, float), np.shape(g_even))
    z = np.einsum("ijuv,uv->ij", windows, np.asarray(g_even) + 1j * np.asarray(g_odd))
    return (z * z.conj()).real


loops = variant("loops and lists", complex_cell=energy_by_loops, modulation=modulation_by_sums)
float32 = variant("float32", complex_cell=energy_in_float32, modulation=modulation_in_float32)
complex_size = variant(
    "one complex field", complex_cell=energy_as_a_complex_size, modulation=modulation_by_rfft
)
