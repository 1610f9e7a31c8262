"""Lab 10: the numbers that its text prints, its data, and the references beside Keras and SciPy."""

import subprocess
import sys

import numpy as np
import pytest

from nablab.data import gratings, letters, syllables
from nablab.reference import cortex

LEVEL = np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]])
FALLING = 3 * np.eye(3) - 1
BARS = np.stack([LEVEL, LEVEL.T, FALLING, FALLING[:, ::-1]], axis=-1)[:, :, None]


def last_cells(img, r1=1, r2=2):
    wholes = [cortex.s_layer(letters.draw(one)[..., None], BARS, 0.6) for one in letters.LETTERS]
    templates = np.stack([one[5:14, 5:14] > 0.99 for one in wholes], axis=-1)
    c1 = cortex.c_layer(cortex.s_layer(img[..., None], BARS, 0.6), r1)
    return cortex.c_layer(cortex.s_layer(c1, templates, 0.8), r2)[5, 5]


# The numbers of the text


def test_the_patches_by_hand():
    bright = cortex.gabor(3, 0, 4, 1e6, 0)
    np.testing.assert_allclose(bright, np.array([[-1, 2, -1]] * 3) / np.sqrt(18), atol=1e-9)
    edge = cortex.gabor(3, 0, 4, 1e6, np.pi / 2)
    np.testing.assert_allclose(edge, np.array([[1, 0, -1]] * 3) / np.sqrt(6), atol=1e-9)


def test_the_answers_by_hand():
    img, g = [[0, 2, 0, 5]], np.array([[-1, 2, -1]])
    np.testing.assert_allclose(cortex.simple_cell(img, g), [[4, 0]])
    np.testing.assert_allclose(cortex.simple_cell(img, -g), [[0, 7]])
    assert cortex.modulation([2, 1, 0, 1]) == pytest.approx(1)
    np.testing.assert_allclose(
        cortex.time_delay([[0], [2], [1]], [[[1]], [[-1]]], [[[3, -1]]]), [1.5, -0.5]
    )


def test_a_simple_cell_is_modulated_and_a_complex_one_is_not():
    even, odd = (cortex.gabor(33, 0, 8, 5, phase) for phase in (0, np.pi / 2))
    shown = [gratings.grating(33, 0, 8, phase) for phase in 2 * np.pi * np.arange(32) / 32]
    simple = [cortex.simple_cell(img, even).item() for img in shown]
    energy = [cortex.energy(img, even, odd).item() for img in shown]
    assert cortex.modulation(simple) > 1.5
    assert cortex.modulation(energy) < 0.01


@pytest.mark.parametrize("number, letter", list(enumerate(letters.LETTERS)))
def test_a_letter_may_move_by_the_sum_of_both_radii(number, letter):
    for down in range(-4, 5):
        for right in range(-4, 5):
            within = max(abs(down), abs(right)) <= 3
            answers = last_cells(letters.draw(letter, (down, right)))
            np.testing.assert_allclose(answers, np.eye(3)[number] * within, atol=1e-9)


def test_letters_in_pieces_are_none_until_the_first_stage_forgives_too_much():
    for letter in letters.LETTERS:
        assert not last_cells(letters.shuffled(letter)).any()
    np.testing.assert_allclose(last_cells(letters.shuffled("L"), r1=2), [0, 1, 0])


# The data


def test_a_grating_is_brightest_in_the_middle_and_runs_to_the_right_and_down():
    assert gratings.grating(33)[16, 16] == gratings.grating(33).max() == 1
    np.testing.assert_allclose(gratings.grating(9, np.pi / 2, 5), gratings.grating(9, 0, 5).T)
    slanting = gratings.grating(33, np.pi / 4, 8 * np.sqrt(2))
    np.testing.assert_allclose(slanting[1:, :-1], slanting[:-1, 1:], atol=1e-12)


def test_a_syllable_is_silent_outside_its_steps():
    for kind in syllables.SYLLABLES:
        x = syllables.draw(kind, 6)
        assert x.shape == (24, 16)
        assert not x[:6].any() and not x[15:].any() and x[6:15].any(axis=1).all()
        np.testing.assert_allclose(syllables.draw(kind, 9)[3:], x[:-3])


def test_the_same_seed_gives_the_same_examples():
    for source in (gratings, letters, syllables):
        first, again, other = (source.sample(20, np.random.default_rng(s)) for s in (3, 3, 4))
        np.testing.assert_array_equal(first[0], again[0])
        np.testing.assert_array_equal(first[1], again[1])
        assert not np.array_equal(first[0], other[0])
        assert len(first[0]) == len(first[1]) == 20


def test_what_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="L, T, X"):
        letters.draw("Q")
    with pytest.raises(ValueError, match="rise, fall, bend"):
        syllables.draw("buzz", 0)
    with pytest.raises(ValueError, match="0 to 15"):
        syllables.draw("rise", 16)
    with pytest.raises(ValueError, match="rng"):
        syllables.draw("rise", 0, noise=0.1)


@pytest.mark.slow
def test_tensorflow_datasets_prepares_them_without_network(tmp_path):
    tfds = pytest.importorskip("tensorflow_datasets")
    import nablab.data.builders  # noqa: F401

    for name in ("nablab_gratings", "nablab_letters", "nablab_syllables"):
        parts, info = tfds.load(name, data_dir=tmp_path, with_info=True, try_gcs=False)
        sizes = {part: split.num_examples for part, split in info.splits.items()}
        assert sizes == {"train": 600, "test": 200}
        assert "label" in next(iter(tfds.as_numpy(parts["train"])))


# The reference


def test_the_s_layer_without_threshold_and_the_time_delay_network_equal_keras():
    keras = pytest.importorskip("keras")
    rng = np.random.default_rng(0)
    x, w = rng.uniform(size=(7, 5, 3)), rng.uniform(size=(3, 2, 3, 4))
    theirs = keras.ops.conv(
        keras.ops.cast(x[None], "float64"), keras.ops.cast(w, "float64"), padding="valid"
    )
    np.testing.assert_allclose(
        cortex.s_layer(x, w, 0), keras.ops.convert_to_numpy(theirs)[0] / w.sum(axis=(0, 1, 2))
    )
    sound, w1, w2 = (rng.normal(size=s) for s in ((11, 4), (3, 4, 5), (2, 5, 3)))
    h = keras.ops.relu(keras.ops.conv(keras.ops.cast(sound[None], "float64"), w1, padding="valid"))
    z = keras.ops.convert_to_numpy(keras.ops.conv(h, w2, padding="valid"))
    np.testing.assert_allclose(cortex.time_delay(sound, w1, w2), z[0].mean(axis=0))


def test_the_c_layer_equals_scipys_maximum_filter():
    ndimage = pytest.importorskip("scipy.ndimage")
    s = np.random.default_rng(0).uniform(size=(7, 5, 2))
    for r in (0, 1, 3):
        theirs = ndimage.maximum_filter(s, size=(2 * r + 1, 2 * r + 1, 1), mode="nearest")
        np.testing.assert_allclose(cortex.c_layer(s, r), theirs)


def test_the_share_in_a_plane_is_that_of_least_squares():
    rng = np.random.default_rng(0)
    f, pairs = rng.normal(size=9), rng.normal(size=(4, 2, 9))
    for share, pair in zip(cortex.share_in_planes(f, pairs), pairs, strict=True):
        _, rest, *_ = np.linalg.lstsq(pair.T, f, rcond=None)
        assert share == pytest.approx(1 - rest.item() / (f @ f))


# The pictures


def test_pictures_and_data_load_no_library_before_they_are_used():
    code = (
        "import sys; from nablab import data; from nablab.show import cortex;"
        "data.letters.draw('T'); data.syllables.draw('rise', 3); data.gratings.grating(9);"
        "print([m for m in ('matplotlib', 'sklearn', 'scipy', 'keras') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
