"""Models built only from this package's layers, trained on data that needs no network.

The bounds are what a prototype of each model reached, with room for another seed.
"""

import keras
import numpy as np
import pytest
from keras import ops

from nablab import layers

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(11)


@pytest.fixture(scope="module")
def placed_digits():
    """Digits of 8x8 pixels at random places of a field of 20x20: (images, labels), in that order for
    training and for testing. No digit of one part is in the other."""
    datasets = pytest.importorskip("sklearn.datasets")
    digits = datasets.load_digits()
    images, labels = digits.images / 16, digits.target
    rng = np.random.default_rng(0)
    order = rng.permutation(len(images))
    parts = []
    for chosen, count in ((order[:1400], 8000), (order[1400:], 1000)):
        taken = rng.choice(chosen, count)
        placed = np.zeros((count, 20, 20, 1), "float32")
        for field, index in zip(placed, taken, strict=True):
            row, column = rng.integers(0, 13, 2)
            field[row : row + 8, column : column + 8, 0] = images[index]
        parts.append((placed, labels[taken]))
    return parts


def accuracy_of(model, parts, epochs, rate=3e-3):
    (x, y), (x_test, y_test) = parts
    model.compile(
        keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    model.fit(x, y, epochs=epochs, batch_size=64, verbose=0)
    return np.mean(np.argmax(model.predict(x_test, verbose=0), -1) == y_test)


def test_a_lenet_reads_digits_at_any_position(placed_digits):
    image = keras.Input((20, 20, 1))
    y = layers.Conv2D(6, 5, padding="same", activation="relu")(image)
    y = layers.MaxPool2D(2)(y)
    y = layers.Conv2D(16, 5, activation="relu")(y)
    y = layers.MaxPool2D(2)(y)
    y = layers.Dense(120, activation="relu")(keras.layers.Flatten()(y))
    y = layers.Dense(84, activation="relu")(y)
    model = keras.Model(image, layers.Dense(10)(y))
    assert accuracy_of(model, placed_digits, epochs=12) >= 0.88  # three seeds: .915 to .936


def test_a_small_residual_network_reads_them_too(placed_digits):
    image = keras.Input((20, 20, 1))
    y = layers.Conv2D(16, 3, padding="same", use_bias=False)(image)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.ResidualBlock(16)(y)
    y = layers.ResidualBlock(32, strides=2)(y)
    y = layers.GlobalMaxPool()(y)
    model = keras.Model(image, layers.Dense(10)(y))
    assert accuracy_of(model, placed_digits, epochs=6) >= 0.97  # three seeds: .982 to .991


def test_causal_dilated_blocks_predict_a_chord():
    """Predicts the next sample of three tones with random phases and pitches."""
    rng = np.random.default_rng(1)
    time = np.arange(97)
    pitch = rng.uniform(0.05, 0.6, (600, 3, 1))
    phase = rng.uniform(0, 2 * np.pi, (600, 3, 1))
    wave = np.sin(pitch * time + phase).mean(1)[..., None].astype("float32")  # (600, 97, 1)
    past, future = wave[:, :-1], wave[:, 1:]
    sound = keras.Input((96, 1))
    y, sums = layers.Conv1D(16, 1)(sound), []
    for dilation in (1, 2, 4, 8):
        y, skip = layers.CausalDilatedBlock(16, 2, dilation_rate=dilation)(y)
        sums.append(skip)
    model = keras.Model(sound, layers.Conv1D(1, 1)(layers.ReLU()(keras.layers.Add()(sums))))
    model.compile(keras.optimizers.Adam(5e-3), "mse")
    model.fit(past[:500], future[:500], epochs=30, batch_size=50, verbose=0)
    heard = slice(16, None)  # once the field of the blocks is full
    error = np.mean((model.predict(past[500:], verbose=0) - future[500:])[:, heard] ** 2)
    as_before = np.mean((past[500:] - future[500:])[:, heard] ** 2)
    assert error < 0.1 * as_before


@pytest.fixture(scope="module")
def help_text():
    """200,000 lower-case characters of Python's own help: (size of the alphabet, ids)."""
    from pydoc_data.topics import topics

    text = " ".join(topics[name] for name in sorted(topics)).lower()[:200_000]
    alphabet, numbers = np.unique(list(text), return_inverse=True)
    return len(alphabet), numbers.astype("int32")


def test_an_lstm_beats_counted_pairs_at_the_next_character(help_text):
    size, text = help_text
    train, test = text[:180_000], text[180_000:]
    pairs = np.ones((size, size))
    np.add.at(pairs, (train[:-1], train[1:]), 1)
    chance = pairs / pairs.sum(1, keepdims=True)
    counted = -np.mean(np.log(chance[test[:-1], test[1:]]))

    def windows(text, count):
        begins = np.linspace(0, len(text) - 34, count).astype(int)
        return np.stack([text[b : b + 33] for b in begins])

    x, held_out = windows(train, 5000), windows(test, 400)
    known = keras.Input((None,), dtype="int32")
    y = layers.LSTM(128, return_sequences=True)(layers.Embedding(size, 32)(known))
    model = keras.Model(known, layers.Dense(size)(y))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(5e-3), loss)
    model.fit(x[:, :-1], x[:, 1:], epochs=4, batch_size=64, verbose=0)
    learnt = model.evaluate(held_out[:, :-1], held_out[:, 1:], verbose=0)
    assert learnt < counted - 0.1


def test_a_transformer_block_reverses_eight_tokens():
    rng = np.random.default_rng(2)
    x = rng.integers(0, 10, (6000, 8)).astype("int32")
    tokens = keras.Input((8,), dtype="int32")
    y = layers.SinusoidalPositions()(layers.Embedding(10, 32)(tokens))
    y = layers.TransformerBlock(num_heads=2, key_dim=16, hidden_dim=64)(y)
    model = keras.Model(tokens, layers.Dense(10)(y))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3), loss)
    model.fit(x[:5000], x[:5000, ::-1], epochs=12, batch_size=64, verbose=0)
    answer = np.argmax(model.predict(x[5000:], verbose=0), -1)
    assert np.mean(answer == x[5000:, ::-1]) >= 0.98


def test_a_gcn_splits_the_karate_club_from_two_labels():
    networkx = pytest.importorskip("networkx")
    club = networkx.karate_club_graph()
    adjacency = networkx.to_numpy_array(club, weight=None).astype("float32")[None]
    side = np.array([club.nodes[n]["club"] != "Mr. Hi" for n in club]).astype("int32")
    people, friends = keras.Input((34, 34)), keras.Input((34, 34))
    y = layers.GCN(16, activation="relu")(people, friends)
    model = keras.Model([people, friends], layers.GCN(2)(y, friends))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    known = np.zeros((1, 34), "float32")
    known[0, [0, 33]] = 1
    everybody = np.eye(34, dtype="float32")[None]
    for _ in range(100):
        model.train_on_batch([everybody, adjacency], side[None], sample_weight=known)
    answer = ops.convert_to_numpy(ops.argmax(model([everybody, adjacency]), -1))[0]
    assert np.mean(answer == side) >= 0.88
