"""Gradients in three ways: by differences, along a small program, and through two dense layers."""

from __future__ import annotations

import numpy as np

from nablab.reference.dense import dense, dense_gradients
from nablab.reference.loss import softmax_cross_entropy, softmax_cross_entropy_gradient


def numerical_gradient(f, x, eps=1e-5):
    """The gradient of a function of an array, by central differences.

    Maths:
        g_i = (f(x + ε e_i) - f(x - ε e_i)) / 2ε,   e_i: 1 at i and 0 elsewhere

    Shapes:
        x (...) -> (...)

    Args:
        f: takes an array like x and returns one number.
        eps: ε.

    Example:
        >>> numerical_gradient(lambda x: x[0] ** 3 + x[1], [2, 5], eps=1.0)
        array([13.,  1.])

    Source: W. H. Press, S. A. Teukolsky, W. T. Vetterling, B. P. Flannery, Numerical Recipes,
    section on numerical derivatives.
    """
    x = np.asarray(x, np.float64)
    g = np.zeros_like(x)
    for i in np.ndindex(*x.shape):
        plus, minus = x.copy(), x.copy()
        plus[i] += eps
        minus[i] -= eps
        g[i] = (f(plus) - f(minus)) / (2 * eps)
    return g


def read_program(program):
    """A program with one `name = left op right` or `name = relu a` per line, as tuples of words.

    Maths:
        a line is   c = a + b,   c = a * b   or   c = relu a;   a number may replace a name

    Shapes:
        a text -> a list of (name, op, operands), op one of + * relu

    Example:
        >>> read_program("c = a * b; d = relu c")
        [('c', '*', ('a', 'b')), ('d', 'relu', ('c',))]

    Source: R. E. Wengert, A Simple Automatic Derivative Evaluation Program, 1964.
    """
    lines: list[tuple[str, str, tuple[str, ...]]] = []
    for line in program.replace(";", "\n").split("\n"):
        words = line.split()
        if not words:
            continue
        name, _, *rest = words
        if rest[0] == "relu":
            lines.append((name, "relu", (rest[1],)))
        else:
            left, op, right = rest
            lines.append((name, op, (left, right)))
    return lines


def program_gradients(program, inputs, root=None):
    """The values of all names of a small program, and the derivatives of one of them.

    Maths:
        ∂root/∂v, in forward mode: v' = 1, and 0 for the names before v; then, line by line,
        (a + b)' = a' + b',   (a b)' = a' b + a b',   relu(a)' = a' where a > 0, else 0

    Shapes:
        a text, names with numbers -> two dicts, name -> number

    Args:
        program: as for `read_program`.
        root: the name to differentiate; that of the last line if None.

    Example:
        >>> program_gradients("c = a * b; d = c + a", {"a": 2.0, "b": -3.0})[1]
        {'a': -2.0, 'b': 2.0, 'c': 1.0, 'd': 1.0}

    Source: R. E. Wengert, as for `read_program`.
    """
    lines = read_program(program)
    root = lines[-1][0] if root is None else root
    values = {name: float(value) for name, value in inputs.items()}
    for name, op, operands in lines:
        a, *rest = (values[word] if word in values else float(word) for word in operands)
        values[name] = max(a, 0.0) if op == "relu" else a + rest[0] if op == "+" else a * rest[0]
    gradients = {}
    for seed in values:
        tangents = {name: float(name == seed) for name in inputs}
        for name, op, operands in lines:
            (a, da), *other = (
                (values[word], tangents[word]) if word in values else (float(word), 0.0)
                for word in operands
            )
            if op == "relu":
                tangent = da if a > 0 else 0.0
            else:
                b, db = other[0]
                tangent = da + db if op == "+" else da * b + a * db
            tangents[name] = 1.0 if name == seed else tangent
        gradients[seed] = tangents[root]
    return values, gradients


def two_layer_gradients(x, y, params):
    """The loss of a network of two dense layers with a ReLU, and its gradients.

    Maths:
        h = max(x W₁ + b₁, 0),   z = h W₂ + b₂
        L = mean over the examples of -log softmax(z)[y]

    Shapes:
        x (N, D), y (N,), params w1 (D, H), b1 (H,), w2 (H, K), b2 (K,) -> L, a dict like params

    Example:
        >>> ones = {"w1": [[1.0]], "b1": [0.0], "w2": [[1.0, 0.0]], "b2": [0.0, 0.0]}
        >>> loss, gradients = two_layer_gradients([[0.0]], [1], ones)
        >>> float(loss.round(4)), gradients["b2"]
        (0.6931, array([ 0.5, -0.5]))

    Source: D. E. Rumelhart, G. E. Hinton, R. J. Williams, Learning Representations by
    Back-propagating Errors, 1986.
    """
    w1, b1, w2, b2 = (np.asarray(params[name], np.float64) for name in ("w1", "b1", "w2", "b2"))
    x = np.asarray(x, np.float64)
    a = dense(x, w1, b1)
    h = np.maximum(a, 0)
    z = dense(h, w2, b2)
    one_hot = np.eye(z.shape[1])[np.asarray(y)]
    loss = softmax_cross_entropy(z, one_hot).mean()
    dz = softmax_cross_entropy_gradient(z, one_hot) / len(x)
    dh, dw2, db2 = dense_gradients(h, w2, dz)
    _, dw1, db1 = dense_gradients(x, w1, dh * (a > 0))
    return loss, {"w1": dw1, "b1": db1, "w2": dw2, "b2": db2}
