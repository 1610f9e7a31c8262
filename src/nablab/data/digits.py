"""Handwritten digits, alone and at random positions of a larger field."""

from __future__ import annotations

from importlib.resources import files

import numpy as np

SIDE, COUNT, HELD_OUT = 8, 1797, 397
"""Side of a digit in pixels, number of digits, and number of digits for testing only."""


def digits() -> tuple[np.ndarray, np.ndarray]:
    """1,797 handwritten digits of 8×8 pixels that come with the package.

    Returns:
        images (1797, 8, 8) float64, 0 for paper and 1 for the darkest ink, in steps of 1/16;
        labels (1797,) int64, 0 to 9.

    Source: E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine
    Learning Repository, 1998: the test part, as in scikit-learn's `load_digits`, written by 13
    people. A pixel is the number of its 16 subpixels with ink.

    Licence: Creative Commons Attribution 4.0, https://creativecommons.org/licenses/by/4.0/.
    """
    with (files("nablab.data") / "digits.npz").open("rb") as file, np.load(file) as stored:
        return stored["images"] / 16, stored["labels"].astype(np.int64)


Part = tuple[np.ndarray, np.ndarray]


def placed_digits(
    size: int = 20, train: int = 4000, test: int = 1000, seed: int = 0, *, centred: bool = False
) -> tuple[Part, Part]:
    """Digits at random positions of an empty field: `(x_train, y_train), (x_test, y_test)`.

    1,400 of the digits are used repeatedly for training and the other 397 for testing, so no digit
    is in both parts.

    Args:
        size: side of the field in pixels, at least 8.
        train, test: number of fields in each part.
        seed: determines the split, the choice of digits and their positions.
        centred: whether to put every digit in the middle instead.

    Returns:
        x (N, size, size, 1) float32 from 0 to 1; y (N,) int64.

    Raises:
        ValueError: the field is smaller than a digit.
    """
    if size < SIDE:
        raise ValueError(
            f"a field of {size} pixels is too small for a digit: its side must be at least 8"
        )
    images, labels = digits()
    rng = np.random.default_rng(seed)
    order = rng.permutation(COUNT)
    middle = (size - SIDE) // 2
    parts = []
    for source, count in ((order[HELD_OUT:], train), (order[:HELD_OUT], test)):
        chosen = rng.choice(source, count)
        corners = rng.integers(0, size - SIDE + 1, (count, 2))
        fields = np.zeros((count, size, size, 1), "float32")
        for field, index, corner in zip(fields, chosen, corners, strict=True):
            row, column = (middle, middle) if centred else corner
            field[row : row + SIDE, column : column + SIDE, 0] = images[index]
        parts.append((fields, labels[chosen]))
    return parts[0], parts[1]
