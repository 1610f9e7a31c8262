"""Hidden checks of 3.7."""

import numpy as np

from nablab.checking import close, exercise
from nablab.reference.backprop import program_gradients, read_program


def same(student, program, inputs, says="", roots=None):
    """All values and gradients of a program are right; those of several roots add up."""
    found = student.work_out(program, dict(inputs), roots)
    values, _ = program_gradients(program, inputs)
    names = list(values)
    sizes, _ = without_signs(program, inputs)
    expected, terms = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    for root in roots or [names[-1]]:
        slopes, signless = (
            work(program, inputs, root)[1] for work in (program_gradients, without_signs)
        )
        for name in names:
            expected[name] += slopes[name]
            terms[name] += signless[name]
    for which, what, right, size in (
        (0, "values", values, sizes),
        (1, "gradients", expected, terms),
    ):
        right = np.array([right[name] for name in names])
        rms = float(np.sqrt(np.mean(right**2)))
        close(
            [found[name][which] for name in names],
            right,
            f"{says} The {what} of {', '.join(names)}:".strip(),
            atol=max(2e-5 * rms, 1e-6 * max(size.values())),
            constant=True,
            given={"program": program, **inputs},
        )


def without_signs(program, inputs, root=None):
    """What values and gradients would be if nothing cancelled out: what is rounded is of this size."""
    positive = {name: abs(value) for name, value in inputs.items()}
    return program_gradients(program.replace("-", ""), positive, root)


def random_program(rng, lines):
    """A program over three inputs in which most names are used more than once, and no relu is so
    near its kink that rounding decides whether it passes the gradient on."""
    while True:
        program, inputs = drawn_program(rng, lines)
        values, _ = program_gradients(program, inputs)
        bends = [values[on[0]] for _, op, on in read_program(program) if op == "relu"]
        if all(abs(value) > 1e-3 * max(map(abs, values.values())) for value in bends):
            return program, inputs


def drawn_program(rng, lines):
    names, written = ["a", "b", "c"], []
    for k in range(lines):
        kind = rng.choice(["+", "*", "relu"], p=[0.5, 0.35, 0.15])
        left, right = rng.choice(names[-4:]), rng.choice(names)
        if rng.random() < 0.15:
            right = f"{rng.choice([-1, 1]) * rng.uniform(0.5, 1.5):.2f}"
        step = f"relu {left}" if kind == "relu" else f"{left} {kind} {right}"
        names.append(f"n{k}")
        written.append(f"n{k} = {step}")
    written.append(f"z = {names[-1]} + {names[-2]}")
    inputs = {name: round(float(rng.uniform(0.4, 1.4) * rng.choice([-1, 1])), 2) for name in "abc"}
    return "; ".join(written), inputs


@exercise("3.7", stage="oracle")
def test_random_graphs_of_many_nodes(student, rng):
    """Random graphs of up to twelve steps, with shared nodes and plain numbers"""
    for lines in (4, 6, 8, 8, 10, 12):
        same(student, *random_program(rng, lines))


@exercise("3.7", stage="probe")
def test_single_steps(student, rng):
    """Single steps, with Values and with plain numbers on either side"""
    a, b, number = (round(float(rng.uniform(1, 3)), 2) for _ in range(3))
    for step in ("a + b", "a * b", f"a + {number}", f"{number} * a", f"{number} + b", "relu a"):
        for sign in (1, -1):
            same(student, f"c = {step}", {"a": sign * a, "b": -sign * b}, f"c = {step}.")


@exercise("3.7", stage="probe")
def test_short_ways_and_long_ways(student, rng):
    """A node that is reached by a short way and by a long one waits for both"""
    inputs = {"a": float(rng.uniform(1, 2)), "b": float(rng.uniform(-2, -1))}
    chain = "c = a * b; d = c + 2; e = d * c; f = e + d; g = f * e"
    for last in (
        "h = g + c",
        "h = c + g",
        "h = g * d; i = c + h",
        "h = d + c; i = h * g; j = e + i",
    ):
        same(student, f"{chain}; {last}", inputs, f"{last}.")


@exercise("3.7")
def test_gradients_of_several_passes_add_up(student, rng):
    """Passes from one node or from several add up, in every node on the way"""
    inputs = {"a": float(rng.uniform(1, 2)), "b": float(rng.uniform(-2, -1))}
    program = "c = a * b; d = c + a; e = d * c; f = e * e; g = f + d"
    for roots in (["g", "g"], ["g", "g", "g"], ["e", "g"], ["f", "d", "f"], ["d", "e", "f", "g"]):
        same(student, program, inputs, f"From {', then '.join(roots)}.", roots)


@exercise("3.7", stage="probe")
def test_relu_passes_all_or_nothing(student, rng):
    """relu passes the whole gradient of a positive number, and nothing of 0 or a negative one"""
    for number in (float(rng.uniform(0.5, 3)), -float(rng.uniform(0.5, 3)), 0.0):
        inputs = {"a": number, "b": 3.0}
        same(student, "c = relu a; d = c * b; e = d + a", inputs, f"a is {number:.2f}.")
        same(student, "c = relu a; d = c * c; e = relu d; f = e + b", inputs, f"a is {number:.2f}.")


@exercise("3.7")
def test_forty_doublings(student):
    """A number that is doubled forty times: each node passes its gradient on once"""
    program = "; ".join(f"n{k + 1} = n{k} + n{k}" for k in range(40))
    found = student.work_out(program, {"n0": 1.0})
    names = [f"n{k}" for k in range(41)]
    close([np.log2(found[name][0]) for name in names], np.arange(41), "Powers of 2: the values.")
    close(
        [np.log2(max(found[name][1], 0.5)) for name in names],
        np.arange(40, -1, -1),
        "Powers of 2: the gradients.",
    )
