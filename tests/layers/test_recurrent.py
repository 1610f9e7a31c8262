"""Properties of recurrent layers: causality, memory, masks, continuation, direction."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tests.backends import compiled, numbers

import nablab.layers
from nablab.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Embedding,
    GRUCell,
    LSTMCell,
    SimpleRNN,
    SimpleRNNCell,
)

pytestmark = pytest.mark.slow

KINDS = {
    "SimpleRNN": lambda **more: SimpleRNN(3, **more),
    "LSTM": lambda **more: LSTM(3, **more),
    "GRU": lambda **more: GRU(3, **more),
    "GRU, reset before": lambda **more: GRU(3, reset_after=False, **more),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
some = settings(max_examples=20)
seeds = st.integers(0, 2**16)
lengths = st.integers(1, 6)


def filled(layer, seed=0, n=4):
    """The layer with random weights."""
    layer.build((None, None, n))
    rng = np.random.default_rng(seed)
    for variable in layer.variables:
        variable.assign(rng.normal(scale=0.7, size=variable.shape))
    return layer


def alike(layer, other):
    """The other layer with the weights of the first."""
    other.build((None, None, layer.cell.kernel.shape[0]))
    other.set_weights(layer.get_weights())
    return other


def sequence(seed, length, n=4, batch=2):
    return np.random.default_rng(seed).normal(size=(batch, length, n)).astype("float32")


# Time


@every_kind
@some
@given(seed=seeds, length=st.integers(2, 6), data=st.data())
def test_a_later_input_does_not_change_an_earlier_output_by_a_bit(kind, seed, length, data):
    layer, x = filled(KINDS[kind](return_sequences=True), seed), sequence(seed, length)
    t = data.draw(st.integers(1, length - 1))
    changed = x.copy()
    changed[:, t:] += 100
    before, after = numbers(layer(x)), numbers(layer(changed))
    assert np.array_equal(before[:, :t], after[:, :t])
    assert not np.array_equal(before[:, t], after[:, t])


@every_kind
@some
@given(seed=seeds, first=lengths, second=lengths)
def test_the_second_half_from_the_first_halfs_state_continues_the_whole(kind, seed, first, second):
    layer = filled(KINDS[kind](return_sequences=True, return_state=True), seed)
    x = sequence(seed, first + second)
    whole, *whole_states = numbers(layer(x))
    start, *states = layer(x[:, :first])
    rest, *last_states = numbers(layer(x[:, first:], initial_state=states))
    got = np.concatenate([numbers(start), rest], axis=1)
    np.testing.assert_allclose(got, whole, atol=1e-6)
    np.testing.assert_allclose(last_states, whole_states, atol=1e-6)


@every_kind
def test_the_first_returned_state_is_the_last_output(kind):
    layer = filled(KINDS[kind](return_sequences=True, return_state=True))
    y, h, *_ = numbers(layer(sequence(1, 5)))
    assert np.array_equal(y[:, -1], h)
    last = alike(layer, KINDS[kind](return_state=True))
    y, h, *_ = numbers(last(sequence(1, 5)))
    assert np.array_equal(y, h)


@every_kind
def test_going_backwards_is_going_forwards_through_the_reversed_sequence(kind):
    layer = filled(KINDS[kind](return_sequences=True))
    back = alike(layer, KINDS[kind](return_sequences=True, go_backwards=True))
    x = sequence(2, 5)
    np.testing.assert_allclose(numbers(back(x)), numbers(layer(x[:, ::-1])), atol=1e-6)


@every_kind
def test_the_layer_is_its_cell_called_step_by_step(kind):
    layer, x = filled(KINDS[kind](return_sequences=True)), sequence(3, 4)
    states = [ops.zeros((2, 3)) for _ in layer.cell.state_size]
    for t in range(4):
        y, states = layer.cell(x[:, t], states)
        np.testing.assert_allclose(numbers(y), numbers(layer(x))[:, t], atol=1e-6)


@pytest.mark.parametrize("cell", [SimpleRNNCell, LSTMCell, GRUCell])
def test_a_cell_can_be_stacked_and_looped_by_keras(cell):
    layer = keras.layers.RNN([cell(3), cell(2)], return_sequences=True)
    assert tuple(layer(sequence(4, 5)).shape) == (2, 5, 2)


# Masks


@every_kind
@some
@given(seed=seeds, real=lengths, padding=st.integers(1, 3))
def test_a_masked_tail_is_a_shorter_sequence(kind, seed, real, padding):
    layer = filled(KINDS[kind](return_sequences=True, return_state=True), seed)
    x = sequence(seed, real + padding)
    mask = np.broadcast_to(np.arange(real + padding) < real, (2, real + padding))
    y, *states = numbers(layer(x, mask=ops.convert_to_tensor(mask)))
    shorter, *shorter_states = numbers(layer(x[:, :real]))
    np.testing.assert_allclose(y[:, :real], shorter, atol=1e-6)
    np.testing.assert_allclose(states, shorter_states, atol=1e-6)
    for t in range(real, real + padding):
        np.testing.assert_allclose(y[:, t], shorter[:, -1], atol=1e-6)


@every_kind
@some
@given(seed=seeds, length=st.integers(1, 6))
def test_a_step_masked_anywhere_is_as_if_it_were_not_there(kind, seed, length):
    layer, x = filled(KINDS[kind](), seed), sequence(seed, length, batch=1)
    mask = np.random.default_rng(seed).random(length) < 0.6
    mask[-1] = True
    got = layer(x, mask=ops.convert_to_tensor(mask[None]))
    np.testing.assert_allclose(numbers(got), numbers(layer(x[:, mask])), atol=1e-6)


@every_kind
def test_going_backwards_a_masked_tail_is_skipped(kind):
    layer = filled(KINDS[kind](go_backwards=True))
    x, mask = sequence(5, 5), np.array([[True, True, True, False, False]] * 2)
    got = layer(x, mask=ops.convert_to_tensor(mask))
    np.testing.assert_allclose(numbers(got), numbers(layer(x[:, :3])), atol=1e-6)


def test_the_mask_of_an_embedding_reaches_the_last_of_several_layers():
    ids = keras.Input((None,), dtype="int32")
    table = Embedding(9, 4, mask_zero=True)
    y = Bidirectional(LSTM(3, return_sequences=True))(table(ids))
    model = keras.Model(ids, GRU(2)(SimpleRNN(3, return_sequences=True)(y)))
    short = np.array([[3, 1, 4], [1, 5, 8]])
    padded = np.pad(short, ((0, 0), (0, 4)))
    np.testing.assert_allclose(numbers(model(padded)), numbers(model(short)), atol=1e-6)


def test_the_mask_of_an_embedding_is_obeyed_also_beside_an_initial_state():
    embedded = Embedding(9, 4, mask_zero=True)(np.array([[3, 1, 4, 0, 0], [1, 5, 8, 0, 0]]))
    h = np.ones((2, 3), "float32")
    for layer in (GRU(3), Bidirectional(GRU(3))):
        states = [h] if isinstance(layer, GRU) else [h, h]
        got = layer(embedded, initial_state=states)
        expected = layer(ops.convert_to_tensor(numbers(embedded)[:, :3]), initial_state=states)
        np.testing.assert_allclose(numbers(got), numbers(expected), atol=1e-6)


def test_in_both_directions_the_outputs_are_0_at_padding():
    both = filled(Bidirectional(LSTM(3, return_sequences=True)))
    mask = ops.convert_to_tensor(np.array([[True, True, False, False]] * 2))
    y = numbers(both(sequence(8, 4), mask=mask))
    assert np.all(y[:, 2:] == 0) and np.all(y[:, :2] != 0)


@every_kind
def test_a_mask_or_a_state_of_another_shape_is_refused_with_both_shapes(kind):
    layer, x = filled(KINDS[kind]()), sequence(0, 5)
    with pytest.raises(ValueError, match=r"(?s)\(2, 4\).*\(2, 5\)"):
        layer(x, mask=np.ones((2, 4), bool))
    with pytest.raises(ValueError, match=r"(?s)initial_state.*\(2, 4\).*\(2, 3\)"):
        layer(x, initial_state=[np.ones((2, 4), "float32")] * len(layer.cell.state_size))
    with pytest.raises(ValueError, match="initial_state"):
        layer(x, initial_state=[np.ones((2, 3), "float32")] * 3)


# As Keras's layers


@every_kind
def test_a_stateful_layer_continues_where_the_batch_before_ended(kind):
    layer = filled(KINDS[kind]())
    stateful = KINDS[kind](stateful=True)
    x = sequence(1, 6)
    stateful(x[:, :4])
    stateful.set_weights([*layer.get_weights(), *stateful.get_weights()[3:]])
    stateful.reset_state()
    stateful(x[:, :4])
    np.testing.assert_allclose(numbers(stateful(x[:, 4:])), numbers(layer(x)), atol=1e-6)
    stateful.reset_state()
    np.testing.assert_allclose(numbers(stateful(x)), numbers(layer(x)), atol=1e-6)


@every_kind
def test_the_bidirectional_of_keras_takes_it_and_gives_the_same(kind):
    ours = filled(Bidirectional(KINDS[kind](return_sequences=True)))
    theirs = keras.layers.Bidirectional(KINDS[kind](return_sequences=True))
    x, mask = sequence(2, 4), np.array([[True] * 3 + [False]] * 2)
    theirs.build(x.shape)
    theirs.set_weights(ours.get_weights())
    mask = ops.convert_to_tensor(mask)
    np.testing.assert_allclose(
        numbers(theirs(x, mask=mask)), numbers(ours(x, mask=mask)), atol=1e-6
    )


def test_a_weights_file_of_keras_is_loaded_and_one_of_ours_by_keras(tmp_path):
    def model(library):
        y = x = keras.Input((4, 5))
        for name in ("SimpleRNN", "LSTM", "GRU"):
            y = getattr(library, name)(3, return_sequences=True, dropout=0.1)(y)
        return keras.Model(x, library.Bidirectional(library.LSTM(2))(y))

    ours, theirs = model(nablab.layers), model(keras.layers)
    x = sequence(3, 4, n=5)
    for source, target in ((theirs, ours), (ours, theirs)):
        for number, weight in enumerate(source.trainable_variables):
            weight.assign(np.random.default_rng(number).normal(size=weight.shape))
        source.save_weights(tmp_path / "some.weights.h5")
        target.load_weights(tmp_path / "some.weights.h5")
        np.testing.assert_allclose(numbers(target(x)), numbers(source(x)), atol=1e-5)


@every_kind
def test_dropout_drops_the_same_channels_at_every_step(kind):
    layer = filled(KINDS[kind](return_sequences=True, dropout=0.5, seed=1))
    x = sequence(4, 5, batch=1)
    state = numbers(layer.cell.seed_generator.state)

    def output(x):
        layer.cell.seed_generator.state.assign(state)
        return numbers(layer(x, training=True))

    matters = []
    for channel in range(4):
        changed = x.copy()
        changed[:, :, channel] += 1
        differs = np.any(output(changed) != output(x), axis=-1)[0]
        assert differs.all() or not differs.any()
        matters.append(differs.any())
    assert not all(matters)


# Memory


def constant_gates(kind, units, biases):
    """A layer whose gates depend on the biases only: 200 opens a gate, -200 closes it."""
    layer = kind(units, return_sequences=True, return_state=True, kernel_initializer="zeros")
    layer.build((None, None, 4))
    layer.cell.recurrent_kernel.assign(np.zeros(layer.cell.recurrent_kernel.shape))
    bias = np.repeat(biases, units).astype("float32")
    if kind is GRU:
        bias = np.stack([bias, np.zeros_like(bias)])
    layer.cell.bias.assign(bias)
    return layer


@some
@given(seed=seeds, length=st.integers(1, 50))
def test_an_lstm_with_an_open_forget_gate_and_a_closed_input_gate_copies_its_cell(seed, length):
    layer = constant_gates(LSTM, 3, [-200, 200, 1, 0])
    c = sequence(seed, 1, n=3)[:, 0]
    got = numbers(layer(sequence(seed, length), initial_state=[np.zeros_like(c), c]))[2]
    assert np.array_equal(got, c)


@some
@given(seed=seeds, length=st.integers(1, 50))
def test_a_gru_with_its_update_gate_at_one_copies_its_state(seed, length):
    layer = constant_gates(GRU, 3, [200, 0, 1])
    h = sequence(seed, 1, n=3)[:, 0]
    got = numbers(layer(sequence(seed, length), initial_state=[h]))[1]
    assert np.array_equal(got, h)


def test_the_forget_bias_starts_at_one_and_the_rest_at_zero():
    layer = LSTM(2)
    layer.build((None, None, 4))
    assert numbers(layer.cell.bias).tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    layer = LSTM(2, unit_forget_bias=False)
    layer.build((None, None, 4))
    assert not numbers(layer.cell.bias).any()


@pytest.mark.parametrize("kind", [SimpleRNN, LSTM, GRU])
def test_the_recurrent_kernel_starts_with_orthonormal_rows(kind):
    layer = kind(3)
    layer.build((None, None, 4))
    U = numbers(layer.cell.recurrent_kernel)
    np.testing.assert_allclose(U @ U.T, np.eye(3), atol=1e-5)


@pytest.mark.parametrize("reset_after", [True, False])
@some
@given(seed=seeds, length=lengths)
def test_negated_weights_of_z_turn_a_gru_of_the_opposite_convention_into_ours(
    reset_after, seed, length
):
    """The opposite: h' = (1 - z) ⊙ h + z ⊙ h~."""
    layer = filled(GRU(3, return_sequences=True, reset_after=reset_after), seed)
    x = sequence(seed, length)
    W, U, b = layer.get_weights()

    def sigmoid(a):
        return 1 / (1 + np.exp(-a))

    b_x, b_h = b if reset_after else (b, np.zeros_like(b))
    h, expected = np.zeros((2, 3)), []
    for t in range(length):
        z, r, new = np.split(x[:, t] @ W + b_x, 3, axis=-1)
        U_z, U_r, U_h = np.split(U, 3, axis=-1)
        u_z, u_r, u_h = np.split(b_h, 3)
        z, r = sigmoid(z + h @ U_z + u_z), sigmoid(r + h @ U_r + u_r)
        new = np.tanh(new + (r * (h @ U_h + u_h) if reset_after else (r * h) @ U_h))
        h = (1 - z) * h + z * new
        expected.append(h)

    sign = np.repeat([-1.0, 1.0, 1.0], 3)
    layer.set_weights([W * sign, U * sign, b * sign])
    np.testing.assert_allclose(numbers(layer(x)), np.stack(expected, axis=1), atol=1e-5)


# Both directions


@every_kind
def test_the_backward_half_is_the_layer_on_the_reversed_sequence(kind):
    both = filled(Bidirectional(KINDS[kind](return_sequences=True)))
    forward = alike(both.forward_layer, KINDS[kind](return_sequences=True))
    backward = alike(both.backward_layer, KINDS[kind](return_sequences=True))
    x = sequence(6, 5)
    y = numbers(both(x))
    np.testing.assert_allclose(y[..., :3], numbers(forward(x)), atol=1e-6)
    reversed_twice = numbers(backward(x[:, ::-1]))[:, ::-1]
    np.testing.assert_allclose(y[..., 3:], reversed_twice, atol=1e-6)


@pytest.mark.parametrize(
    ("merge_mode", "merged"),
    [
        ("sum", lambda a, b: a + b),
        ("ave", lambda a, b: (a + b) / 2),
        ("mul", lambda a, b: a * b),
    ],
)
def test_the_halves_are_merged_as_the_argument_says(merge_mode, merged):
    apart = filled(Bidirectional(LSTM(3)))
    together = filled(Bidirectional(LSTM(3), merge_mode))
    x = sequence(7, 5)
    first, second = np.split(numbers(apart(x)), 2, axis=-1)
    np.testing.assert_allclose(numbers(together(x)), merged(first, second), atol=1e-6)


def test_both_directions_skip_a_masked_tail():
    both = filled(Bidirectional(GRU(3, return_sequences=True)))
    x, mask = sequence(8, 6), np.array([[True] * 4 + [False] * 2] * 2)
    got = both(x, mask=ops.convert_to_tensor(mask))
    np.testing.assert_allclose(numbers(got)[:, :4], numbers(both(x[:, :4])), atol=1e-6)


def test_a_layer_given_to_bidirectional_is_only_a_template():
    pattern = LSTM(3)
    one, other = Bidirectional(pattern), Bidirectional(pattern)
    x = sequence(9, 4)
    one(x), other(x)
    assert not pattern.built
    ids = {id(v) for v in (*one.weights, *other.weights)}
    assert len(ids) == 12


def test_a_layer_that_goes_backwards_is_refused_by_bidirectional():
    with pytest.raises(ValueError, match=r"Bidirectional: layer .* forwards"):
        Bidirectional(LSTM(3, go_backwards=True))


def test_bidirectional_takes_the_precision_of_its_template():
    assert Bidirectional(LSTM(3, dtype="float64")).compute_dtype == "float64"
    assert Bidirectional(LSTM(3), dtype="float64").backward_layer.cell.compute_dtype == "float64"


# Training


@pytest.mark.parametrize("jit_compile", [False, True])
@every_kind
def test_a_model_with_it_is_fitted_compiled_and_not(kind, jit_compile):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([KINDS[kind](), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.02), "mse", jit_compile=jit_compile)
    x = sequence(10, 5, batch=32)
    losses = model.fit(x, x[:, 0, :1], epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@every_kind
def test_one_compiled_function_takes_every_batch_and_length(kind):
    layer = filled(KINDS[kind]())
    call = compiled(layer)
    for batch, length in ((1, 3), (4, 7)):
        x = sequence(11, length, batch=batch)
        got = numbers(call(ops.convert_to_tensor(x)))
        np.testing.assert_allclose(got, numbers(layer(x)), atol=1e-6)


@every_kind
def test_without_biases_it_is_what_it_is_with_biases_of_zero(kind):
    layer, x = filled(KINDS[kind]()), sequence(12, 4)
    bare = KINDS[kind](use_bias=False)
    bare.build(x.shape)
    W, U, b = layer.get_weights()
    layer.set_weights([W, U, np.zeros_like(b)])
    bare.set_weights([W, U])
    np.testing.assert_allclose(numbers(bare(x)), numbers(layer(x)), atol=1e-6)


@pytest.mark.parametrize("name", ["LSTM", "GRU"])
def test_with_other_activations_it_equals_the_layer_of_keras(name):
    activations = {"activation": "softsign", "recurrent_activation": "relu"}
    ours = filled({"LSTM": LSTM, "GRU": GRU}[name](3, **activations))
    theirs = getattr(keras.layers, name)(3, **activations)
    x = sequence(13, 4)
    theirs.build(x.shape)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(numbers(ours(x)), numbers(theirs(x)), rtol=1e-5, atol=1e-6)
