"""Runs two layers or optimizers in turn, compiled as Keras compiles them, and compares their times.

KERAS_BACKEND must be set before this is imported.
"""

import inspect
import statistics
import time

import keras
from keras import ops

BACKEND = keras.backend.backend()
LEAST_S = 0.5  # short calls are repeated for about this long
MOST = 200  # repetitions
NOISY = 0.1  # a pair whose two halves differ by more than this is measured again
TRIES = 3

if BACKEND == "tensorflow":
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # else it warns that many functions are traced
elif BACKEND == "jax":
    import jax
else:
    import torch


def calm(ours, theirs, repeats):
    """The median times of both, in seconds. Where the ratio of the first half of the rounds and that
    of the second differ, something else was running: then both are measured again, and the calmest
    try is the result."""
    tries = []
    for _ in range(TRIES):
        times = in_turn(ours, theirs, repeats)
        ratios = [
            statistics.median(mine) / statistics.median(other)
            for mine, other in (map(first_half, times), map(second_half, times))
        ]
        unrest = max(ratios) / min(ratios) - 1
        tries.append((unrest, *map(statistics.median, times)))
        if unrest <= NOISY:
            break
    return min(tries)[1:]


def first_half(times):
    return times[: (len(times) + 1) // 2]


def second_half(times):
    return times[len(times) // 2 :]


def in_turn(ours, theirs, repeats):
    """The times of both, in seconds. The one that begins changes from round to round."""
    settle(ours()), settle(theirs())  # compiles
    longest = max(seconds(ours), seconds(theirs))
    rounds = max(repeats, min(MOST, int(LEAST_S / longest)))
    mine, other = [], []
    for number in range(rounds):
        pairs = [(ours, mine), (theirs, other)]
        for run, times in pairs if number % 2 else reversed(pairs):
            times.append(seconds(run))
    return mine, other


def seconds(run):
    start = time.perf_counter()
    settle(run())
    return time.perf_counter() - start


def settle(value):
    """Waits until the device has computed the value."""
    if BACKEND == "jax":
        jax.block_until_ready(value)
    elif BACKEND == "tensorflow" and tf.config.list_physical_devices("GPU"):
        tf.test.experimental.sync_devices()
    elif BACKEND == "torch" and torch.cuda.is_available():
        torch.cuda.synchronize()


def as_they_are(*xs):
    return xs


def forward(layer, inputs, nest=as_they_are):
    """A function without arguments that computes the layer's output at inference. `nest` turns the
    inputs into the layer's arguments."""
    more = training(layer, False)
    if BACKEND == "tensorflow":
        call = tf.function(lambda *xs: layer(*nest(*xs), **more))
        return lambda: call(*inputs)
    if BACKEND == "jax":
        trained, rest = weights(layer)
        call = jax.jit(lambda t, r, xs: layer.stateless_call(t, r, *nest(*xs), **more))
        return lambda: call(trained, rest, inputs)

    def call():
        with torch.no_grad():
            return layer(*nest(*inputs), **more)

    return call


def forward_backward(layer, inputs, nest=as_they_are, by=None):
    """The same for the gradients of the output's sum of squares, in training mode, with respect to
    the weights and to the inputs at the positions `by`; if that is None, to every input with real
    numbers."""
    more = training(layer, True)
    real = [place for place, x in enumerate(inputs) if is_real(x)] if by is None else by
    run = {"tensorflow": tf_gradients, "jax": jax_gradients, "torch": torch_gradients}[BACKEND]
    return run(layer, inputs, real, nest, more)


def tf_gradients(layer, inputs, real, nest, more):
    sources = [v.value for v in layer.trainable_variables]

    @tf.function
    def run(*xs):
        wanted = [*sources, *(xs[place] for place in real)]
        with tf.GradientTape() as tape:
            tape.watch([xs[place] for place in real])
            loss = sum_of_squares(layer(*nest(*xs), **more))
        return tape.gradient(loss, wanted)

    return lambda: run(*inputs)


def jax_gradients(layer, inputs, real, nest, more):
    trained, rest = weights(layer)

    def loss(trained, wanted, rest, xs):
        xs = list(xs)
        for place, x in zip(real, wanted, strict=True):
            xs[place] = x
        outputs, rest = layer.stateless_call(trained, rest, *nest(*xs), **more)
        return sum_of_squares(outputs), rest

    run = jax.jit(jax.grad(loss, argnums=(0, 1), has_aux=True))
    return lambda: run(trained, [inputs[place] for place in real], rest, inputs)


def torch_gradients(layer, inputs, real, nest, more):
    inputs = [x.detach().clone().requires_grad_(place in real) for place, x in enumerate(inputs)]
    leaves = [v.value for v in layer.trainable_variables] + [inputs[place] for place in real]

    def run():
        for leaf in leaves:
            leaf.grad = None
        sum_of_squares(layer(*nest(*inputs), **more)).backward()
        return [leaf.grad for leaf in leaves]

    return run


def step(optimizer, variables, gradients):
    """A function without arguments that takes one step of an optimizer."""
    optimizer.build(variables)
    if BACKEND == "tensorflow":
        apply = tf.function(lambda gs: optimizer.apply(gs, variables))
        return lambda: apply(gradients)
    if BACKEND == "jax":
        # As in fit, the step may overwrite the weights that it gets.
        apply = jax.jit(optimizer.stateless_apply, donate_argnums=(0, 2))
        state = [v.value for v in variables], [v.value for v in optimizer.variables]

        def run():
            nonlocal state
            state = apply(state[1], gradients, state[0])
            return state

        return run

    def run():
        with torch.no_grad():
            optimizer.apply(gradients, variables)

    return run


def training(layer, value):
    takes = "training" in inspect.signature(type(layer).call).parameters
    return {"training": value} if takes else {}


def weights(layer):
    return (
        [v.value for v in layer.trainable_variables],
        [v.value for v in layer.non_trainable_variables],
    )


def is_real(x):
    return "float" in keras.backend.standardize_dtype(x.dtype)


def sum_of_squares(outputs):
    return sum(ops.sum(ops.square(y)) for y in keras.tree.flatten(outputs))
