"""Shapes with masks, and the net that tells them: contents, builder, accuracy."""

import socket

import numpy as np
import pytest

from nablab import data
from nablab.data.shapes import AREA, COLOURS, SHAPES, TEXTURES
from nablab.data.shapes_net import SEEDS, STEPS


def test_the_same_seed_gives_the_same_examples_and_another_seed_others():
    first, again, other = data.shapes(7, 3), data.shapes(7, 3), data.shapes(7, 4)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first[0], other[0])


def test_shapes_and_types():
    x, y, masks = data.shapes(5)
    assert (x.shape, x.dtype) == ((5, 32, 32, 3), np.float32)
    assert (y.shape, y.dtype) == ((5,), np.int64)
    assert (masks.shape, masks.dtype) == ((5, 32, 32), np.bool_)
    assert x.min() >= 0 and x.max() <= 1
    assert all(part.shape[0] == 0 for part in data.shapes(0))


def test_shapes_colours_and_textures_are_balanced_and_independent():
    n = 1200
    _, y, _ = data.shapes(n, seed=1)
    colours, textures = data.shape_looks(n, seed=1)
    for found, names in ((y, SHAPES), (colours, COLOURS), (textures, TEXTURES)):
        np.testing.assert_array_equal(np.bincount(found), n // len(names))
    for looks, names in ((colours, COLOURS), (textures, TEXTURES)):
        together = np.zeros((len(SHAPES), len(names)))
        np.add.at(together, (y, looks), 1)
        assert np.abs(together - together.mean()).max() < 0.3 * together.mean()


def test_a_mask_covers_the_object_whole_and_alike_for_every_shape():
    _, y, masks = data.shapes(800, seed=2)
    area = masks.mean((1, 2))
    assert area.min() > 0.9 * AREA[0] and area.max() < 1.1 * AREA[1]
    assert np.ptp([area[y == kind].mean() for kind in range(4)]) < 0.012
    border = np.ones((32, 32), bool)
    border[1:-1, 1:-1] = False
    assert not masks[:, border].any()


def test_the_pixels_of_the_mask_have_the_objects_colour():
    x, _, masks = data.shapes(400, seed=3)
    colours, textures = data.shape_looks(400, seed=3)
    mean = np.array([image[mask].mean(0) for image, mask in zip(x, masks, strict=True)])
    plain = mean[textures == TEXTURES.index("plain")]
    which = colours[textures == TEXTURES.index("plain")]
    assert (plain[which == COLOURS.index("red")].argmax(1) == 0).all()
    assert (plain[which == COLOURS.index("green")].argmax(1) == 1).all()
    assert (plain[which == COLOURS.index("blue")].argmax(1) == 2).all()
    assert (plain[which == COLOURS.index("yellow")].argmin(1) == 2).all()


def test_mean_and_colour_of_an_image_do_not_tell_the_shape():
    """The nearest class mean of the three channels' means guesses."""
    x, y, _ = data.shapes(2000, seed=4)
    looks = x.mean((1, 2))
    means = np.array([looks[:1000][y[:1000] == kind].mean(0) for kind in range(4)])
    guess = np.linalg.norm(looks[1000:, None] - means, axis=2).argmin(1)
    assert np.mean(guess == y[1000:]) < 0.33


@pytest.mark.parametrize("seed", SEEDS)
def test_the_net_tells_the_shapes_without_a_network(seed, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    net = data.shapes_net(seed)
    x, y, _ = data.shapes(1000, seed=77)
    logits = net.predict(x, verbose=0)
    assert np.mean(logits.argmax(1) == y) > 0.95
    assert (logits < 0).any()  # no softmax


def test_the_layers_have_the_names_that_labs_use():
    net = data.shapes_net()
    names = [f"{kind}{n}" for n in range(1, 5) for kind in ("conv", "norm", "relu", "pool")]
    assert [layer.name for layer in net.layers] == names[:-1] + ["features", "logits"]
    assert net.count_params() == 47412
    assert net.get_layer("relu3").output.shape == (None, 8, 8, 48)
    assert net.get_layer("relu4").output.shape == (None, 4, 4, 64)


def test_the_filters_over_time_end_at_the_nets():
    filters = data.shapes_net_filters(1)
    assert tuple(filters) == STEPS
    np.testing.assert_array_equal(
        filters[STEPS[-1]], data.shapes_net(1).get_layer("conv1").get_weights()[0]
    )
    assert all(kernel.shape == (3, 3, 3, 16) for kernel in filters.values())
    assert np.abs(filters[STEPS[0]] - filters[STEPS[-1]]).max() > 0.1


def test_a_net_of_another_seed_is_refused():
    with pytest.raises(ValueError, match="0 or 1"):
        data.shapes_net(2)


@pytest.mark.slow
def test_tensorflow_datasets_prepares_them_without_network(tmp_path):
    tfds = pytest.importorskip("tensorflow_datasets")
    import nablab.data.builders  # noqa: F401

    parts = tfds.load("nablab_shapes", data_dir=tmp_path, try_gcs=False, batch_size=-1)
    x, y, masks = data.shapes(600, 1)
    found = tfds.as_numpy(parts["test"])
    assert len(parts["train"]["input"]) == 600
    by_image = {
        image.tobytes(): (target, mask)
        for image, target, mask in zip(found["input"], found["target"], found["mask"], strict=True)
    }
    for image, target, mask in zip(x, y, masks, strict=True):
        assert by_image[image.tobytes()][0] == target
        np.testing.assert_array_equal(by_image[image.tobytes()][1], mask)
