"""The visible checks of 3.7."""

import numpy as np

from nablab.checking import check, close, holds
from nablab.checking.expect import as_numbers
from nablab.reference.backprop import program_gradients, read_program

from .oracles import near


def worked_out(student, program, inputs, backward_from=None):
    """The student's values and gradients of a program, by name."""
    found = student.work_out(program, dict(inputs), backward_from)
    return {name: pair[0] for name, pair in found.items()}, {
        name: pair[1] for name, pair in found.items()
    }


def same_graph(student, program, inputs, says="", backward_from=None):
    """Values and gradients of all names of a program are right."""
    data, grads = worked_out(student, program, inputs, backward_from)
    values, gradients = right_answers(program, inputs, backward_from)
    sizes, terms = right_answers(*without_signs(program, inputs), backward_from)
    names, given = list(values), {"program": program, **inputs}
    order = f"of {', '.join(names)}, in this order:"
    near(
        [data[name] for name in names],
        [values[name] for name in names],
        f"{says} The values {order}".strip(),
        given=given,
        constant=True,
        terms=list(sizes.values()),
    )
    near(
        [grads[name] for name in names],
        [gradients[name] for name in names],
        f"{says} The values are right; the gradients {order}".strip(),
        given=given,
        constant=True,
        terms=list(terms.values()),
    )


def right_answers(program, inputs, backward_from=None):
    """Values and gradients of all names of a program; the gradients of several roots add up."""
    values, _ = program_gradients(program, inputs)
    gradients = dict.fromkeys(values, 0.0)
    for root in backward_from or [list(values)[-1]]:
        for name, slope in program_gradients(program, inputs, root)[1].items():
            gradients[name] += slope
    return values, gradients


def without_signs(program, inputs):
    """The program in which nothing cancels out: rounding errors are of the size of its numbers."""
    return program.replace("-", ""), {name: abs(value) for name, value in inputs.items()}


def drawn_program(rng, lines):
    """A program over three inputs in which most names are used more than once."""
    names, written = ["a", "b", "c"], []
    for k in range(lines):
        name = "defghijklmnopqrs"[k]
        kind = rng.choice(["+", "*", "relu"], p=[0.45, 0.4, 0.15])
        left, right = rng.choice(names[-4:]), rng.choice(names)
        written.append(
            f"{name} = relu {left}" if kind == "relu" else f"{name} = {left} {kind} {right}"
        )
        names.append(name)
    written.append(f"z = {names[-1]} + {names[-2]}")
    return "; ".join(written), drawn_inputs(rng)


def drawn_inputs(rng):
    return {name: round(float(rng.uniform(0.4, 1.4) * rng.choice([-1, 1])), 2) for name in "abc"}


def random_program(rng, lines=7, draw=drawn_program):
    """A program in which no relu is so near its kink that rounding decides whether it passes the
    gradient on."""
    while True:
        program, inputs = draw(rng, lines)
        values, _ = program_gradients(program, inputs)
        bends = [values[on[0]] for _, op, on in read_program(program) if op == "relu"]
        if all(abs(value) > 1e-3 * max(map(abs, values.values())) for value in bends):
            return program, inputs


@check("contract")
def test_values_make_values(student):
    """A sum, a product and a relu of Values have data and grad, two numbers"""
    data, grads = worked_out(student, "c = a + b; d = a * c; e = relu d", {"a": 2.0, "b": 1.5})
    for what, table in (("data", data), ("grad", grads)):
        for name, number in table.items():
            number = as_numbers(number, says=f"{what} of {name}:")
            holds(
                number.shape == () and np.isfinite(number),
                f"The {what} of {name} should be one finite number.",
                got=number,
            )


@check("hand")
def test_the_graph_of_the_text(student):
    """The graph of the text: the gradients of a, b, c, d, e are 16, −16, −8, −8, 1"""
    program, inputs = "c = a * b; d = c + a; e = d * d", {"a": 2.0, "b": -3.0}
    data, grads = worked_out(student, program, inputs)
    names, given = list("abcde"), {"program": program, **inputs}
    close([data[n] for n in names], [2, -3, -6, -4, 16], "The values of a to e:", given=given)
    close([grads[n] for n in names], [16, -16, -8, -8, 1], "The gradients:", given=given)


@check("probe")
def test_one_step_at_a_time(student):
    """Each operation by itself, with other Values and with plain numbers"""
    for program in (
        "c = a + b",
        "c = a * b",
        "c = relu a",
        "c = relu b",
        "c = a + 4",
        "c = 3 * b",
        "c = a * -2",
        "c = 5 + b",
    ):
        same_graph(student, program, {"a": 2.5, "b": -3.0}, f"{program}.")


@check("probe")
def test_relu_of_exactly_0(student):
    """The slope of relu at exactly 0 is 0"""
    _, grads = worked_out(student, "c = a * b; d = relu c; e = d + a", {"a": 0.0, "b": 3.0})
    close([grads[name] for name in "abcde"], [1, 0, 0, 1, 1], "The gradients of a to e:")


@check("probe")
def test_a_value_used_twice(student):
    """A value that is used more than once collects from every use"""
    for program in ("b = a + a", "b = a * a", "b = a * a; c = b * a", "b = a * 3; c = b * b"):
        same_graph(student, program, {"a": 1.5}, f"{program}.")


@check("probe")
def test_a_node_waits_until_all_has_arrived(student):
    """A node passes its gradient on only when all of it has arrived"""
    for program in (
        "c = a * b; d = c * a; e = d + c",
        "c = a * b; d = c * a; e = c + d",
        "c = a * b; d = c + 1; e = d * c; f = e * b; g = c + f",
        "c = a * b; d = c + 1; e = d * c; f = e * b; g = f + c",
    ):
        same_graph(student, program, {"a": 1.5, "b": -2.0}, f"{program}.")


@check()
def test_back_twice_is_twice_as_much(student):
    """Going back twice doubles every gradient; from two nodes, the gradients add up"""
    program, inputs = "c = a * b; d = c + a; e = d * d; f = d * b", {"a": 2.0, "b": -3.0}
    for roots in (["e", "e"], ["e", "f"], ["f", "e", "f"]):
        same_graph(
            student,
            program,
            inputs,
            f"backward() from {', then '.join(roots)}.",
            backward_from=roots,
        )


@check()
def test_what_does_not_lie_on_the_way(student):
    """Nodes that the last one is not made of keep the gradient 0"""
    program = "c = a * b; d = c * c; e = c + b; f = a + 1"
    same_graph(student, program, {"a": 1.5, "b": 0.5}, "backward() from e.", backward_from=["e"])


@check("oracle")
def test_random_graphs(student, rng):
    """Random graphs, compared with derivatives carried forward"""
    for _ in range(6):
        program, inputs = random_program(rng)
        same_graph(student, program, inputs)


PROGRAMS = [
    "c = a * b; d = c + a; e = d * d",
    "c = a * b; d = c * a; e = c + d; f = relu e",
    "c = a + a; d = c * b; e = relu d; f = e + c",
]


def probe_graphs(student):
    found = [worked_out(student, program, {"a": 1.5, "b": 2.0}) for program in PROGRAMS]
    found.append(worked_out(student, PROGRAMS[0], {"a": 1.5, "b": 2.0}, ["e", "e"]))
    found.append(worked_out(student, "c = relu a; d = c + b", {"a": -1.0, "b": 2.0}))
    found.append(worked_out(student, "c = relu a; d = c + b", {"a": 0.0, "b": 2.0}))
    return [[list(data.values()), list(grads.values())] for data, grads in found]


PROBES = [probe_graphs]
