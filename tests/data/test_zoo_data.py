"""Chirps, discs and motion: their contents, and their tensorflow-datasets builders."""

import numpy as np
import pytest

from nablab import data
from nablab.data.chirps import HIGH, KINDS, LOW, NOISE


def test_the_same_seed_gives_the_same_examples_and_another_seed_others():
    for make in (data.chirps, data.discs, data.motion):
        first, again, other = make(5, seed=3), make(5, seed=3), make(5, seed=4)
        for a, b in zip(first, again, strict=True):
            np.testing.assert_array_equal(a, b)
        assert not np.array_equal(first[0], other[0])


def test_shapes_and_types():
    for (x, y), shapes in (
        (data.chirps(7), ((7, 128, 1), (7,))),
        (data.discs(7, (20, 36)), ((7, 20, 36, 3), (7, 20, 36, 1))),
        (data.motion(7), ((14, 6, 12, 12, 1), (14,))),
    ):
        assert (x.shape, y.shape) == shapes
        assert x.dtype == np.float32
        assert y.dtype == (np.int64 if y.ndim == 1 else np.float32)
        assert np.isfinite(x).all()


@pytest.mark.parametrize("kind", range(4))
def test_a_chirp_glides_the_way_its_kind_says(kind):
    """The pitch in the loudest stretch, by the shares of the power above a middle frequency."""
    x, y = data.chirps(600, seed=2)
    power = np.zeros(5)
    for signal in x[y == kind, :, 0]:
        loud = np.convolve(signal**2, np.ones(41), "same").argmax()
        start = min(max(loud - 20, 0), 128 - 40)
        for part in range(5):
            piece = signal[start + 8 * part : start + 8 * part + 8] * np.hanning(8)
            spectrum = np.abs(np.fft.rfft(piece, 32)) ** 2
            power[part] += spectrum[np.fft.rfftfreq(32) > (LOW + HIGH) / 2].sum() / spectrum.sum()
    first, _, middle, _, last = power
    if KINDS[kind] == "up":
        assert first < middle < last
    elif KINDS[kind] == "down":
        assert first > middle > last
    elif KINDS[kind] == "up and down":
        assert middle > max(first, last)
    else:
        assert middle < min(first, last)


def test_chirps_are_anywhere_and_noise_is_everywhere():
    x, y = data.chirps(2000)
    assert np.abs(np.bincount(y, minlength=4) / 2000 - 0.25).max() < 0.04
    spread = x[..., 0].std(axis=0)
    assert spread[0] == pytest.approx(NOISE, rel=0.1)
    assert spread[64] > 1.2 * NOISE
    assert np.abs(x.mean(axis=(0, 2))).max() < 0.1  # the phase is random


def test_discs_and_bars_have_the_same_colours_and_discs_cover_their_mask():
    """A bright pixel outside of a disc is a bar's."""
    x, masks = data.discs(300, seed=1)
    inside = masks[..., 0] == 1
    assert set(np.unique(masks)) == {0, 1}
    assert 0.1 < inside.mean() < 0.35
    red = x[..., 0] - x[..., 2]
    bars = ~inside & (red > 0.3)
    assert bars.mean() > 0.05
    np.testing.assert_allclose(x[inside].mean(axis=0), x[bars].mean(axis=0), atol=0.05)
    assert (red[inside] > 0.2).mean() > 0.99
    assert x.min() >= 0 and x.max() <= 1


def test_a_larger_image_holds_more_discs_of_the_same_size():
    small, large = (data.discs(200, shape, 5)[1].mean() for shape in ((24, 24), (48, 48)))
    assert large == pytest.approx(small, rel=0.35)


def test_every_film_is_there_backwards_with_the_other_label():
    x, y = data.motion(20, seed=6)
    assert y.sum() == 20
    films = {film.tobytes(): way for film, way in zip(x, y, strict=True)}
    assert len(films) == 40
    assert all(films[film[::-1].tobytes()] == 1 - way for film, way in zip(x, y, strict=True))


def test_forwards_is_to_the_right():
    x, y = data.motion(50, seed=2)
    for film, way in zip(x[..., 0], y, strict=True):
        right = np.mean(film[:-1, :, :-1] * film[1:, :, 1:])
        left = np.mean(film[:-1, :, 1:] * film[1:, :, :-1])
        assert (right > left) == (way == 0)


@pytest.mark.slow
def test_tensorflow_datasets_prepares_them_without_network(tmp_path):
    tfds = pytest.importorskip("tensorflow_datasets")
    import nablab.data.builders  # noqa: F401

    for name, (x, y) in (
        ("nablab_chirps", data.chirps(400, 1)),
        ("nablab_discs", data.discs(200, seed=1)),
        ("nablab_motion", data.motion(100, 1)),
    ):
        parts, info = tfds.load(
            name,
            data_dir=tmp_path,
            with_info=True,
            try_gcs=False,
            as_supervised=True,
            batch_size=-1,
        )
        assert {split.num_examples for split in info.splits.values()} == {len(x)}
        found = {
            one.tobytes(): target for one, target in zip(*tfds.as_numpy(parts["test"]), strict=True)
        }
        assert len(found) == len(x)
        for one, target in zip(x, y, strict=True):
            np.testing.assert_array_equal(found[one.tobytes()], target)
