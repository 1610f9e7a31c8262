"""Photographs to try filters on."""

from __future__ import annotations

from importlib.resources import files

import numpy as np

PHOTOS = ("china", "flower")


def sample_photo(name: str = "china", *, grey: bool = False) -> np.ndarray:
    """A photograph that comes with the package.

    Args:
        name: "china", a pavilion of a Chinese palace; "flower", a single bloom.
        grey: whether to return the luma 0.299 R + 0.587 G + 0.114 B of ITU-R BT.601 instead of
            the colours.

    Returns:
        (213, 320, 3) uint8 from 0 to 255; with `grey` (213, 320) float64 from 0 (black) to
        1 (white).

    Raises:
        ValueError: there is no photograph of that name.

    Source: `china.jpg` and `flower.jpg` from scikit-learn, at half their size (each
    pixel the mean of 2 × 2). Authors, on Flickr: danielbuechele, photo 6061409035; vultilion, photo
    6056698931. Retrieved 21 August 2011 by Robert Layton for scikit-learn.

    Licence: Creative Commons Attribution 2.0, https://creativecommons.org/licenses/by/2.0/;
    some rights reserved by danielbuechele, https://www.flickr.com/photos/danielbuechele/, and by
    vultilion, https://www.flickr.com/photos/vultilion/.
    """
    if name not in PHOTOS:
        raise ValueError(f"there is no photo {name!r}; expected {' or '.join(PHOTOS)}")
    with (files("nablab.data") / f"{name}.npz").open("rb") as file, np.load(file) as stored:
        colours: np.ndarray = stored["photo"]
    if grey:
        colours = colours @ np.array([0.299, 0.587, 0.114]) / 255
    return colours
