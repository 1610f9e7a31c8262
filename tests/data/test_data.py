"""The data that comes with the package: its contents, and that nothing leaks between parts."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nablab import data

SURFACES = (data.surfaces.quadratic(30), data.surfaces.rosenbrock(), data.surfaces.saddle())


def test_the_digits_are_scikit_learns():
    theirs = pytest.importorskip("sklearn.datasets").load_digits()
    images, labels = data.digits()
    np.testing.assert_array_equal(images * 16, theirs.images)
    np.testing.assert_array_equal(labels, theirs.target)
    assert images.dtype == np.float64 and labels.dtype == np.int64


def test_a_placed_digit_is_one_of_the_digits_and_nothing_else_is_in_its_field():
    images, labels = data.digits()
    (x, y), _ = data.placed_digits(size=23, train=40, test=1, seed=3)
    assert x.shape == (40, 23, 23, 1) and x.dtype == np.float32
    for field, label in zip(x[..., 0], y, strict=True):
        found = [
            np.allclose(field[r : r + 8, c : c + 8], image)
            for image in images[labels == label]
            if np.isclose(field.sum(), image.sum())
            for r in range(16)
            for c in range(16)
        ]
        assert any(found)


def test_no_digit_of_one_part_is_in_the_other():
    (train, _), (test, _) = data.placed_digits(train=3000, test=600, centred=True)
    seen = {field.tobytes() for field in train}
    assert len(seen) > 1000
    assert not any(field.tobytes() in seen for field in test)


def test_positions_are_spread_over_the_field_unless_centred():
    (x, _), _ = data.placed_digits(train=2000, test=1)
    (middle, _), _ = data.placed_digits(train=2000, test=1, centred=True)
    columns = np.arange(20)
    centres, still = (f.sum((1, 3)) @ columns / f.sum((1, 2, 3)) for f in (x, middle))
    assert np.std(centres) > 3 > 2 * np.std(still)
    assert not middle[:, :6].any() and not middle[:, 14:].any()


def test_the_same_seed_gives_the_same_fields():
    first, again, other = (data.placed_digits(train=50, test=20, seed=s) for s in (4, 4, 5))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a[0], b[0])
    assert not np.array_equal(first[0][0], other[0][0])


def test_a_field_smaller_than_a_digit_is_refused():
    with pytest.raises(ValueError, match="7 pixels"):
        data.placed_digits(size=7)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
@given(w=st.tuples(st.floats(-2, 2), st.floats(-2, 2)))
def test_a_surfaces_gradient_is_its_central_difference(surface, w):
    w = np.array(w)
    _, slope = surface(w)
    for axis, step in enumerate(1e-5 * np.eye(2)):
        numeric = (surface(w + step)[0] - surface(w - step)[0]) / 2e-5
        assert slope[axis] == pytest.approx(numeric, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
def test_a_surface_is_flat_at_its_minimum_and_higher_around_it(surface):
    lowest, slope = surface(surface.minimum)
    np.testing.assert_allclose(slope, 0, atol=1e-12)
    around = np.random.default_rng(0).normal(scale=0.3, size=(50, 2)) + surface.minimum
    assert all(surface(w)[0] > lowest for w in around)
    (left, right), (low, high) = surface.limits
    assert left <= surface.start[0] <= right and low <= surface.start[1] <= high


def test_the_flower_is_scikit_learns_at_half_its_size():
    full = pytest.importorskip("sklearn.datasets").load_sample_image("flower.jpg")[:426]
    halved = full.astype(float).reshape(213, 2, 320, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(data.sample_photo("flower"), halved, atol=0.51)


@pytest.mark.slow
def test_tensorflow_datasets_finds_and_prepares_them_without_network(tmp_path):
    tfds = pytest.importorskip("tensorflow_datasets")
    import nablab.data.builders  # noqa: F401

    sizes = {}
    for name in (
        "nablab_digits",
        "nablab_placed_digits",
        "nablab_sample_photos",
        "nablab_turned_digits",
    ):
        parts, info = tfds.load(name, data_dir=tmp_path, with_info=True, try_gcs=False)
        sizes[name] = {part: split.num_examples for part, split in info.splits.items()}
        assert next(iter(tfds.as_numpy(parts["train"])))["image"].dtype == np.uint8
    assert sizes == {
        "nablab_digits": {"train": 1400, "test": 397},
        "nablab_placed_digits": {"train": 4000, "test": 1000},
        "nablab_sample_photos": {"train": 2},
        "nablab_turned_digits": {"train": 1400, "test": 397},
    }
    x, y = tfds.as_numpy(
        tfds.load("nablab_digits", data_dir=tmp_path, split="test", batch_size=-1)
    ).values()
    images, labels = data.digits()
    for image, label in zip(x[:20, ..., 0] / 255, y[:20], strict=True):
        same = np.abs(images[labels == label] - image).max(axis=(1, 2)) < 1 / 255
        assert same.any()


def test_an_online_set_offline_raises_one_clear_sentence():
    """In a separate process without a network, where every address is refused."""
    code = """
import socket
def refused(*args, **kwargs): raise OSError("no network")
socket.getaddrinfo = refused
from nablab import data
try:
    data.online("mnist")
except ConnectionError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"TFDS_DATA_DIR": "/nonexistent", "PATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.stdout.startswith("mnist could not be downloaded")
    assert done.stdout.count("\n") == 1


def test_an_unknown_online_set_is_refused():
    with pytest.raises(ValueError, match="mnist, fashion_mnist, cifar10"):
        data.online("imagenet")


def test_turned_by_quarter_turns_a_digit_is_rotated():
    from nablab.data.turned import turn

    x = np.random.default_rng(0).random((2, 5, 5))
    for r in range(4):
        np.testing.assert_allclose(turn(x, 90 * r), np.rot90(x, r, (1, 2)), atol=1e-12)


def test_turned_digits_are_the_upright_ones_turned():
    (x, y), (test, _) = data.turned_digits(30, 20, seed=3)
    (upright, same), _ = data.turned_digits(30, 20, seed=3, turned=False)
    np.testing.assert_array_equal(y, same)
    assert x.shape == (30, 8, 8, 1) and x.dtype == np.float32 and test.shape == (20, 8, 8, 1)
    assert not np.array_equal(x, upright)


def test_turned_digits_are_the_same_from_the_same_seed_and_none_is_in_both_parts():
    first, again, other = (data.turned_digits(1400, 397, seed, turned=False) for seed in (4, 4, 5))
    for part, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(part[0], same[0])
    assert not np.array_equal(first[0][0], other[0][0])
    images = np.concatenate([part[0] for part in first]).reshape(1797, -1)
    all_digits = data.digits()[0].reshape(1797, -1).astype("float32")
    assert sorted(map(bytes, images)) == sorted(map(bytes, all_digits))


def test_more_turned_digits_than_there_are_are_refused():
    for train, test in ((1401, 1), (1, 398), (-1, 1)):
        with pytest.raises(ValueError, match="1400 digits for training and 397 for testing"):
            data.turned_digits(train, test)
