"""Hidden checks of N.7."""

import numpy as np

from nablab.checking import check, close, mutant, variant

from ..checks.value import drawn_inputs, random_program, right_answers, without_signs


def same(student, program, inputs, says="", roots=None):
    """All values and gradients of a program are right. The bound is not that of the visible checks:
    it is wider if the numbers are of one size, and narrower if much cancels out."""
    found = student.work_out(program, dict(inputs), roots)
    values, gradients = right_answers(program, inputs, roots)
    sizes, terms = right_answers(*without_signs(program, inputs), roots)
    names = list(values)
    for which, what, right, size in (
        (0, "values", values, sizes),
        (1, "gradients", gradients, terms),
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


def program_with_numbers(rng, lines):
    """A program over three inputs and plain numbers."""
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
    return "; ".join(written), drawn_inputs(rng)


@check("oracle")
def test_random_graphs_of_many_nodes(student, rng):
    """Random graphs of up to twelve steps, with shared nodes and plain numbers"""
    for lines in (4, 6, 8, 8, 10, 12):
        same(student, *random_program(rng, lines, draw=program_with_numbers))


@check("probe")
def test_single_steps(student, rng):
    """Single steps, with Values and with plain numbers on either side"""
    a, b, number = (round(float(rng.uniform(1, 3)), 2) for _ in range(3))
    for step in ("a + b", "a * b", f"a + {number}", f"{number} * a", f"{number} + b", "relu a"):
        for sign in (1, -1):
            same(student, f"c = {step}", {"a": sign * a, "b": -sign * b}, f"c = {step}.")


@check("probe")
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


@check()
def test_gradients_of_several_passes_add_up(student, rng):
    """Passes from one node or from several add up, in every node on the way"""
    inputs = {"a": float(rng.uniform(1, 2)), "b": float(rng.uniform(-2, -1))}
    program = "c = a * b; d = c + a; e = d * c; f = e * e; g = f + d"
    for roots in (["g", "g"], ["g", "g", "g"], ["e", "g"], ["f", "d", "f"], ["d", "e", "f", "g"]):
        same(student, program, inputs, f"From {', then '.join(roots)}.", roots)


@check("probe")
def test_relu_passes_all_or_nothing(student, rng):
    """relu passes the whole gradient of a positive number, and nothing of 0 or a negative one"""
    for number in (float(rng.uniform(0.5, 3)), -float(rng.uniform(0.5, 3)), 0.0):
        inputs = {"a": number, "b": 3.0}
        same(student, "c = relu a; d = c * b; e = d + a", inputs, f"a is {number:.2f}.")
        same(student, "c = relu a; d = c * c; e = relu d; f = e + b", inputs, f"a is {number:.2f}.")


@check()
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


# Mutants ------------------------------------------------------------------------------------------


class Node:
    """The right answer, in parts that a mutant can replace."""

    def __init__(self, data, made_of=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_of = tuple(made_of)

    def like(self, other):
        return other if isinstance(other, Node) else type(self)(other)

    def __add__(self, other):
        other = self.like(other)
        return type(self)(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = self.like(other)
        return type(self)(self.data * other.data, [(self, other.data), (other, self.data)])

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def relu(self):
        return type(self)(max(self.data, 0.0), [(self, float(self.data > 0))])

    def order(self):
        """Every node after those it was made of."""
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent, _ in node.made_of:
                    visit(parent)
                order.append(node)

        visit(self)
        return order

    def backward(self):
        order = self.order()
        arrived = dict.fromkeys(order, 0.0)
        arrived[self] = 1.0
        for node in reversed(order):
            for parent, slope in node.made_of:
                arrived[parent] += slope * arrived[node]
        for node in order:
            node.grad += arrived[node]


@mutant(
    "You set a node's gradient instead of adding to it, so of a value that is used twice only one use "
    "counts: use +=, not =.",
)
class overwrites(Node):
    def backward(self):
        order = self.order()
        arrived = dict.fromkeys(order, 0.0)
        arrived[self] = 1.0
        for node in reversed(order):
            for parent, slope in node.made_of:
                arrived[parent] = slope * arrived[node]
        for node in order:
            node.grad += arrived[node]


@mutant(
    "A node passes its gradient on as soon as something has arrived, and what comes later on a longer "
    "path is lost. List the nodes so that each comes after those it was made of, and go back from the "
    "end of the list.",
)
class passes_on_too_early(Node):
    def backward(self):
        order, waiting = [], [self]
        while waiting:  # nearest nodes first
            node = waiting.pop(0)
            if node not in order:
                order.append(node)
                waiting += [parent for parent, _ in node.made_of]
        arrived = dict.fromkeys(order, 0.0)
        arrived[self] = 1.0
        for node in order:
            for parent, slope in node.made_of:
                arrived[parent] += slope * arrived[node]
        for node in order:
            node.grad += arrived[node]


@mutant(
    "You list each node before those it was made of, in the order in which you come to them. A node "
    "with a short and a long path to it then passes its gradient on before all of it has arrived. "
    "Append a node after the visits to what it was made of, and go back from the end of the list.",
)
class lists_the_node_first(Node):
    def backward(self):
        order = []

        def visit(node):
            if node not in order:
                order.append(node)
                for parent, _ in node.made_of:
                    visit(parent)

        visit(self)
        arrived = dict.fromkeys(order, 0.0)
        arrived[self] = 1.0
        for node in order:
            for parent, slope in node.made_of:
                arrived[parent] += slope * arrived[node]
        for node in order:
            node.grad += arrived[node]


@mutant(
    "A second backward() passes on again what the first one has left in the nodes in between, so the "
    "inputs get too much. Keep the gradients of one pass apart, and add them to grad at the end.",
)
class hands_on_old_gradients(Node):
    def backward(self):
        self.grad = 1.0
        for node in reversed(self.order()):
            for parent, slope in node.made_of:
                parent.grad += slope * node.grad


@mutant(
    "A second backward() begins again from 0. Here it adds to what is in grad already.",
)
class forgets_earlier_passes(Node):
    def backward(self):
        for node in self.order():
            node.grad = 0.0
        super().backward()


@mutant(
    "The slope of a·b with respect to a is b, the other factor; you use each factor's own value.",
)
class slope_is_the_factor_itself(Node):
    def __mul__(self, other):
        other = self.like(other)
        return type(self)(self.data * other.data, [(self, self.data), (other, other.data)])


@mutant(
    "Your relu passes the gradient on whatever the number was. If it is not positive, the slope is 0.",
)
class relu_passes_everything(Node):
    def relu(self):
        return type(self)(max(self.data, 0.0), [(self, 1.0)])


@mutant("The slope of relu at exactly 0 should be 0; yours is 1.")
class relu_passes_at_zero(Node):
    def relu(self):
        return type(self)(max(self.data, 0.0), [(self, float(self.data >= 0))])


@mutant(
    "A value that is both operands at once, as in a + a or a * a, collects from only one of the two.",
)
class twins_count_once(Node):
    def backward(self):
        order = self.order()
        arrived = dict.fromkeys(order, 0.0)
        arrived[self] = 1.0
        for node in reversed(order):
            for parent, slope in dict(node.made_of).items():
                arrived[parent] += slope * arrived[node]
        for node in order:
            node.grad += arrived[node]


@mutant(
    "You start from the node's own value. The slope of a node with respect to itself is 1.",
)
class starts_from_the_value(Node):
    def backward(self):
        order = self.order()
        arrived = dict.fromkeys(order, 0.0)
        arrived[self] = self.data
        for node in reversed(order):
            for parent, slope in node.made_of:
                arrived[parent] += slope * arrived[node]
        for node in order:
            node.grad += arrived[node]


# Variants -----------------------------------------------------------------------------------------


@variant("no recursion: counts how many gradients each node still waits for")
class Counting:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = float(data), 0.0, parents

    @staticmethod
    def number(other):
        return other.data if isinstance(other, Counting_) else float(other)

    def __add__(self, other):
        parents = [(self, 1.0)]
        if isinstance(other, Counting_):
            parents.append((other, 1.0))
        return Counting_(self.data + self.number(other), parents)

    def __mul__(self, other):
        parents = [(self, self.number(other))]
        if isinstance(other, Counting_):
            parents.append((other, self.data))
        return Counting_(self.data * self.number(other), parents)

    __radd__, __rmul__ = __add__, __mul__

    def relu(self):
        return Counting_(max(0.0, self.data), [(self, 1.0 if self.data > 0 else 0.0)])

    def backward(self):
        waits, found = {id(self): 0}, [self]
        for node in found:
            for parent, _ in node.parents:
                if id(parent) not in waits:
                    waits[id(parent)] = 0
                    found.append(parent)
                waits[id(parent)] += 1
        arrived = {id(self): 1.0}
        ready = [self]
        while ready:
            node = ready.pop()
            g = arrived[id(node)]
            node.grad += g
            for parent, slope in node.parents:
                arrived[id(parent)] = arrived.get(id(parent), 0.0) + g * slope
                waits[id(parent)] -= 1
                if waits[id(parent)] == 0:
                    ready.append(parent)


Counting_ = Counting.names[""]  # the class itself: its name here stands for the variant


@variant("float32, closures for the way back, nodes in the order of their making")
class Closures:
    made = 0

    def __init__(self, data, back=None, parents=()):
        Closures_.made += 1
        self.data, self.grad = np.float32(data), np.float32(0)
        self.born, self.back, self.parents = Closures_.made, back, parents
        self.now = np.float32(0)

    def _with(self, other, value, slopes):
        other = other if isinstance(other, Closures_) else Closures_(other)
        out = Closures_(value(self.data, other.data), None, (self, other))

        def back():
            mine, theirs = slopes(self.data, other.data)
            self.now += mine * out.now
            other.now += theirs * out.now

        out.back = back
        return out

    def __add__(self, other):
        return self._with(other, lambda a, b: a + b, lambda a, b: (1, 1))

    def __mul__(self, other):
        return self._with(other, lambda a, b: a * b, lambda a, b: (b, a))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def relu(self):
        out = Closures_(self.data if self.data > 0 else 0, None, (self,))

        def back():
            self.now += out.now if self.data > 0 else 0

        out.back = back
        return out

    def backward(self):
        nodes, waiting = {}, [self]
        while waiting:
            node = waiting.pop()
            if node.born not in nodes:
                nodes[node.born] = node
                waiting.extend(node.parents)
        for node in nodes.values():
            node.now = np.float32(0)
        self.now = np.float32(1)
        for born in sorted(nodes, reverse=True):
            if nodes[born].back:
                nodes[born].back()
        for node in nodes.values():
            node.grad = node.grad + node.now


Closures_ = Closures.names[""]


@variant("a recursion that returns the order, and weak typing")
class Ordered:
    def __init__(self, data, made_of=()):
        self.data, self.grad, self.made_of = data + 0.0, 0.0, list(made_of)

    def __add__(self, other):
        if not isinstance(other, Ordered_):
            return Ordered_(self.data + other, [(self, 1)])
        return Ordered_(self.data + other.data, [(self, 1), (other, 1)])

    def __mul__(self, other):
        if not isinstance(other, Ordered_):
            return Ordered_(self.data * other, [(self, other)])
        return Ordered_(self.data * other.data, [(self, other.data), (other, self.data)])

    __radd__ = __add__
    __rmul__ = __mul__

    def relu(self):
        return self * (1.0 if self.data > 0 else 0.0)

    def before(self, seen):
        """This node's ancestors and itself, each after those it was made of."""
        if self in seen:
            return []
        seen.add(self)
        return [node for parent, _ in self.made_of for node in parent.before(seen)] + [self]

    def backward(self):
        passed = {}
        passed[self] = 1.0
        for node in self.before(set())[::-1]:
            g = passed.get(node, 0.0)
            node.grad = node.grad + g
            for parent, slope in node.made_of:
                passed[parent] = passed.get(parent, 0.0) + slope * g


Ordered_ = Ordered.names[""]
