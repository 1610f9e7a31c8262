"""The visible checks of 10.1."""

import numpy as np

from nablab.checking import check, close, contract
from nablab.reference.cortex import gabor

from .oracles import floats


@check("contract")
def test_a_square_patch(student):
    """gabor returns a square patch, for odd and for even sizes"""
    for size in (7, 10):
        floats(contract(student, "gabor", size, 0.4, 5.0, 2.0, 0.3, 1.5, shape=(size, size)))


@check("hand")
def test_the_patch_of_the_text(student):
    """With a wide envelope the rows are (−1, 2, −1)/√18, and with φ = π/2 (1, 0, −1)/√6"""
    close(student.gabor(3, 0, 4, 1e4, 0, 1), np.array([[-1, 2, -1]] * 3) / np.sqrt(18))
    close(
        student.gabor(3, 0, 4, 1e4, np.pi / 2, 1),
        np.array([[1, 0, -1]] * 3) / np.sqrt(6),
        "The phase is π/2.",
        atol=1e-5,
    )


@check("probe")
def test_theta_turns_from_right_towards_down(student):
    """At θ = π/2 the stripes lie level; at θ = π/4 the wave runs to the right and down"""
    for theta in (np.pi / 2, np.pi / 4):
        close(
            student.gabor(9, theta, 5, 2.5, 0.6, 1),
            gabor(9, theta, 5, 2.5, 0.6, 1),
            f"θ = {theta:.3f}.",
            atol=1e-6,
        )


@check("probe")
def test_balance_and_length(student):
    """The entries sum to 0, their squares to 1, and the corners of a narrow patch stay near 0"""
    for size, lam, sigma, phase in ((15, 9, 2, 0.0), (12, 14, 2.2, 0.7)):
        got = close(
            student.gabor(size, 0.5, lam, sigma, phase, 1),
            gabor(size, 0.5, lam, sigma, phase, 1),
            f"Size {size}, λ = {lam}, σ = {sigma}, φ = {phase}.",
            atol=1e-6,
        )
        close(np.sum(np.square(floats(got), dtype=float)), 1.0)


@check("probe")
def test_gamma_shortens_the_patch_along_the_stripes(student):
    """γ = 2 makes the patch shorter along its stripes; left out, γ is 1"""
    close(student.gabor(11, 0.3, 6, 3, 0.2, 2), gabor(11, 0.3, 6, 3, 0.2, 2), "γ = 2.", atol=1e-6)
    close(student.gabor(11, 0.3, 6, 3, 0.2), gabor(11, 0.3, 6, 3, 0.2, 1), "No γ.", atol=1e-6)


@check("oracle")
def test_any_patch(student, rng):
    """Patches of any size, direction, wavelength, width and phase"""
    for size in (5, 8, 13):
        theta, phase = rng.uniform(-4, 4, size=2)
        lam, sigma, gamma = rng.uniform(3, 9), rng.uniform(1, 4), rng.uniform(0.5, 1.6)
        close(
            student.gabor(size, theta, lam, sigma, phase, gamma),
            gabor(size, theta, lam, sigma, phase, gamma),
            f"Size {size}, θ = {theta:.2f}, λ = {lam:.2f}, σ = {sigma:.2f}, φ = {phase:.2f}, "
            f"γ = {gamma:.2f}.",
            atol=1e-6,
        )


PROBES = [("gabor", (7, 0.4, 5.0, 2.0, 0.3, 1.5)), ("gabor", (6, 2.0, 7.0, 1.5, 1.1, 0.8))]
