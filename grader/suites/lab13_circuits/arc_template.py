"""Hidden checks of N.1."""

import numpy as np

from nablab.checking import check, close, mutant, variant
from nablab.reference.circuits import arc_template as right

from ..checks.arc_template import arc_is_right


@check("oracle")
def test_fresh_arcs(student, rng):
    """Fresh arcs, in patches of odd and of even sizes"""
    for size in (5, 8, 17, 20):
        arc_is_right(student, rng.uniform(-9, 9), rng.uniform(2, 12), size, rng.uniform(0.5, 3))


@check()
def test_a_quarter_turn_turns_the_patch(student, rng):
    """θ + π/2 is the patch of θ turned by a quarter, from right towards down"""
    theta, radius = rng.uniform(0.2, 1.3), rng.uniform(3, 6)
    for size in (12, 15):
        patch = right(theta, radius, size, 1.2)
        close(
            student.arc_template(theta + np.pi / 2, radius, size, 1.2),
            np.rot90(patch, -1),
            atol=1e-5,
        )


@check("probe")
def test_small_circles_and_large_ones(student, rng):
    """A small circle of which only a third is drawn, and one that is nearly a straight line"""
    theta = rng.uniform(-3, 3)
    arc_is_right(student, theta, rng.uniform(2, 3), 17, 1.0)
    arc_is_right(student, theta, rng.uniform(40, 90), 11, 1.5)


@check("probe")
def test_whole_numbers(student, rng):
    """Whole numbers as arguments, also as NumPy's"""
    size = int(rng.integers(7, 12))
    arc_is_right(student, 1, 5, size, 2)
    arc_is_right(student, np.int64(2), np.int64(4), np.int64(size + 1), np.int64(1))


# Mutants ------------------------------------------------------------------------------------------


def parts(theta, R, size, upwards=False, middle=None):
    middle = (size - 1) / 2 if middle is None else middle
    y, x = np.mgrid[:size, :size] - middle
    y = -y if upwards else y
    a, b = x * np.cos(theta) + y * np.sin(theta), y * np.cos(theta) - x * np.sin(theta)
    return a, b, np.hypot(R - a, b), np.arctan2(b, R - a)


def drawn(a, b, rho, alpha, R, width, half=np.pi / 3, factor=2):
    end = np.hypot(a - R * (1 - np.cos(half)), np.abs(b) - R * np.sin(half))
    d = np.where(np.abs(alpha) <= half, np.abs(rho - R), end)
    return np.exp(-(d**2) / (factor * width**2))


@mutant("θ turns the wrong way: y counts downwards, like rows.")
def y_upwards(theta, R, size, width):
    return drawn(*parts(theta, R, size, upwards=True), R, width)


@mutant("Your curve bends away from θ: the circle's centre lies in direction θ.")
def bends_away(theta, R, size, width):
    return right(theta + np.pi, R, size, width)


@mutant("θ is the direction in which the curve bends; yours runs along θ in the middle.")
def theta_along_the_curve(theta, R, size, width):
    return right(theta + np.pi / 2, R, size, width)


@mutant("Rows and columns have changed places: x counts columns, to the right, and y rows.")
def x_and_y_swapped(theta, R, size, width):
    return right(theta, R, size, width).T


@mutant("Your angle is in degrees: θ comes in radians.")
def degrees(theta, R, size, width):
    return right(np.radians(theta), R, size, width)


@mutant("You draw the whole circle. The curve is a third of it: 60° to either side of the middle.")
def the_whole_circle(theta, R, size, width):
    _, _, rho, _ = parts(theta, R, size)
    return np.exp(-((rho - R) ** 2) / (2 * width**2))


@mutant("Your curve is cut off at its ends. Beyond them the distance is that from the nearer end.")
def cut_off_at_the_ends(theta, R, size, width):
    _, _, rho, alpha = parts(theta, R, size)
    return np.exp(-((rho - R) ** 2) / (2 * width**2)) * (np.abs(alpha) <= np.pi / 3)


@mutant("Your curve has only one end: |b| is missing in the distance from the ends, so pixels near the "
        "other one count as far.")  # fmt: skip
def one_end(theta, R, size, width):
    a, b, rho, alpha = parts(theta, R, size)
    end = np.hypot(a - R / 2, b - np.sqrt(3) / 2 * R)
    d = np.where(np.abs(alpha) <= np.pi / 3, np.abs(rho - R), end)
    return np.exp(-(d**2) / (2 * width**2))


@mutant(
    "Beyond the end at −60° you still measure from the circle. |α| ≤ π/3 limits both sides: take the "
    "absolute value of α."
)
def without_the_absolute_value_of_alpha(theta, R, size, width):
    a, b, rho, alpha = parts(theta, R, size)
    end = np.hypot(a - R / 2, np.abs(b) - np.sqrt(3) / 2 * R)
    return np.exp(-(np.where(alpha <= np.pi / 3, np.abs(rho - R), end) ** 2) / (2 * width**2))


@mutant("Your curve is too long: a third of the circle is 60° to either side, not 120°.")
def two_thirds(theta, R, size, width):
    return drawn(*parts(theta, R, size), R, width, half=2 * np.pi / 3)


@mutant("Your curve is too short: 60° to either side, not 30°.")
def a_sixth(theta, R, size, width):
    return drawn(*parts(theta, R, size), R, width, half=np.pi / 6)


@mutant("The ends are at the wrong place: a = R/2 and b = ±√3/2·R, in the turned coordinates.")
def ends_exchanged(theta, R, size, width):
    a, b, rho, alpha = parts(theta, R, size)
    end = np.hypot(a - np.sqrt(3) / 2 * R, np.abs(b) - R / 2)
    d = np.where(np.abs(alpha) <= np.pi / 3, np.abs(rho - R), end)
    return np.exp(-(d**2) / (2 * width**2))


@mutant("The 2 is missing: divide d² by 2·width².")
def without_the_two(theta, R, size, width):
    return drawn(*parts(theta, R, size), R, width, factor=1)


@mutant("The width is not squared: divide d² by 2·width².")
def width_not_squared(theta, R, size, width):
    return drawn(*parts(theta, R, size), R, np.sqrt(width))


@mutant("d is not squared: the soft edge is a bell curve, exp(−d²/2w²).")
def d_not_squared(theta, R, size, width):
    return np.exp(-np.sqrt(-2 * width**2 * np.log(right(theta, R, size, width))) / (2 * width**2))


@mutant("The middle of the patch is at (size − 1)/2, between the pixels if size is even.")
def middle_at_half_the_size(theta, R, size, width):
    return drawn(*parts(theta, R, size, middle=size / 2), R, width)


@mutant("The middle of the patch is at (size − 1)/2; size // 2 is half a pixel off for even sizes.")
def middle_on_a_pixel(theta, R, size, width):
    return drawn(*parts(theta, R, size, middle=size // 2), R, width)


@mutant("The circle's centre is in the middle of your patch. The curve goes through the middle, and the "
        "centre lies at distance R from it.")  # fmt: skip
def circle_around_the_middle(theta, R, size, width):
    a, b, _, _ = parts(theta, R, size)
    return drawn(a + R, b, np.hypot(a, b), np.arctan2(b, -a), R, width)


@mutant("Your patch is scaled: the entries are the bell curve of the distance, as they are.")
def scaled_to_sum_one(theta, R, size, width):
    patch = right(theta, R, size, width)
    return patch / patch.sum()


@mutant("Your patch has hard edges. The distance goes through a bell curve.")
def hard_edges(theta, R, size, width):
    return (right(theta, R, size, width) > np.exp(-0.5)).astype(float)


@mutant(
    "Your angle comes from np.arctan, which cannot tell before the centre from behind it: use arctan2."
)
def arctan_for_arctan2(theta, R, size, width):
    a, b, rho, _ = parts(theta, R, size)
    with np.errstate(all="ignore"):
        alpha = np.nan_to_num(np.arctan(b / (R - a)))
    return drawn(a, b, rho, alpha, R, width)


@mutant("The root is missing in the distance from the ends.")
def ends_without_the_root(theta, R, size, width):
    a, b, rho, alpha = parts(theta, R, size)
    end = (a - R / 2) ** 2 + (np.abs(b) - np.sqrt(3) / 2 * R) ** 2
    d = np.where(np.abs(alpha) <= np.pi / 3, np.abs(rho - R), end)
    return np.exp(-(d**2) / (2 * width**2))


@mutant("Your coordinates run from −1 to 1. They count pixels, as R and the width do.")
def coordinates_from_minus_one(theta, R, size, width):
    half = (size - 1) / 2
    return right(theta, R * half, size, width * half)


@mutant("The nearer end is asked for; you take the one that is farther away.")
def the_farther_end(theta, R, size, width):
    a, b, rho, alpha = parts(theta, R, size)
    end = np.hypot(a - R / 2, np.abs(b) + np.sqrt(3) / 2 * R)
    d = np.where(np.abs(alpha) <= np.pi / 3, np.abs(rho - R), end)
    return np.exp(-(d**2) / (2 * width**2))


# Variants -----------------------------------------------------------------------------------------


@variant("pixel by pixel, with math")
def pixel_by_pixel(theta, R, size, width):
    import math

    patch = np.zeros((size, size))
    for r in range(size):
        for c in range(size):
            x, y = c - (size - 1) / 2, r - (size - 1) / 2
            a = x * math.cos(theta) + y * math.sin(theta)
            b = -x * math.sin(theta) + y * math.cos(theta)
            if abs(math.atan2(b, R - a)) <= math.pi / 3:
                d = abs(math.sqrt((R - a) ** 2 + b**2) - R)
            else:
                d = math.sqrt((a - R / 2) ** 2 + (abs(b) - math.sqrt(3) / 2 * R) ** 2)
            patch[r, c] = math.exp(-(d**2) / (2 * width**2))
    return patch


@variant("float32")
def in_float32(theta, R, size, width):
    places = np.arange(size, dtype=np.float32) - np.float32((size - 1) / 2)
    y, x = np.meshgrid(places, places, indexing="ij")
    cos, sin = np.float32(np.cos(theta)), np.float32(np.sin(theta))
    R = np.float32(R)
    a, b = x * cos + y * sin, y * cos - x * sin
    rho, alpha = np.sqrt((R - a) ** 2 + b**2), np.arctan2(b, R - a)
    end = np.sqrt((a - R / 2) ** 2 + (np.abs(b) - np.float32(np.sqrt(0.75)) * R) ** 2)
    d = np.where(np.abs(alpha) <= np.float32(np.pi / 3), np.abs(rho - R), end)
    return np.exp(-(d**2) / np.float32(2 * width**2))


@variant("the nearest point of the arc, in complex numbers")
def nearest_point(theta, R, size, width):
    places = np.arange(size) - (size - 1) / 2
    pixels = (places[None, :] + 1j * places[:, None]) * np.exp(-1j * theta)
    seen = R - pixels
    angle = np.clip(np.angle(seen), -np.pi / 3, np.pi / 3)
    return np.exp(-(np.abs(seen - R * np.exp(1j * angle)) ** 2) / (2 * width**2))


@variant("the smaller of two distances, inside a cone by its cosine")
def by_the_cone(theta, R, size, width):
    y, x = np.indices((size, size)) - (size - 1) / 2.0
    down, across = y - R * np.sin(theta), x - R * np.cos(theta)
    rho = np.sqrt(down**2 + across**2)
    facing = -(across * np.cos(theta) + down * np.sin(theta))
    ends = [theta + np.pi + s * np.pi / 3 for s in (-1, 1)]
    d = np.minimum(*[np.hypot(across - R * np.cos(e), down - R * np.sin(e)) for e in ends])
    d = np.where(facing >= rho / 2, np.abs(rho - R), d)
    return np.exp(-0.5 * (d / width) ** 2)
