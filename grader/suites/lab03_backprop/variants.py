"""Right answers to lab 3 in other styles. Each must earn every point."""

from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.checking import variant


def pair(value):
    return (value, value) if np.ndim(value) == 0 else tuple(value)


# 3.1 ---------------------------------------------------------------------------------------------


@variant("3.1", "in place with nditer, and the old value put back")
def differences_in_place(f, x, eps=1e-5):
    keep, x = x, x if x.dtype == np.float64 else x.astype(np.float64)
    grad = np.zeros_like(x)
    places = np.nditer(x, flags=["multi_index"])
    while not places.finished:
        i = places.multi_index
        old = x[i].item()
        x[i] = old + eps
        up = f(x)
        x[i] = old - eps
        grad[i] = (up - f(x)) / (2.0 * eps)
        x[i] = old
        places.iternext()
    assert keep.shape == grad.shape
    return grad


@variant("3.1", "rows of an identity matrix, a list comprehension")
def differences_by_unit_vectors(f, x, eps=1e-5):
    x = np.asarray(x, dtype=float)
    slopes = [
        f(x + eps * unit.reshape(x.shape)) / 2 / eps - f(x - eps * unit.reshape(x.shape)) / 2 / eps
        for unit in np.eye(x.size)
    ]
    return np.reshape(slopes, x.shape)


@variant("3.1", "float64 within, returned in float32")
def differences_as_float32(f, x, eps=1e-5):
    flat = np.array(x, dtype=np.float64).ravel()
    out = np.empty(flat.size, dtype=np.float32)
    for k in range(flat.size):
        values = []
        for sign in (1, -1):
            moved = flat.copy()
            moved[k] += sign * eps
            values.append(float(f(moved.reshape(np.shape(x)))))
        out[k] = (values[0] - values[1]) / (2 * eps)
    return out.reshape(np.shape(x))


@variant("3.1", "returns nested lists")
def differences_as_lists(f, x, eps=1e-5):
    x = np.asarray(x, dtype=float)
    grad = np.zeros(x.shape)
    for i in product(*map(range, x.shape)):
        unit = np.zeros(x.shape)
        unit[i] = eps
        grad[i] = (f(x + unit) - f(x - unit)) / (2 * eps)
    return grad.tolist()


# 3.2 ---------------------------------------------------------------------------------------------


def by_einsum_fwd(x, w, b):
    return np.einsum("nd,dm->nm", x, w) + b, {"x": np.array(x), "w": np.array(w)}


def by_einsum_bwd(dout, cache):
    dx = np.einsum("nm,dm->nd", dout, cache["w"])
    return [dx, np.einsum("nd,nm->dm", cache["x"], dout), np.einsum("nm->m", dout)]


dense_by_einsum = variant(
    "3.2", "einsum, the cache a dict", dense_fwd=by_einsum_fwd, dense_bwd=by_einsum_bwd
)


def by_loops_fwd(x, w, b):
    out = [
        [
            sum(float(a) * float(row[m]) for a, row in zip(r, w, strict=True)) + b[m]
            for m in range(len(b))
        ]
        for r in x
    ]
    return np.array(out), (x, w, b)


def by_loops_bwd(dout, cache):
    x, w, b = cache
    N, D, M = len(x), len(w), len(b)
    dx, dw, db = np.zeros((N, D)), np.zeros((D, M)), np.zeros(M)
    for n in range(N):
        for m in range(M):
            db[m] += dout[n][m]
            for d in range(D):
                dx[n, d] += dout[n][m] * w[d][m]
                dw[d, m] += dout[n][m] * x[n][d]
    return dx, dw, db


dense_by_loops = variant("3.2", "loops and lists", dense_fwd=by_loops_fwd, dense_bwd=by_loops_bwd)


def number_by_number_fwd(x, w, b):
    out = np.zeros((x.shape[0], w.shape[1]))
    for n in range(x.shape[0]):
        for m in range(w.shape[1]):
            for d in range(x.shape[1]):
                out[n, m] += x[n, d] * w[d, m]
            out[n, m] += b[m]
    return out, (x, w)


def number_by_number_bwd(dout, cache):
    x, w = cache
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(w.shape[1])
    for n in range(x.shape[0]):
        for m in range(w.shape[1]):
            db[m] += dout[n, m]
            for d in range(x.shape[1]):
                dx[n, d] += dout[n, m] * w[d, m]
                dw[d, m] += x[n, d] * dout[n, m]
    return dx, dw, db


dense_number_by_number = variant(
    "3.2",
    "number by number of the arrays: the slowest that is right, and what 3.8's limits are set by",
    dense_fwd=number_by_number_fwd,
    dense_bwd=number_by_number_bwd,
)


def in_float32_fwd(x, w, b):
    x, w, b = (np.asarray(a, dtype=np.float32) for a in (x, w, b))
    return x @ w + b, [x, w]


def in_float32_bwd(dout, cache):
    x, w = cache
    dout = np.asarray(dout, dtype=np.float32)
    return (w @ dout.T).T, (dout.T @ x).T, np.ones(len(x), np.float32) @ dout


dense_in_float32 = variant("3.2", "float32", dense_fwd=in_float32_fwd, dense_bwd=in_float32_bwd)


class Kept:
    """A cache that is an object of its own."""

    def __init__(self, x, w):
        self.x, self.w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)


def with_an_object_fwd(x, w, b):
    return np.dot(x, w) + np.asarray(b), Kept(x, w)


def with_an_object_bwd(dout, cache):
    return dout @ cache.w.T, cache.x.T @ dout, np.sum(dout, axis=0)


dense_with_an_object = variant(
    "3.2",
    "the cache is an object of the student's own",
    dense_fwd=with_an_object_fwd,
    dense_bwd=with_an_object_bwd,
)

# 3.3 ---------------------------------------------------------------------------------------------


def where_relu(dout, cache):
    return np.where(np.asarray(cache) > 0, dout, 0)


def expanded_sigmoid(dout, cache):
    y = np.asarray(cache, dtype=float)
    return dout * (y - y**2)


def product_tanh(dout, cache):
    y = np.asarray(cache, dtype=float)
    return dout * (1 - y) * (1 + y)


bends_otherwise = variant(
    "3.3",
    "where, and the slopes written otherwise",
    relu_bwd=where_relu,
    sigmoid_bwd=expanded_sigmoid,
    tanh_bwd=product_tanh,
)


def masked_relu(dout, cache):
    dx = np.array(dout, dtype=np.float32)
    dx[np.asarray(cache) <= 0] = 0
    return dx


def float32_sigmoid(dout, cache):
    y = np.float32(cache)
    return np.float32(dout) * y * (np.float32(1) - y)


def float32_tanh(dout, cache):
    return np.float32(dout) * (1 - np.square(np.float32(cache)))


bends_in_float32 = variant(
    "3.3",
    "float32, a mask",
    relu_bwd=masked_relu,
    sigmoid_bwd=float32_sigmoid,
    tanh_bwd=float32_tanh,
)


def entry_by_entry(slope):
    def backward(dout, cache):
        dx = np.zeros(np.shape(dout))
        for i in np.ndindex(*dx.shape):
            dx[i] = float(dout[i]) * slope(float(cache[i]))
        return dx

    return backward


bends_by_loops = variant(
    "3.3",
    "entry by entry",
    relu_bwd=entry_by_entry(lambda x: 1.0 if x > 0 else 0.0),
    sigmoid_bwd=entry_by_entry(lambda y: y * (1 - y)),
    tanh_bwd=entry_by_entry(lambda y: 1 - y * y),
)

# 3.4 ---------------------------------------------------------------------------------------------


@variant("3.4", "logaddexp, one-hot rows")
def xent_by_logaddexp(z, y):
    z = np.asarray(z, dtype=float)
    right = np.eye(z.shape[1])[np.asarray(y, dtype=int)]
    log_p = z - np.logaddexp.reduce(z, axis=1)[:, None]
    return -np.sum(right * log_p) / len(z), (np.exp(log_p) - right) / len(z)


@variant("3.4", "row by row, in lists until the end")
def xent_by_rows(z, y):
    loss, dz = 0.0, []
    for row, label in zip(z, y, strict=True):
        row = np.array(row, dtype=float)
        e = np.exp(row - max(row))
        loss += np.log(sum(e)) - (row[label] - max(row))
        d = e / sum(e)
        d[label] -= 1
        dz.append((d / len(z)).tolist())
    return [loss / len(z), np.array(dz)]


@variant("3.4", "float32")
def xent_in_float32(z, y):
    z = np.asarray(z, dtype=np.float32)
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    at = (np.arange(len(z)), np.asarray(y, dtype=int))
    dz = np.exp(log_p)
    dz[at] -= 1
    return -np.mean(log_p[at]), dz / np.float32(len(z))


@variant("3.4", "float32, less the logarithm of the summed exponentials")
def xent_by_log_sum_exp_in_float32(z, y):
    z = np.asarray(z, dtype=np.float32)
    largest = z.max(axis=1, keepdims=True)
    log_sum = largest + np.log(np.exp(z - largest).sum(axis=1, keepdims=True))
    right = np.eye(z.shape[1], dtype=np.float32)[np.asarray(y, dtype=int)]
    log_p, count = z - log_sum, np.float32(len(z))
    return -(right * log_p).sum() / count, (np.exp(log_p) - right) / count


# 3.5 ---------------------------------------------------------------------------------------------


@variant("3.5", "one shifted slice for each entry of the filter")
def conv_by_shifts(dout, x, w, stride, pad):
    dout, x, w = (np.asarray(a, dtype=float) for a in (dout, x, w))
    (sh, sw), (ph, pw) = pair(stride), pair(pad)
    oh, ow = dout.shape[1:3]
    xp = np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for u, v in np.ndindex(*w.shape[:2]):
        at = (slice(None), slice(u, u + sh * (oh - 1) + 1, sh), slice(v, v + sw * (ow - 1) + 1, sw))
        dxp[at] += dout @ w[u, v].T
        dw[u, v] = np.tensordot(xp[at], dout, axes=([0, 1, 2], [0, 1, 2]))
    dx = dxp[:, ph : dxp.shape[1] - ph, pw : dxp.shape[2] - pw]
    return dx, dw, dout.sum((0, 1, 2))


@variant("3.5", "dout with zeros between, correlated with the turned filter")
def conv_by_turned_filter(dout, x, w, stride, pad):
    dout, x, w = (np.asarray(a, dtype=float) for a in (dout, x, w))
    (sh, sw), (ph, pw), (kh, kw) = pair(stride), pair(pad), w.shape[:2]
    N, H, W, _ = x.shape
    HP, WP = H + 2 * ph, W + 2 * pw
    spread = np.zeros((N, HP + kh - 1, WP + kw - 1, dout.shape[3]))
    spread[:, kh - 1 : HP : sh, kw - 1 : WP : sw][:, : dout.shape[1], : dout.shape[2]] = dout
    windows = sliding_window_view(spread, (kh, kw), axis=(1, 2))  # (N, HP, WP, F, kh, kw)
    dxp = np.einsum("nhwfuv,uvcf->nhwc", windows, w[::-1, ::-1])
    xp = np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    seen = sliding_window_view(xp, (kh, kw), axis=(1, 2))[:, ::sh, ::sw]
    dw = np.einsum("nijcuv,nijf->uvcf", seen, dout)
    return dxp[:, ph : ph + H, pw : pw + W], dw, dout.reshape(-1, dout.shape[-1]).sum(axis=0)


@variant("3.5", "number by number, seven loops")
def conv_by_seven_loops(dout, x, w, stride, pad):
    (sh, sw), (ph, pw) = pair(stride), pair(pad)
    (N, H, W, C), (kh, kw, _, F) = np.shape(x), np.shape(w)
    dx, dw, db = np.zeros((N, H, W, C)), np.zeros((kh, kw, C, F)), np.zeros(F)
    for n, i, j, f in product(range(N), range(len(dout[0])), range(len(dout[0][0])), range(F)):
        d = float(dout[n, i, j, f])
        db[f] += d
        for u, v, c in product(range(kh), range(kw), range(C)):
            r, q = i * sh + u - ph, j * sw + v - pw
            if 0 <= r < H and 0 <= q < W:
                dx[n, r, q, c] += d * float(w[u, v, c, f])
                dw[u, v, c, f] += d * float(x[n, r, q, c])
    return dx, dw, db


@variant("3.5", "float32, image by image, as a list")
def conv_in_float32(dout, x, w, stride, pad):
    dout, x, w = (np.asarray(a, dtype=np.float32) for a in (dout, x, w))
    (sh, sw), (ph, pw), (kh, kw) = pair(stride), pair(pad), w.shape[:2]
    H, W = x.shape[1:3]
    dxs, dw = [], np.zeros(w.shape, np.float32)
    for image, d in zip(x, dout, strict=True):
        xp = np.pad(image, ((ph, ph), (pw, pw), (0, 0)))
        dxp = np.zeros_like(xp)
        for i in range(d.shape[0]):
            for j in range(d.shape[1]):
                r, c = i * sh, j * sw
                dxp[r : r + kh, c : c + kw] += w @ d[i, j]
                dw += xp[r : r + kh, c : c + kw, :, None] * d[i, j]
        dxs.append(dxp[ph : ph + H, pw : pw + W])
    return [np.stack(dxs), dw, dout.sum(axis=(0, 1, 2))]


# 3.6 ---------------------------------------------------------------------------------------------


@variant("3.6", "sliding windows, argmax and add.at")
def pool_by_add_at(dout, x, size, stride):
    x = np.asarray(x)
    (ph, pw), (sh, sw) = size, stride
    windows = sliding_window_view(x, (ph, pw), axis=(1, 2))[:, ::sh, ::sw]
    winner = windows.reshape(*windows.shape[:4], ph * pw).argmax(axis=-1)
    n, i, j, c = np.indices(winner.shape)
    dx = np.zeros(x.shape)
    np.add.at(dx, (n, i * sh + winner // pw, j * sw + winner % pw, c), dout)
    return dx


@variant("3.6", "float32, a mask of the first winner, place by place of the window")
def pool_in_float32(dout, x, size, stride):
    x, dout = np.asarray(x, dtype=np.float32), np.asarray(dout, dtype=np.float32)
    (ph, pw), (sh, sw) = size, stride
    oh, ow = dout.shape[1:3]

    def part(a, u, v):
        return a[:, u : u + sh * (oh - 1) + 1 : sh, v : v + sw * (ow - 1) + 1 : sw]

    best = np.max([part(x, u, v) for u in range(ph) for v in range(pw)], axis=0)
    taken, dx = np.zeros(best.shape, dtype=bool), np.zeros_like(x)
    for u in range(ph):
        for v in range(pw):
            wins = (part(x, u, v) == best) & ~taken
            part(dx, u, v)[...] += dout * wins
            taken |= wins
    return dx


@variant("3.6", "loops over everything, comparing as it goes, as lists")
def pool_by_loops(dout, x, size, stride):
    dx = np.zeros(np.shape(x))
    for n, i, j, c in np.ndindex(*np.shape(dout)):
        best = None
        for u in range(size[0]):
            for v in range(size[1]):
                place = (n, i * stride[0] + u, j * stride[1] + v, c)
                if best is None or x[place] > x[best]:
                    best = place
        dx[best] += dout[n, i, j, c]
    return dx.tolist()


# 3.7 ---------------------------------------------------------------------------------------------


@variant("3.7", "no recursion: counts how many gradients each node still waits for")
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


@variant("3.7", "float32, closures for the way back, nodes in the order of their making")
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


@variant("3.7", "a recursion that returns the order, and weak typing")
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

# 3.8 ---------------------------------------------------------------------------------------------


def network(x, y, p):
    """Loss and gradients of dense, ReLU, dense, softmax, in the types of what it is given."""
    a = x @ p["w1"] + p["b1"]
    h = np.maximum(a, 0)
    z = h @ p["w2"] + p["b2"]
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    at = (np.arange(len(x)), y)
    dz = np.exp(log_p)
    dz[at] -= 1
    dz /= len(x)
    da = dz @ p["w2"].T * (a > 0)
    gradients = {"w1": x.T @ da, "b1": da.sum(axis=0), "w2": h.T @ dz, "b2": dz.sum(axis=0)}
    return -log_p[at].mean(), gradients


@variant("3.8", "all in one, history as an array, parameters changed in place")
def train_all_in_one(x, y, hidden, lr, steps, seed):
    draw = np.random.default_rng(seed)
    K = np.max(y) + 1
    p = {
        "b2": np.zeros(K),
        "b1": np.zeros(hidden),
        "w2": draw.normal(0, 0.01, size=(hidden, K)),
        "w1": draw.normal(0, (2 / x.shape[1]) ** 0.5, size=(x.shape[1], hidden)),
    }
    history = np.zeros(steps)
    for k in range(steps):
        history[k], gradients = network(x, y, p)
        for name in p:
            p[name] -= lr * gradients[name]
    return p, history


@variant("3.8", "float32")
def train_in_float32(x, y, hidden, lr, steps, seed):
    draw = np.random.default_rng(seed)
    x, K = np.float32(x), int(max(y)) + 1
    p = {
        "w1": draw.standard_normal((x.shape[1], hidden), dtype=np.float32)
        * np.float32(np.sqrt(2 / x.shape[1])),
        "b1": np.zeros(hidden, np.float32),
        "w2": draw.standard_normal((hidden, K), dtype=np.float32) * np.float32(0.01),
        "b2": np.zeros(K, np.float32),
    }
    history = []
    for _ in range(steps):
        loss, gradients = network(x, y, p)
        history.append(loss)
        p = {name: p[name] - np.float32(lr) * gradients[name] for name in p}
    return [p, history]


@variant("3.8", "one-hot rows, names of its own, a loss by logaddexp")
def train_with_one_hot(x, y, hidden, lr, steps, seed):
    rng = np.random.default_rng(seed)
    N, D = x.shape
    T = np.eye(np.max(y) + 1)[y]
    A, a = np.sqrt(2 / D) * rng.standard_normal((D, hidden)), np.zeros((1, hidden))
    B, b = 0.01 * rng.standard_normal((hidden, T.shape[1])), np.zeros((1, T.shape[1]))
    losses = []
    for _ in range(steps):
        s = x @ A + a
        h = s * (s > 0)
        z = h @ B + b
        log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
        losses.append(-(T * log_p).sum() / N)
        e = (np.exp(log_p) - T) / N
        g = (e @ B.T) * (s > 0)
        A, a = A - lr * x.T @ g, a - lr * g.sum(0, keepdims=True)
        B, b = B - lr * h.T @ e, b - lr * e.sum(0, keepdims=True)
    return {"w1": A, "b1": a[0], "w2": B, "b2": b[0]}, losses
