"""A recurrent layer gives each sequence of a padded batch what it gives it alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tests.backends import numbers

from nablab.layers import GRU, LSTM, Bidirectional, SimpleRNN

pytestmark = pytest.mark.slow
tried = settings(max_examples=5)
LAYERS = {
    "SimpleRNN": lambda **more: SimpleRNN(3, **more),
    "LSTM": lambda **more: LSTM(3, **more),
    "GRU": lambda **more: GRU(3, **more),
    "GRU, reset before": lambda **more: GRU(3, reset_after=False, **more),
    "backwards": lambda **more: LSTM(3, go_backwards=True, **more),
    "both directions": lambda **more: Bidirectional(GRU(3, **more)),
    "two of them": lambda **more: Bidirectional(LSTM(3, **more), merge_mode="sum"),
}


@pytest.mark.parametrize("name", LAYERS)
@tried
@given(
    lengths=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    more=st.integers(0, 2),
    from_a_state=st.booleans(),
    seed=st.integers(0, 2**16),
)
def test_a_sequence_in_a_padded_batch_is_as_if_alone(name, lengths, more, from_a_state, seed):
    layer = LAYERS[name](return_state=True)
    layer.build((None, None, 4))
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(scale=0.7, size=w.shape) for w in layer.get_weights()])
    steps = max(lengths) + more
    x = rng.normal(size=(len(lengths), steps, 4)).astype("float32")
    mask = np.arange(steps) < np.array(lengths)[:, None]
    count = len(layer(x)) - 1
    states = [rng.normal(size=(len(lengths), 3)).astype("float32") for _ in range(count)]

    def of(x, states, **mask):
        return numbers(layer(x, initial_state=states if from_a_state else None, **mask))

    together = of(x, states, mask=ops.convert_to_tensor(mask))
    for b, length in enumerate(lengths):
        alone = of(x[b : b + 1, :length], [state[b : b + 1] for state in states])
        for one, other in zip(together, alone, strict=True):
            np.testing.assert_allclose(one[b : b + 1], other, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in LAYERS if name != "backwards"])
@tried
@given(
    lengths=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    more=st.integers(0, 2),
    seed=st.integers(0, 2**16),
)
def test_so_is_each_of_its_steps(name, lengths, more, seed):
    layer = LAYERS[name](return_sequences=True)
    layer.build((None, None, 4))
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(scale=0.7, size=w.shape) for w in layer.get_weights()])
    steps = max(lengths) + more
    x = rng.normal(size=(len(lengths), steps, 4)).astype("float32")
    mask = np.arange(steps) < np.array(lengths)[:, None]
    together = numbers(layer(x, mask=ops.convert_to_tensor(mask)))
    for b, length in enumerate(lengths):
        alone = numbers(layer(x[b : b + 1, :length]))
        np.testing.assert_allclose(together[b, :length], alone[0], rtol=0, atol=1e-5)
