"""The visible checks of 5.4."""

import numpy as np

from nablab.checking import check, close, contract, generator
from nablab.reference.initialization import activate, backward_deviations, dense_step_back

from .oracles import change_is, logs_of, sizes_are, tenths

STEP = {
    "dy": np.array([[1.0, 2.0]]),
    "z": np.array([[3.0, -1.0]]),
    "w": np.array([[2.0, 5.0], [-1.0, 4.0], [3.0, 6.0]]),
}


@check("contract")
def test_a_step_and_a_number_for_each_layer(student):
    """back_step returns one gradient for each input, grad_propagate one number for each layer"""
    contract(student, "back_step", STEP["dy"], STEP["z"], STEP["w"], "relu", shape=(1, 3))
    contract(student, "grad_propagate", 5, 13, "relu", 2.0, generator(student, 1), shape=(5,))
    widths = [11, 13, 17]
    contract(student, "grad_propagate", 2, widths, "relu", 2.0, generator(student, 1), shape=(2,))


@check("hand")
def test_the_step_of_the_text(student):
    """The step of the text gives (2, −1, 3)"""
    close(student.back_step(*STEP.values(), "relu"), [[2, -1, 3]], given=STEP)


@check("probe")
def test_one_unit_at_a_time(student):
    """Each unit sends back its weights times its slope"""
    w = np.array([[1.0, 2, 3], [4, 5, 6]])
    z = np.array([[0.5, -0.5, 2.0]] * 3)
    for act in ("linear", "relu", "tanh"):
        dy = np.eye(3)
        close(
            student.back_step(dy, z, w, act),
            dense_step_back(dy, z, w, act),
            f"{act}: in row i, dy is 1 for unit i and 0 for the others.",
            given={"dy": dy, "z": z, "w": w},
        )


@check("probe")
def test_unequal_layers(student):
    """With the variance 2/fan_out the gradient keeps its size, whatever the widths"""
    widths = [70, 280, 70, 280, 70]
    calls = [(4, widths, "relu", 2.0, seed) for seed in range(5)]
    logs = logs_of(student, "grad_propagate", calls)
    sizes_are(logs, 1.0, 0.25, f"relu, scale 2, widths {widths}.")


@check()
def test_a_step_is_the_slope_of_the_loss(student, rng):
    """A step agrees with central differences"""
    x, w, dy = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=(5, 4))
    for act in ("tanh", "linear"):
        expected = np.zeros_like(x)
        for where in np.ndindex(x.shape):
            nudge = np.zeros_like(x)
            nudge[where] = 1e-5
            up, down = (np.sum(dy * activate((x + s * nudge) @ w, act)) for s in (1, -1))
            expected[where] = (up - down) / 2e-5
        close(
            student.back_step(dy, x @ w, w, act),
            expected,
            f"{act}: the loss is Σ dy · φ(x w), and dx is its gradient with respect to x.",
            atol=1e-5 * float(np.abs(expected).max()),  # float32, where products cancel out
            given={"dy": dy, "z": x @ w, "w": w},
        )


@check()
def test_the_factor_on_the_way_back(student):
    """Each ReLU layer multiplies the gradient by √(scale/2), nearest to the output first"""
    for scale in (2.0, 1.0):
        calls = [(8, 100, "relu", scale, seed) for seed in range(5)]
        logs = logs_of(student, "grad_propagate", calls)
        change_is(logs, scale, 0.08, f"relu, scale {scale:g}.")
        sizes_are(logs[:, :1], np.sqrt(scale / 2), 0.15, f"relu, scale {scale:g}, one layer back.")


@check("oracle")
def test_tanh_on_the_way_back(student):
    """tanh layers have the sizes that theory gives for very wide layers"""
    calls = [(4, 150, "tanh", 2.0, seed) for seed in (11, 12, 13)]
    sizes_are(
        logs_of(student, "grad_propagate", calls),
        backward_deviations([150] * 5, "tanh", 2.0),
        0.1,
        "tanh, scale 2.",
    )


def probe_gradients(student):
    """Sizes of gradients in a few networks."""
    calls = [(3, widths, act, scale, 1) for widths, act, scale in GRADIENTS]
    return [tenths(np.exp(logs)) for logs in logs_of(student, "grad_propagate", calls)]


GRADIENTS = ((200, "relu", 0.5), ([70, 280, 70, 280], "relu", 2.0), (200, "tanh", 8.0))


def probe_steps(student):
    """A few steps back, rounded."""
    w, dy = np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([[1.0, -2, 0.5]])
    z = np.array([[0.5, -0.5, 2.0]])
    return [np.round(student.back_step(dy, z, w, act), 5) for act in ("relu", "tanh", "linear")]


PROBES = [probe_steps, probe_gradients]
