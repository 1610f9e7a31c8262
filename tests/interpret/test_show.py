"""The pictures are drawn and described in words, in colour and in grey, with a border's patches."""

import matplotlib
import numpy as np

matplotlib.use("agg")

from nablab.show import interpret as show


def images(n=3, channels=3):
    return np.random.default_rng(0).random((n, 8, 9, channels)) * 2 - 1


def test_maps_of_either_sign_with_and_without_channels():
    found = {"one": images()[..., 0], "two": images(), "nothing": np.zeros((3, 8, 9))}
    words = show.maps(images(), found, low=-1, names=["a", "b", "c"])
    assert words.startswith("3 images, each with its maps by 3 methods")
    assert words.endswith("nothing 1.00.")


def test_patches_that_the_border_has_cut():
    boxes = np.array([[[0, 0, 3, 0, 5], [2, 2, 6, 4, 9]]])
    words = show.patches(images(channels=1), boxes, low=-1)
    assert "The 2 patches that excite each of 1 unit most" in words
    assert "of 4 × 5 pixels" in words and "from 2 images" in words


def test_a_gallery_names_its_images():
    words = show.gallery(images(9), names="abcdefghi", columns=4, low=-1, title="class images")
    assert words.startswith(
        "9 images, class images: a, b, c, d, e, f, g, h, i. The most contrast has "
    )
