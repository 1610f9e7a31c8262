"""A small class that hands in this lab, and which checks each of them must fail. For the demo and
the tests: the scores that the grader gives must be the ones that follow from here."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

FORWARD_DIFFERENCE = """\
def num_grad(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    grad = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        up = x.copy()
        up[i] += eps
        grad[i] = (f(up) - f(x)) / eps
    return grad
"""

MEANS = """\
def dense_fwd(x, w, b):
    return np.asarray(x, float) @ w + b, (x, w)


def dense_bwd(dout, cache):
    x, w = (np.asarray(a, float) for a in cache)
    return dout @ w.T, x.T @ dout / len(dout), dout.mean(axis=0)
"""

SLOPES_OF_SLOPES = """\
def relu_bwd(dout, cache):
    return np.where(cache > 0, dout, 0.0)


def sigmoid_bwd(dout, cache):
    y = 1 / (1 + np.exp(-cache))
    return dout * y * (1 - y)


def tanh_bwd(dout, cache):
    return dout * (1 - np.tanh(cache) ** 2)
"""

SAFE_LOGARITHM = """\
def softmax_xent(z, y):
    z, y = np.asarray(z, float), np.asarray(y, int)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(z)), y] + 1e-12).mean()
    p[np.arange(len(z)), y] -= 1
    return loss, p / len(z)
"""

LAST_WINDOW_COUNTS = """\
def maxpool_bwd(dout, x, size, stride):
    x = np.asarray(x, float)
    (ph, pw), (sh, sw) = size, stride
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(*dout.shape):
        window = x[n, i * sh:i * sh + ph, j * sw:j * sw + pw, c]
        u, v = np.unravel_index(window.argmax(), window.shape)
        dx[n, i * sh + u, j * sw + v, c] = dout[n, i, j, c]
    return dx
"""

OLD_GRADIENTS = """\
class Value:
    def __init__(self, data, made_of=()):
        self.data, self.grad, self.made_of = float(data), 0.0, tuple(made_of)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, [(self, other.data), (other, self.data)])

    def relu(self):
        return Value(max(self.data, 0.0), [(self, float(self.data > 0))])

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent, _ in node.made_of:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for parent, slope in node.made_of:
                parent.grad += slope * node.grad

    __radd__, __rmul__ = __add__, __mul__
"""

EVERY_WAY = """\
class Value:
    def __init__(self, data, made_of=()):
        self.data, self.grad, self.made_of = float(data), 0.0, tuple(made_of)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, [(self, other.data), (other, self.data)])

    def relu(self):
        return Value(max(self.data, 0.0), [(self, float(self.data > 0))])

    def backward(self, arrived=1.0):
        self.grad += arrived
        for node, slope in self.made_of:
            node.backward(arrived * slope)

    __radd__, __rmul__ = __add__, __mul__
"""

VECTORISED = {
    "N.1": """\
def num_grad(f, x, eps=1e-5):
    x = np.asarray(x, float)
    units = eps * np.eye(x.size).reshape(x.size, *x.shape)
    return np.reshape([(f(x + u) - f(x - u)) / (2 * eps) for u in units], x.shape)
""",
    "N.2": """\
def dense_fwd(x, w, b):
    x, w = np.float32(x), np.float32(w)
    return x @ w + np.float32(b), {"x": x, "w": w}


def dense_bwd(dout, cache):
    return [dout @ cache["w"].T, cache["x"].T @ dout, np.sum(dout, axis=0)]
""",
    "N.4": """\
def softmax_xent(z, y):
    z, y = np.asarray(z, float), np.asarray(y, int)
    log_p = z - np.logaddexp.reduce(z, axis=1)[:, None]
    right = np.eye(z.shape[1])[y]
    return -(right * log_p).sum() / len(z), (np.exp(log_p) - right) / len(z)
""",
    "N.5": """\
def conv_bwd(dout, x, w, stride, pad):
    dout, x, w = (np.asarray(a, float) for a in (dout, x, w))
    (sh, sw), (ph, pw), (oh, ow) = pair(stride), pair(pad), dout.shape[1:3]
    xp = np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for u, v in np.ndindex(*w.shape[:2]):
        at = np.s_[:, u:u + sh * (oh - 1) + 1:sh, v:v + sw * (ow - 1) + 1:sw]
        dxp[at] += dout @ w[u, v].T
        dw[u, v] = np.einsum("nijc,nijf->cf", xp[at], dout)
    return dxp[:, ph:ph + x.shape[1], pw:pw + x.shape[2]], dw, dout.sum(axis=(0, 1, 2))
""",
}

BROKEN_SYNTAX = """\
def softmax_xent(z, y:
    return 0, z
"""


SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "perfect, vectorised and partly in float32", VECTORISED),
    Sample(
        "student03",
        "takes forward differences",
        {"N.1": FORWARD_DIFFERENCE},
        fails={
            "N.1": AllBut(
                "test_a_gradient_has_the_shape_of_x",
                "test_each_entry_is_moved_alone",
                "test_whole_numbers_and_float32",
                "test_x_is_left_alone_whatever_it_holds",
                "test_entries_do_not_disturb_each_other",
                "test_numbers_that_are_not_float64",
            )
        },
    ),
    Sample(
        "student04",
        "treats the cache as the input, and adds 1e-12 inside the logarithm",
        {"N.3": SLOPES_OF_SLOPES, "N.4": SAFE_LOGARITHM},
        fails={
            "N.3": AllBut(
                "test_three_functions_that_keep_the_shape",
                "test_relu_at_exactly_0",
                "test_relu_in_arrays_of_any_shape",
            ),
            "N.4": AllBut(
                "test_a_number_and_an_array",
                "test_the_two_rows_of_the_text",
                "test_a_net_that_knows_nothing",
                "test_rows_of_dz_sum_to_zero",
                "test_a_number_added_to_a_row",
                "test_any_batch",
                "test_batches_of_any_size",
                "test_one_batch_twice",
                "test_rows_may_be_shifted",
                "test_a_small_step_against_dz",
            ),
        },
    ),
    Sample(
        "student05",
        "sets the winner's gradient instead of adding to it",
        {"N.6": LAST_WINDOW_COUNTS},
        fails={
            "N.6": AllBut(
                "test_dx_has_the_shape_of_x",
                "test_the_largest_may_be_anywhere",
                "test_the_first_of_equals_takes_all",
            )
        },
    ),
    Sample(
        "student06",
        "passes old gradients on in a second pass",
        {"N.7": OLD_GRADIENTS},
        fails={
            "N.7": AllBut(
                "test_values_make_values",
                "test_the_graph_of_the_text",
                "test_one_step_at_a_time",
                "test_relu_of_exactly_0",
                "test_a_value_used_twice",
                "test_a_node_waits_until_all_has_arrived",
                "test_what_does_not_lie_on_the_way",
                "test_random_graphs",
                "test_random_graphs_of_many_nodes",
                "test_single_steps",
                "test_short_ways_and_long_ways",
                "test_relu_passes_all_or_nothing",
                "test_forty_doublings",
            )
        },
    ),
    Sample(
        "student07",
        "the stub, unchanged",
        stub=True,
    ),
    Sample(
        "student08",
        "means instead of sums in N.2, and a right training in N.8: follow-through",
        {"N.2": MEANS},
        fails={
            "N.2": AllBut("test_output_and_cache_then_three_gradients", "test_the_network_on_paper")
        },
    ),
    Sample(
        "student09",
        "a syntax error in N.4, follow-through in N.8",
        {"N.4": BROKEN_SYNTAX},
        fails={"N.4": ALL},
    ),
    Sample("student10", "the cell of N.2 is there twice", damage=doubled("N.2", MEANS)),
    Sample("student11", "a file that breaks off", damage=cut_off, state=UNREADABLE),
    Sample(
        "student12",
        "goes back along every path separately, which takes forever",
        {"N.7": EVERY_WAY},
        endless=True,
        fails={
            "N.7": AllBut(
                "test_values_make_values",
                "test_the_graph_of_the_text",
                "test_one_step_at_a_time",
                "test_relu_of_exactly_0",
                "test_a_value_used_twice",
                "test_a_node_waits_until_all_has_arrived",
                "test_back_twice_is_twice_as_much",
                "test_what_does_not_lie_on_the_way",
                "test_random_graphs",
                "test_random_graphs_of_many_nodes",
                "test_single_steps",
                "test_short_ways_and_long_ways",
                "test_gradients_of_several_passes_add_up",
                "test_relu_passes_all_or_nothing",
            )
        },
    ),
]
