"""Shapes and colours: contents and builder."""

import numpy as np
import pytest

from nablab import data
from nablab.data.colshapes import AREA, COLOURS, SHAPES, SIDE


def test_the_same_seed_gives_the_same_examples_and_another_seed_others():
    first, again, other = data.colshapes(7, 3), data.colshapes(7, 3), data.colshapes(7, 4)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first[0], other[0])


def test_shapes_and_types():
    x, shapes, colours = data.colshapes(5)
    assert (x.shape, x.dtype) == ((5, SIDE, SIDE, 3), np.float32)
    assert (shapes.shape, shapes.dtype) == ((5,), np.int64)
    assert (colours.shape, colours.dtype) == ((5,), np.int64)
    assert x.min() >= 0 and x.max() <= 1
    assert all(len(part) == 0 for part in data.colshapes(0))


def test_all_nine_combinations_are_equally_frequent():
    _, shapes, colours = data.colshapes(900, seed=1)
    np.testing.assert_array_equal(np.bincount(3 * shapes + colours), 100)
    assert shapes.max() == len(SHAPES) - 1 and colours.max() == len(COLOURS) - 1


def test_every_shape_covers_as_much_as_it_should_and_lies_within_the_image():
    x, shapes, _ = data.colshapes(900, seed=2)
    coloured = np.ptp(x, axis=-1) > 0.3
    area = coloured.sum(axis=(1, 2))
    assert 0.7 * AREA[0] < np.percentile(area, 1) and np.percentile(area, 99) < 1.3 * AREA[1]
    means = [area[shapes == kind].mean() for kind in range(3)]
    assert max(means) < 1.1 * min(means)
    border = np.ones((SIDE, SIDE), bool)
    border[1:-1, 1:-1] = False
    assert coloured[:, border].mean() < 0.02


def test_the_mean_colour_of_an_image_does_not_tell_the_shape():
    x, shapes, _ = data.colshapes(2000, seed=4)
    looks = x.mean((1, 2))
    means = np.array([looks[:1000][shapes[:1000] == kind].mean(0) for kind in range(3)])
    guess = np.linalg.norm(looks[1000:, None] - means, axis=2).argmin(1)
    assert np.mean(guess == shapes[1000:]) < 0.4


@pytest.mark.slow
def test_tensorflow_datasets_prepares_them_without_network(tmp_path):
    tfds = pytest.importorskip("tensorflow_datasets")
    import nablab.data.builders  # noqa: F401

    parts = tfds.load("nablab_colshapes", data_dir=tmp_path, try_gcs=False, batch_size=-1)
    x, shapes, colours = data.colshapes(900, 1)
    found = tfds.as_numpy(parts["test"])
    by_image = {
        image.tobytes(): (shape, colour)
        for image, shape, colour in zip(
            found["input"], found["target"], found["colour"], strict=True
        )
    }
    assert len(by_image) == 900
    for image, shape, colour in zip(x, shapes, colours, strict=True):
        assert by_image[image.tobytes()] == (shape, colour)
