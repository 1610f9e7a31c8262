"""Hidden checks of N.1."""

import numpy as np

from nablab.checking import check, close, mutant, variant
from nablab.reference.cortex import gabor as right

from ..checks.oracles import floats


@check("oracle")
def test_fresh_patches(student, rng):
    """Fresh patches of odd and of even sizes"""
    for size in (6, 9, 17, 20):
        theta, phase = rng.uniform(-7, 7, size=2)
        lam, sigma, gamma = rng.uniform(3, 12), rng.uniform(1, 6), rng.uniform(0.4, 2)
        close(
            floats(student.gabor(size, theta, lam, sigma, phase, gamma)),
            right(size, theta, lam, sigma, phase, gamma),
            f"Size {size}.",
            atol=1e-6,
        )


@check()
def test_half_a_turn_and_symmetry(student, rng):
    """Phase 0 is symmetric under half a turn, π/2 antisymmetric, and φ + π is the negative"""
    theta, lam, sigma = rng.uniform(0.2, 1.3), rng.uniform(4, 8), rng.uniform(2, 4)
    for phase, sign in ((0.0, 1), (np.pi / 2, -1)):
        patch = right(11, theta, lam, sigma, phase)
        close(student.gabor(11, theta, lam, sigma, phase), sign * patch[::-1, ::-1], atol=1e-6)
    close(
        student.gabor(11, theta, lam, sigma, 0.4 + np.pi),
        -right(11, theta, lam, sigma, 0.4),
        atol=1e-6,
    )


@check()
def test_a_quarter_turn_turns_the_patch(student, rng):
    """θ + π/2 is the patch turned by a quarter, from right towards down"""
    theta, gamma = rng.uniform(0.2, 1.3), rng.uniform(1.3, 2)
    patch = right(10, theta, 6, 2.5, 0.5, gamma)
    close(student.gabor(10, theta + np.pi / 2, 6, 2.5, 0.5, gamma), np.rot90(patch, -1), atol=1e-6)


@check("probe")
def test_whole_numbers(student, rng):
    """Whole numbers as arguments"""
    size = int(rng.integers(7, 12))
    close(student.gabor(size, 1, 5, 2, 2, 2), right(size, 1, 5, 2, 2, 2), atol=1e-6)
    close(student.gabor(size, 0, 7, 3, 0), right(size, 0, 7, 3, 0), atol=1e-6)


# Mutants ------------------------------------------------------------------------------------------


def parts(size, theta, lam, sigma, phase, gamma=1, upwards=False, middle=None):
    middle = (size - 1) / 2 if middle is None else middle
    y, x = np.mgrid[:size, :size] - middle
    y = -y if upwards else y
    a, b = x * np.cos(theta) + y * np.sin(theta), y * np.cos(theta) - x * np.sin(theta)
    envelope = np.exp(-(a**2 + gamma**2 * b**2) / (2 * sigma**2))
    return envelope, np.cos(2 * np.pi * a / lam + phase), (a, b)


def finished(envelope, wave):
    patch = envelope * (wave - np.sum(envelope * wave) / np.sum(envelope))
    return patch / np.sqrt(np.sum(patch**2))


@mutant("θ turns the wrong way: y counts downwards, like rows.")
def y_upwards(size, theta, lam, sigma, phase, gamma=1):
    return finished(*parts(size, theta, lam, sigma, phase, gamma, upwards=True)[:2])


@mutant("Your stripes run along θ: θ is the direction of the wave, across the stripes.")
def theta_along_the_stripes(size, theta, lam, sigma, phase, gamma=1):
    return right(size, theta + np.pi / 2, lam, sigma, phase, gamma)


@mutant("Rows and columns have changed places: x counts columns, to the right, and y rows.")
def x_and_y_swapped(size, theta, lam, sigma, phase, gamma=1):
    return right(size, theta, lam, sigma, phase, gamma).T


@mutant("Your angles are in degrees: θ and φ come in radians.")
def degrees(size, theta, lam, sigma, phase, gamma=1):
    return right(size, np.radians(theta), lam, sigma, phase, gamma)


@mutant("The balance is missing: subtract k from the wave, so that the entries sum to 0.")
def not_balanced(size, theta, lam, sigma, phase, gamma=1):
    envelope, wave, _ = parts(size, theta, lam, sigma, phase, gamma)
    return envelope * wave / np.sqrt(np.sum((envelope * wave) ** 2))


@mutant("You subtract the mean from the whole patch, which leaves a step at its border. Subtract k "
        "from the wave, inside the envelope.")  # fmt: skip
def subtracts_the_mean(size, theta, lam, sigma, phase, gamma=1):
    envelope, wave, _ = parts(size, theta, lam, sigma, phase, gamma)
    patch = envelope * wave - np.mean(envelope * wave)
    return patch / np.sqrt(np.sum(patch**2))


@mutant("k is the mean of the wave weighted by the envelope, not its plain mean.")
def plain_mean_of_the_wave(size, theta, lam, sigma, phase, gamma=1):
    envelope, wave, _ = parts(size, theta, lam, sigma, phase, gamma)
    patch = envelope * (wave - wave.mean())
    return patch / np.sqrt(np.sum(patch**2))


@mutant("k is ΣEV divided by ΣE. You divide by the number of pixels.")
def mean_of_the_product(size, theta, lam, sigma, phase, gamma=1):
    envelope, wave, _ = parts(size, theta, lam, sigma, phase, gamma)
    patch = envelope * (wave - np.mean(envelope * wave))
    return patch / np.sqrt(np.sum(patch**2))


@mutant("Balance comes first, then the length: after your balance the length is no longer 1.")
def length_first(size, theta, lam, sigma, phase, gamma=1):
    envelope, wave, _ = parts(size, theta, lam, sigma, phase, gamma)
    patch = envelope * wave / np.sqrt(np.sum((envelope * wave) ** 2))
    return patch - envelope * patch.sum() / envelope.sum()


@mutant("The root is missing: divide by the root of the sum of squares.")
def root_missing(size, theta, lam, sigma, phase, gamma=1):
    envelope, wave, _ = parts(size, theta, lam, sigma, phase, gamma)
    patch = envelope * (wave - np.sum(envelope * wave) / np.sum(envelope))
    return patch / np.sum(patch**2)


@mutant("You divide by the largest entry. Divide by the root of the sum of squares.")
def largest_is_one(size, theta, lam, sigma, phase, gamma=1):
    patch = right(size, theta, lam, sigma, phase, gamma)
    return patch / np.abs(patch).max()


@mutant("The length is missing: divide by the root of the sum of squares.")
def not_of_length_one(size, theta, lam, sigma, phase, gamma=1):
    envelope, wave, _ = parts(size, theta, lam, sigma, phase, gamma)
    return envelope * (wave - np.sum(envelope * wave) / np.sum(envelope))


@mutant("You divide by the sum of sizes. Divide by the root of the sum of squares.")
def sum_of_sizes(size, theta, lam, sigma, phase, gamma=1):
    patch = right(size, theta, lam, sigma, phase, gamma)
    return patch / np.abs(patch).sum()


@mutant("The envelope is too narrow: the exponent is divided by 2σ², with the 2.")
def two_forgotten(size, theta, lam, sigma, phase, gamma=1):
    return right(size, theta, lam, sigma / np.sqrt(2), phase, gamma)


@mutant("γ belongs to b, the coordinate along the stripes, not to a.")
def gamma_across(size, theta, lam, sigma, phase, gamma=1):
    _, wave, (a, b) = parts(size, theta, lam, sigma, phase, gamma)
    return finished(np.exp(-(gamma**2 * a**2 + b**2) / (2 * sigma**2)), wave)


@mutant("γ is squared in the exponent.")
def gamma_not_squared(size, theta, lam, sigma, phase, gamma=1):
    return right(size, theta, lam, sigma, phase, np.sqrt(gamma))


@mutant("b is multiplied by γ, not divided: γ above 1 makes the patch shorter along its stripes.")
def divided_by_gamma(size, theta, lam, sigma, phase, gamma=1):
    return right(size, theta, lam, sigma, phase, 1 / gamma)


@mutant("γ is left out.")
def no_gamma(size, theta, lam, sigma, phase, gamma=1):
    return right(size, theta, lam, sigma, phase, 1)


@mutant("The wave runs along a, across the stripes; yours runs along b.")
def wave_along_b(size, theta, lam, sigma, phase, gamma=1):
    envelope, _, (_, b) = parts(size, theta, lam, sigma, phase, gamma)
    return finished(envelope, np.cos(2 * np.pi * b / lam + phase))


@mutant("The envelope is turned too: its exponent has a and b, not x and y.")
def envelope_not_turned(size, theta, lam, sigma, phase, gamma=1):
    _, wave, _ = parts(size, theta, lam, sigma, phase, gamma)
    return finished(parts(size, 0, lam, sigma, phase, gamma)[0], wave)


@mutant("b has a wrong sign: it is −x sin θ + y cos θ.")
def sign_of_b(size, theta, lam, sigma, phase, gamma=1):
    _, wave, (a, _) = parts(size, theta, lam, sigma, phase, gamma)
    b = parts(size, -theta, lam, sigma, phase, gamma)[2][1]
    return finished(np.exp(-(a**2 + gamma**2 * b**2) / (2 * sigma**2)), wave)


@mutant("σ is squared in the exponent.")
def sigma_not_squared(size, theta, lam, sigma, phase, gamma=1):
    return right(size, theta, lam, np.sqrt(sigma), phase, gamma)


@mutant("φ is an angle, added to 2πa/λ. You add it to a, as if it were pixels.")
def phase_in_pixels(size, theta, lam, sigma, phase, gamma=1):
    return right(size, theta, lam, sigma, 2 * np.pi * phase / lam, gamma)


@mutant("The phase has the wrong sign: it is added.")
def phase_subtracted(size, theta, lam, sigma, phase, gamma=1):
    return right(size, theta, lam, sigma, -phase, gamma)


@mutant("φ stands inside the cosine: it moves the wave. Yours adds a constant to the wave.")
def phase_outside(size, theta, lam, sigma, phase, gamma=1):
    return right(size, theta, lam, sigma, 0, gamma)


@mutant("Your wave is a sine: it is a cosine, brightest in the middle at phase 0.")
def sine(size, theta, lam, sigma, phase, gamma=1):
    return right(size, theta, lam, sigma, phase - np.pi / 2, gamma)


@mutant("2π is missing in the wave: λ is the length of a whole period.")
def no_two_pi(size, theta, lam, sigma, phase, gamma=1):
    return right(size, theta, lam * 2 * np.pi, sigma, phase, gamma)


@mutant("The middle of a patch of even size lies between pixels, at (s − 1)/2.")
def middle_at_a_pixel(size, theta, lam, sigma, phase, gamma=1):
    return finished(*parts(size, theta, lam, sigma, phase, gamma, middle=size // 2)[:2])


@mutant("Your middle is half a pixel off: it is at (s − 1)/2, not at s/2.")
def middle_at_half_the_size(size, theta, lam, sigma, phase, gamma=1):
    return finished(*parts(size, theta, lam, sigma, phase, gamma, middle=size / 2)[:2])


@mutant("Pixels are one apart: s of them reach from −(s − 1)/2 to (s − 1)/2, not from −s/2 to s/2.")
def pixels_too_far_apart(size, theta, lam, sigma, phase, gamma=1):
    shrink = (size - 1) / size
    return right(size, theta, lam * shrink, sigma * shrink, phase, gamma)


# Variants -----------------------------------------------------------------------------------------


@variant("loops over pixels, lists")
def gabor_by_loops(size, theta, lam, sigma, phase, gamma=1):
    import math

    envelope, wave, half = [], [], (size - 1) / 2
    for r in range(size):
        for c in range(size):
            x, y = c - half, r - half
            a = x * math.cos(theta) + y * math.sin(theta)
            b = y * math.cos(theta) - x * math.sin(theta)
            envelope.append(math.exp(-(a * a + gamma * gamma * b * b) / (2 * sigma * sigma)))
            wave.append(math.cos(2 * math.pi * a / lam + phase))
    k = sum(e * v for e, v in zip(envelope, wave, strict=True)) / sum(envelope)
    flat = [e * (v - k) for e, v in zip(envelope, wave, strict=True)]
    length = math.sqrt(sum(value * value for value in flat))
    return [[flat[r * size + c] / length for c in range(size)] for r in range(size)]


@variant("float32, meshgrid")
def gabor_in_float32(size, theta, lam, sigma, phase, gamma=1):
    places = np.arange(size, dtype=np.float32) - np.float32((size - 1) / 2)
    x, y = np.meshgrid(places, places)
    c, s = np.float32(np.cos(theta)), np.float32(np.sin(theta))
    a, b = x * c + y * s, y * c - x * s
    envelope = np.exp(-(a**2 + np.float32(gamma) ** 2 * b**2) / np.float32(2 * sigma**2))
    wave = np.cos(np.float32(2 * np.pi / lam) * a + np.float32(phase))
    patch = envelope * (wave - np.average(wave, weights=envelope).astype(np.float32))
    return patch / np.linalg.norm(patch)


@variant("the real part of a complex wave, as a product of matrices")
def gabor_by_a_complex_wave(size, theta, lam, sigma, phase, gamma=1):
    p = np.arange(size) - size / 2 + 0.5
    grid = np.array([np.tile(p, size), np.repeat(p, size)])
    turn = np.array([[np.cos(theta), np.sin(theta)], [-np.sin(theta), np.cos(theta)]])
    a, b = turn @ grid
    envelope = np.exp(-0.5 * (a / sigma) ** 2) * np.exp(-0.5 * (gamma * b / sigma) ** 2)
    wave = np.exp(1j * (2 * np.pi * a / lam + phase)).real
    patch = envelope * wave
    patch = patch - envelope * patch.sum() / envelope.sum()
    patch = patch * (patch @ patch) ** -0.5
    return patch.reshape(size, size)
