"""Plausible wrong answers to lab 3. Each loses points on the hidden checks and on the visible
ones; the sentence is what a teacher would say to its author."""

import numpy as np

from nablab.checking import mutant
from nablab.reference.backprop import numerical_gradient, two_layer_gradients
from nablab.reference.convolution_layers import conv_nd_gradients
from nablab.reference.loss import softmax_cross_entropy, softmax_cross_entropy_gradient
from nablab.reference.pooling import maxpool_nd_gradients


def floats(*arrays):
    return [np.asarray(array, dtype=float) for array in arrays]


# 3.1 ---------------------------------------------------------------------------------------------


def one_sided(f, x, eps):
    x = np.array(x, dtype=float)
    grad = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        up = x.copy()
        up[i] += eps
        grad[i] = (f(up) - f(x)) / eps
    return grad


@mutant(
    "3.1",
    "This is the forward difference, (f(x + eps) - f(x)) / eps. Its error shrinks like eps; step to "
    "both sides, and it shrinks like eps².",
)
def forward_difference(f, x, eps=1e-5):
    return one_sided(f, x, eps)


@mutant(
    "3.1",
    "Your gradient is twice as large as it should be: the two places lie 2·eps apart, and you divide "
    "by eps.",
)
def divides_by_eps(f, x, eps=1e-5):
    return 2 * numerical_gradient(f, x, eps)


@mutant(
    "3.1",
    "Your gradient is half of what it should be. Do you step up only, and divide by 2·eps?",
)
def steps_up_and_divides_by_two_eps(f, x, eps=1e-5):
    return one_sided(f, x, eps) / 2


@mutant(
    "3.1",
    "An entry is not put back after its turn, so the next ones are moved from another place, and in "
    "the end the caller's x is another one. Put the old value back.",
)
def leaves_its_changes_behind(f, x, eps=1e-5):
    grad = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        x[i] += eps
        up = f(x)
        x[i] -= 2 * eps
        grad[i] = (up - f(x)) / (2 * eps)
    return grad


@mutant(
    "3.1",
    "You step up and down in the caller's x and step back in the end. 0.5 + eps - 2·eps + eps is not "
    "0.5 to the last bit: work on a copy, or keep the old value and put it back.",
)
def steps_back_in_place(f, x, eps=1e-5):
    if x.dtype != np.float64:
        return numerical_gradient(f, x, eps)
    grad = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        x[i] += eps
        up = f(x)
        x[i] -= 2 * eps
        grad[i] = (up - f(x)) / (2 * eps)
        x[i] += eps
    return grad


@mutant(
    "3.1",
    "You go through the rows and move a whole row at a time, so every entry of a row gets the sum of "
    "its slopes. Go through all entries, with np.ndindex(x.shape), whatever the number of axes.",
)
def a_row_at_a_time(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    grad = np.zeros(x.shape)
    for i in range(len(x)):
        step = np.zeros(x.shape)
        step[i] = eps
        grad[i] = (f(x + step) - f(x - step)) / (2 * eps)
    return grad


@mutant(
    "3.1",
    "You compute in the type of x. A whole number cannot be raised by 0.00001: make a float64 copy "
    "first.",
)
def in_the_type_of_x(f, x, eps=1e-5):
    x = np.array(x)
    grad = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[i] = np.array(float(x[i]) + eps).astype(x.dtype)
        down[i] = np.array(float(x[i]) - eps).astype(x.dtype)
        grad[i] = (f(up) - f(down)) / (2 * eps)
    return grad


@mutant(
    "3.1",
    "You move all entries at once, so every entry of your gradient is the sum of all slopes. Move one "
    "at a time.",
)
def all_entries_at_once(f, x, eps=1e-5):
    x = np.asarray(x, dtype=float)
    return np.full(x.shape, (f(x + eps) - f(x - eps)) / (2 * eps))


@mutant("3.1", "You take no notice of the argument eps: it is always 1e-5 in your code.")
def ignores_eps(f, x, eps=1e-5):
    return numerical_gradient(f, x, 1e-5)


@mutant("3.1", "Your gradient is a flat list. It should have the shape of x.")
def flattened(f, x, eps=1e-5):
    grad = numerical_gradient(f, x, eps)
    return grad.ravel() if grad.ndim > 1 else grad[:, None]


# 3.2 ---------------------------------------------------------------------------------------------


def dense_fwd(x, w, b):
    x, w, b = floats(x, w, b)
    return x @ w + b, (x, w)


def dense_bwd(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def means(dout, cache):
    dx, dw, db = dense_bwd(dout, cache)
    return dx, dw / len(dout), db / len(dout)


mean_over_the_batch = mutant(
    "3.2",
    "You take means over the batch for dw and db. They are sums: if the loss is a mean, its 1/N is in "
    "dout already.",
    dense_bwd=means,
)


def mean_of_db(dout, cache):
    dx, dw, db = dense_bwd(dout, cache)
    return dx, dw, db / len(dout)


db_is_a_mean = mutant(
    "3.2",
    "db is the sum over the batch, not the mean: the bias is added to every example.",
    dense_bwd=mean_of_db,
)


def upright(dout, cache):
    x, w = cache
    return dout @ w, x.T @ dout, dout.sum(axis=0)


w_not_transposed = mutant(
    "3.2",
    "For dx you multiply with w as it is. dx[n, d] is the sum over m of dout[n, m]·w[d, m]: multiply "
    "with w.T.",
    dense_bwd=upright,
)


def laid_down(dout, cache):
    dx, dw, db = dense_bwd(dout, cache)
    return dx, dw.T, db


dw_transposed = mutant(
    "3.2",
    "Your dw is (M, D). It should have the shape of w, (D, M): rows for inputs, columns for units.",
    dense_bwd=laid_down,
)


def kept_axis(dout, cache):
    dx, dw, db = dense_bwd(dout, cache)
    return dx, dw, db[None]


db_keeps_an_axis = mutant(
    "3.2", "Your db is (1, M). It should have the shape of b, (M,).", dense_bwd=kept_axis
)


def along_rows(dout, cache):
    dx, dw, _ = dense_bwd(dout, cache)
    return dx, dw, dout.sum(axis=1)


db_over_the_wrong_axis = mutant(
    "3.2",
    "You sum dout over the units, which leaves one number for each example. db has one for each unit: "
    "sum over the examples, axis 0.",
    dense_bwd=along_rows,
)


def without_upstream(dout, cache):
    _, w = cache
    _, dw, db = dense_bwd(dout, cache)
    return np.broadcast_to(w.sum(axis=1), (len(dout), len(w))).copy(), dw, db


dx_forgets_dout = mutant(
    "3.2",
    "Your dx is that of a dout of ones: what arrives from above is not in it. Every gradient is what "
    "arrives, times the slope of this step.",
    dense_bwd=without_upstream,
)

_last = {}


def keeps_globally(x, w, b):
    _last["cache"] = floats(x, w)
    return dense_fwd(x, w, b)[0], None


def reads_globally(dout, cache):
    return dense_bwd(dout, _last["cache"])


one_global_cache = mutant(
    "3.2",
    "Your backward goes by the last forward pass of any layer, not by its own cache. A network has "
    "many layers: put what you need into the cache and read it from there.",
    dense_fwd=keeps_globally,
    dense_bwd=reads_globally,
)


@mutant("3.2", "The bias is missing in your forward pass.")
def forgets_the_bias(x, w, b):
    return dense_fwd(x, w, np.zeros(np.shape(b)))


# 3.3 ---------------------------------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, dtype=float)))


@mutant(
    "3.3",
    "You let the gradient through at an input of exactly 0. There the slope is taken as 0: ask for "
    "> 0, not for >= 0.",
)
def relu_passes_at_0(dout, cache):
    return np.asarray(dout, dtype=float) * (np.asarray(cache) >= 0)


@mutant(
    "3.3",
    "relu_bwd returns only the slopes, 0 and 1: what arrives, dout, is missing as a factor.",
)
def relu_forgets_dout(dout, cache):
    return (np.asarray(cache) > 0) * 1.0


@mutant(
    "3.3",
    "You look at the sign of dout. What passes is decided by the sign of the input, which is in the "
    "cache; dout may have any sign.",
)
def relu_of_dout(dout, cache):
    return np.maximum(dout, 0)


@mutant(
    "3.3",
    "You let pass what is positive in the input and in dout. Only the input decides.",
)
def relu_guided(dout, cache):
    return np.maximum(dout, 0) * (np.asarray(cache) > 0)


@mutant(
    "3.3",
    "relu_bwd sets entries of dout itself to 0. The caller still needs it: work on a copy.",
)
def relu_in_place(dout, cache):
    dout[cache <= 0] = 0
    return dout


def sigmoid_again(dout, cache):
    y = sigmoid(cache)
    return dout * y * (1 - y)


sigmoid_of_the_output = mutant(
    "3.3",
    "sigmoid_bwd takes the sigmoid of what is in the cache. The cache holds the output already: the "
    "slope is y(1 − y) with y as it is.",
    sigmoid_bwd=sigmoid_again,
)


def tanh_again(dout, cache):
    return dout * (1 - np.tanh(cache) ** 2)


tanh_of_the_output = mutant(
    "3.3",
    "tanh_bwd takes the tanh of what is in the cache. The cache holds the output already: the slope "
    "is 1 − y² with y as it is.",
    tanh_bwd=tanh_again,
)


both_read_the_cache_as_input = mutant(
    "3.3",
    "sigmoid_bwd and tanh_bwd read the cache as the input. It holds their output: y(1 − y), and "
    "1 − y², with y as it is.",
    sigmoid_bwd=sigmoid_again,
    tanh_bwd=tanh_again,
)


def one_minus_y(dout, cache):
    return dout * (1 - np.asarray(cache, dtype=float))


sigmoid_without_y = mutant(
    "3.3",
    "Your slope of the sigmoid is 1 − y; it is y·(1 − y).",
    sigmoid_bwd=one_minus_y,
)


def tanh_without_square(dout, cache):
    y = np.asarray(cache, dtype=float)
    return dout * y * (1 - y)


tanh_like_sigmoid = mutant(
    "3.3",
    "Your slope of tanh is that of the sigmoid, y(1 − y). For tanh it is 1 − y².",
    tanh_bwd=tanh_without_square,
)


# 3.4 ---------------------------------------------------------------------------------------------


def one_hot(z, y):
    return np.eye(np.shape(z)[1])[np.asarray(y, dtype=int)]


def xent(z, y):
    loss = softmax_cross_entropy(z, one_hot(z, y)).mean()
    return loss, softmax_cross_entropy_gradient(z, one_hot(z, y)) / len(z)


@mutant(
    "3.4",
    "Your loss overflows for large logits: exp(800) is more than a float can hold. Subtract each row's "
    "largest logit first.",
)
def unstable_exponentials(z, y):
    z = np.asarray(z, dtype=float)
    with np.errstate(all="ignore"):
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(z)), np.asarray(y, dtype=int)]).mean()
    return loss, (p - one_hot(z, y)) / len(z)


@mutant(
    "3.4",
    "Your exponentials are stable, but you take the logarithm of a probability that has become 0. Work "
    "out log p itself: shifted logit minus log of the sum.",
)
def logarithm_of_a_rounded_probability(z, y):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        loss = -np.log(p[np.arange(len(z)), np.asarray(y, dtype=int)]).mean()
    return loss, (p - one_hot(z, y)) / len(z)


@mutant(
    "3.4",
    "You add a tiny number inside the logarithm, so that no loss can be larger than about 27.6. Work "
    "out log p itself, and nothing needs to be added.",
)
def a_tiny_number_in_the_logarithm(z, y):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(z)), np.asarray(y, dtype=int)] + 1e-12).mean()
    return loss, (p - one_hot(z, y)) / len(z)


@mutant(
    "3.4",
    "You subtract the largest logit of the whole batch. A row far below it then has nothing but zeros "
    "under its exponentials: subtract each row's own.",
)
def one_maximum_for_all_rows(z, y):
    z = np.asarray(z, dtype=float)
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max())
        total = e.sum(axis=1, keepdims=True)
        log_p = z - z.max() - np.log(total)
        dz = (e / total - one_hot(z, y)) / len(z)
    return -log_p[np.arange(len(z)), np.asarray(y, dtype=int)].mean(), dz


@mutant(
    "3.4", "Your loss is the sum over the batch, and dz belongs to it. Here both are of the mean."
)
def sum_over_the_batch(z, y):
    loss, dz = xent(z, y)
    return loss * len(z), dz * len(z)


@mutant("3.4", "Your dz has the 1/N, but your loss is a sum: it is the mean over the batch.")
def loss_without_the_mean(z, y):
    loss, dz = xent(z, y)
    return loss * len(z), dz


@mutant(
    "3.4",
    "Your loss is a mean, but dz is that of the sum: the 1/N is missing in dz.",
)
def dz_without_the_mean(z, y):
    loss, dz = xent(z, y)
    return loss, dz * len(z)


@mutant(
    "3.4", "Your dz has the wrong sign. It is what you said minus what is right, p minus one-hot."
)
def right_minus_said(z, y):
    loss, dz = xent(z, y)
    return loss, -dz


@mutant(
    "3.4",
    "Your dz is p/N: the 1 of the right class has not been taken off.",
)
def nothing_taken_off(z, y):
    loss, dz = xent(z, y)
    return loss, dz + one_hot(z, y) / len(z)


@mutant(
    "3.4", "Your loss is in bits. Take the natural logarithm, and ten equal classes give 2.303."
)
def in_bits(z, y):
    loss, dz = xent(z, y)
    return loss / np.log(2), dz


@mutant(
    "3.4",
    "Your softmax runs over the batch (axis 0). The probabilities of one example, along axis 1, should "
    "sum to 1.",
)
def softmax_over_the_batch(z, y):
    z = np.asarray(z, dtype=float)
    shifted = z - z.max(axis=0)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=0))
    loss = -log_p[np.arange(len(z)), np.asarray(y, dtype=int)].mean()
    return loss, (np.exp(log_p) - one_hot(z, y)) / len(z)


# 3.5 ---------------------------------------------------------------------------------------------


def pair(value):
    return (value, value) if np.ndim(value) == 0 else tuple(value)


def conv_back(dout, x, w, stride, pad, crop=True):
    (ph, pw), (H, W) = pair(pad), np.shape(x)[1:3]
    padded = np.pad(np.asarray(x, dtype=float), ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    dx, dw, db = conv_nd_gradients(padded, w, dout, strides=stride)
    return dx[:, ph : ph + H, pw : pw + W] if crop else dx, dw, db


def by_loops(dout, x, w, stride, pad, put):
    """dx by `put(padded dx, rows, columns, d)` for every place; dw and db right."""
    dout, x, w = floats(dout, x, w)
    (kh, kw), (sh, sw), (ph, pw) = w.shape[:2], pair(stride), pair(pad)
    H, W = x.shape[1:3]
    dx = np.zeros((len(x), H + 2 * ph, W + 2 * pw, x.shape[3]))
    for i in range(dout.shape[1]):
        for j in range(dout.shape[2]):
            rows, columns = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
            put(dx, rows, columns, dout[:, i, j])
    _, dw, db = conv_back(dout, x, w, stride, pad)
    return dx[:, ph : ph + H, pw : pw + W], dw, db


@mutant(
    "3.5",
    "You stamp the filter turned by 180°. Each output pixel stamps it into dx as it is; the turn is "
    "what you see if you look from a pixel of dx.",
)
def turned_stamp(dout, x, w, stride, pad):
    dx, _, _ = conv_back(dout, x, np.asarray(w)[::-1, ::-1], stride, pad)
    _, dw, db = conv_back(dout, x, w, stride, pad)
    return dx, dw, db


@mutant(
    "3.5",
    "Your dx still has the padding around it. Cut off pad rows and columns on each side: dx has the "
    "shape of x.",
)
def padding_left_on(dout, x, w, stride, pad):
    return conv_back(dout, x, w, stride, pad, crop=False)


@mutant(
    "3.5",
    "You take the first H rows and W columns of the padded dx. The padding is on both sides: begin "
    "at pad.",
)
def crops_at_the_end_only(dout, x, w, stride, pad):
    dx, dw, db = conv_back(dout, x, w, stride, pad, crop=False)
    return dx[:, : np.shape(x)[1], : np.shape(x)[2]], dw, db


@mutant(
    "3.5",
    "You set the patch of dx in place of adding to it, so where windows overlap only the last one "
    "counts: +=, not =.",
)
def sets_in_place_of_adding(dout, x, w, stride, pad):
    def put(dx, rows, columns, d):
        dx[:, rows, columns] = np.einsum("nf,uvcf->nuvc", d, np.asarray(w, dtype=float))

    return by_loops(dout, x, w, stride, pad, put)


@mutant(
    "3.5",
    "You walk with stride 1 whatever the stride is. Window (i, j) stands at row i·sh and column j·sw.",
)
def ignores_the_stride(dout, x, w, stride, pad):
    dout, x, w = floats(dout, x, w)
    (kh, kw), (ph, pw), (H, W) = w.shape[:2], pair(pad), x.shape[1:3]
    padded = np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i in range(dout.shape[1]):
        for j in range(dout.shape[2]):
            place = (slice(None), slice(i, i + kh), slice(j, j + kw))
            dx[place] += np.einsum("nf,uvcf->nuvc", dout[:, i, j], w)
            dw += np.einsum("nf,nuvc->uvcf", dout[:, i, j], padded[place])
    return dx[:, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 1, 2))


@mutant(
    "3.5",
    "The strides of rows and columns have changed places: both stride and pad are given rows first.",
)
def stride_axes_swapped(dout, x, w, stride, pad):
    (sh, sw), (ph, pw) = pair(stride), pair(pad)
    dout, x, w = floats(dout, x, w)
    kh, kw = w.shape[:2]
    H, W = x.shape[1:3]
    size = (H + 2 * ph + 99, W + 2 * pw + 99)
    padded = np.zeros((len(x), *size, x.shape[3]))
    padded[:, ph : ph + H, pw : pw + W] = x
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i in range(dout.shape[1]):
        for j in range(dout.shape[2]):
            place = (slice(None), slice(i * sw, i * sw + kh), slice(j * sh, j * sh + kw))
            dx[place] += np.einsum("nf,uvcf->nuvc", dout[:, i, j], w)
            dw += np.einsum("nf,nuvc->uvcf", dout[:, i, j], padded[place])
    return dx[:, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 1, 2))


@mutant("3.5", "Your dw is the mean over the images. It is their sum.")
def dw_is_a_mean(dout, x, w, stride, pad):
    dx, dw, db = conv_back(dout, x, w, stride, pad)
    return dx, dw / len(dout), db


@mutant(
    "3.5", "Your db is the mean over images and places. It is the sum: the bias is in every pixel."
)
def db_is_the_mean_of_dout(dout, x, w, stride, pad):
    dx, dw, _ = conv_back(dout, x, w, stride, pad)
    return dx, dw, np.asarray(dout, dtype=float).mean(axis=(0, 1, 2))


@mutant("3.5", "Only the first image of the batch counts in your dw. Sum over all of them.")
def dw_of_the_first_image(dout, x, w, stride, pad):
    dx, _, db = conv_back(dout, x, w, stride, pad)
    return dx, conv_back(np.asarray(dout)[:1], np.asarray(x)[:1], w, stride, pad)[1], db


@mutant(
    "3.5",
    "Only the first filter counts in your dx. A pixel of x is read by all filters: sum over f.",
)
def dx_of_the_first_filter(dout, x, w, stride, pad):
    _, dw, db = conv_back(dout, x, w, stride, pad)
    return conv_back(np.asarray(dout)[..., :1], x, np.asarray(w)[..., :1], stride, pad)[0], dw, db


@mutant(
    "3.5",
    "Your dx has the type of x: for an image of bytes it is rounded to whole numbers. Make it an array "
    "of floats.",
)
def dx_in_the_type_of_x(dout, x, w, stride, pad):
    dx, dw, db = conv_back(dout, x, w, stride, pad)
    return np.trunc(dx).astype(np.asarray(x).dtype), dw, db


# 3.6 ---------------------------------------------------------------------------------------------


def pool_back(dout, x, size, stride, send):
    """`send(window, d)` says what each window (ph, pw) adds to its part of dx."""
    dout, x = floats(dout, x)
    (ph, pw), (sh, sw) = size, stride
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(*dout.shape):
        place = (n, slice(i * sh, i * sh + ph), slice(j * sw, j * sw + pw), c)
        dx[place] += send(x[place], dout[n, i, j, c])
    return dx


def one_at(window, place, d):
    sent = np.zeros(window.shape)
    sent[place] = d
    return sent


@mutant(
    "3.6",
    "You set the winner's gradient in place of adding to it, so a pixel that wins in several windows "
    "keeps only what the last one sends: +=, not =.",
)
def sets_the_winner(dout, x, size, stride):
    dout, x = floats(dout, x)
    (ph, pw), (sh, sw) = size, stride
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(*dout.shape):
        window = x[n, i * sh : i * sh + ph, j * sw : j * sw + pw, c]
        u, v = np.unravel_index(np.argmax(window), window.shape)
        dx[n, i * sh + u, j * sw + v, c] = dout[n, i, j, c]
    return dx


@mutant(
    "3.6",
    "Where several numbers of a window are equally large, all of them get the whole gradient, so that "
    "dx sums to more than dout. The first takes it, and it alone.",
)
def all_of_equals_win(dout, x, size, stride):
    return pool_back(dout, x, size, stride, lambda window, d: d * (window == window.max()))


@mutant(
    "3.6",
    "You share the gradient among equally large numbers. Here the first, in reading order, takes all.",
)
def equals_share(dout, x, size, stride):
    def send(window, d):
        winners = window == window.max()
        return d * winners / winners.sum()

    return pool_back(dout, x, size, stride, send)


@mutant("3.6", "Of equally large numbers your last one wins. It is the first, in reading order.")
def last_of_equals_wins(dout, x, size, stride):
    def send(window, d):
        last = window.size - 1 - np.argmax(window.ravel()[::-1])
        return one_at(window, np.unravel_index(last, window.shape), d)

    return pool_back(dout, x, size, stride, send)


@mutant(
    "3.6",
    "Of equally large numbers your first one is the first column by column. Reading order goes row by "
    "row.",
)
def first_by_columns(dout, x, size, stride):
    def send(window, d):
        v, u = np.unravel_index(np.argmax(window.T), window.T.shape)
        return one_at(window, (u, v), d)

    return pool_back(dout, x, size, stride, send)


@mutant(
    "3.6",
    "You send every gradient to the bottom right pixel of its window. It belongs to the largest, "
    "wherever that is.",
)
def bottom_right_pixel(dout, x, size, stride):
    return pool_back(dout, x, size, stride, lambda window, d: one_at(window, (-1, -1), d))


@mutant(
    "3.6",
    "You spread the gradient evenly over the window, as average pooling does. Only the largest number "
    "has moved the maximum.",
)
def spread_evenly(dout, x, size, stride):
    return pool_back(dout, x, size, stride, lambda w, d: np.full(w.shape, d / w.size))


@mutant("3.6", "Your winner is the number of largest magnitude. A strong −9 is less than a weak 1.")
def largest_magnitude_wins(dout, x, size, stride):
    def send(window, d):
        return one_at(window, np.unravel_index(np.argmax(np.abs(window)), window.shape), d)

    return pool_back(dout, x, size, stride, send)


@mutant(
    "3.6",
    "You take the size for the stride. The stride says where a window starts, the size how far it "
    "reaches.",
)
def takes_the_size_for_the_stride(dout, x, size, stride):
    h, w = ((n - k) // k + 1 for n, k in zip(np.shape(x)[1:3], size, strict=True))
    h, w = min(h, dout.shape[1]), min(w, dout.shape[2])
    return maxpool_nd_gradients(
        np.asarray(x)[:, : h * size[0], : w * size[1]], size, np.asarray(dout)[:, :h, :w], size
    )


@mutant(
    "3.6",
    "You look for one winner over all channels. Each channel is pooled by itself and has its own "
    "winner.",
)
def one_winner_over_all_channels(dout, x, size, stride):
    dout, x = floats(dout, x)
    (ph, pw), (sh, sw) = size, stride
    dx = np.zeros(x.shape)
    for n, i, j in np.ndindex(*dout.shape[:3]):
        window = x[n, i * sh : i * sh + ph, j * sw : j * sw + pw]
        u, v, c = np.unravel_index(np.argmax(window), window.shape)
        dx[n, i * sh + u, j * sw + v, c] += dout[n, i, j].sum()
    return dx


@mutant(
    "3.6",
    "Your dx has the type of x: for a map of whole numbers it is rounded to whole numbers. Make it an "
    "array of floats.",
)
def dx_in_the_type_of_the_map(dout, x, size, stride):
    dx = maxpool_nd_gradients(x, size, dout, stride)
    return np.trunc(dx).astype(np.asarray(x).dtype)


# 3.7 ---------------------------------------------------------------------------------------------


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
    "3.7",
    "You set a node's gradient in place of adding to it, so of a value that is used twice only one use "
    "counts: +=, not =.",
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
    "3.7",
    "A node passes its gradient on as soon as something has arrived, and what comes later by a longer "
    "way is lost. List the nodes so that each comes after those it was made of, and go back from the "
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
    "3.7",
    "You list each node before those it was made of, in the order in which you come to them. A node "
    "that is reached by a short way then passes on before the long way has arrived. Append a node "
    "after the visits to what it was made of, and go back from the end of the list.",
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
    "3.7",
    "A second backward() hands on again what the first one has left in the nodes between, so the "
    "inputs get too much. Keep the gradients of one pass apart, and add them to grad at the end.",
)
class hands_on_old_gradients(Node):
    def backward(self):
        self.grad = 1.0
        for node in reversed(self.order()):
            for parent, slope in node.made_of:
                parent.grad += slope * node.grad


@mutant(
    "3.7",
    "A second backward() begins again from 0. Here it adds to what is in grad already.",
)
class forgets_earlier_passes(Node):
    def backward(self):
        for node in self.order():
            node.grad = 0.0
        super().backward()


@mutant(
    "3.7",
    "The slope of a·b by a is b, the other factor; you hand on each factor's own value.",
)
class slope_is_the_factor_itself(Node):
    def __mul__(self, other):
        other = self.like(other)
        return type(self)(self.data * other.data, [(self, self.data), (other, other.data)])


@mutant(
    "3.7",
    "Your relu hands on the gradient whatever the number was. Where it is not positive the slope is 0.",
)
class relu_passes_everything(Node):
    def relu(self):
        return type(self)(max(self.data, 0.0), [(self, 1.0)])


@mutant("3.7", "The slope of relu at exactly 0 should be 0; yours is 1.")
class relu_passes_at_zero(Node):
    def relu(self):
        return type(self)(max(self.data, 0.0), [(self, float(self.data >= 0))])


@mutant(
    "3.7",
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
    "3.7",
    "You start from the node's own value. The gradient of a node by itself is 1.",
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


# 3.8 ---------------------------------------------------------------------------------------------


def start(x, y, hidden, seed, scale=1.0, w2_std=0.01):
    rng = np.random.default_rng(seed)
    D, K = np.shape(x)[1], int(np.max(y)) + 1
    return {
        "w1": scale * rng.normal(size=(D, hidden)) * np.sqrt(2 / D),
        "b1": np.zeros(hidden),
        "w2": scale * rng.normal(size=(hidden, K)) * w2_std,
        "b2": np.zeros(K),
    }


def run(x, y, params, lr, steps, gradients=two_layer_gradients):
    history = []
    for _ in range(steps):
        loss, grads = gradients(x, y, params)
        params = {name: params[name] - lr * grads[name] for name in params}
        history.append(loss)
    return params, history


@mutant("3.8", "You add the gradient: the loss climbs. A step goes against the gradient.")
def uphill(x, y, hidden, lr, steps, seed):
    return run(x, y, start(x, y, hidden, seed), -lr, steps)


@mutant(
    "3.8",
    "history holds the losses after the steps. The first loss should be that of the first weights.",
)
def history_after_the_step(x, y, hidden, lr, steps, seed):
    params, history = run(x, y, start(x, y, hidden, seed), lr, steps)
    return params, [*history, two_layer_gradients(x, y, params)[0]][1:]


@mutant(
    "3.8",
    "You move w2 before you go back through it, so w1 and b1 get the gradient of another network. Work "
    "out all four gradients first.",
)
def moves_the_upper_layer_first(x, y, hidden, lr, steps, seed):
    params, history = start(x, y, hidden, seed), []
    for _ in range(steps):
        loss, grads = two_layer_gradients(x, y, params)
        moved = params["w2"] - lr * grads["w2"]
        h = np.maximum(x @ params["w1"] + params["b1"], 0)
        z = h @ params["w2"] + params["b2"]
        dz = softmax_cross_entropy_gradient(z, one_hot(z, y)) / len(x)
        da = dz @ moved.T * (h > 0)
        history.append(loss)
        params = {
            "w1": params["w1"] - lr * x.T @ da,
            "b1": params["b1"] - lr * da.sum(axis=0),
            "w2": moved,
            "b2": params["b2"] - lr * grads["b2"],
        }
    return params, history


@mutant(
    "3.8",
    "You go back past the ReLU as if it were not there. Send dh through relu_bwd before it goes into "
    "the first layer.",
)
def forgets_the_relu_on_the_way_back(x, y, hidden, lr, steps, seed):
    def gradients(x, y, params):
        loss, grads = two_layer_gradients(x, y, params)
        h = np.maximum(x @ params["w1"] + params["b1"], 0)
        z = h @ params["w2"] + params["b2"]
        dh = softmax_cross_entropy_gradient(z, one_hot(z, y)) / len(x) @ params["w2"].T
        return loss, grads | {"w1": x.T @ dh, "b1": dh.sum(axis=0)}

    return run(x, y, start(x, y, hidden, seed), lr, steps, gradients)


@mutant("3.8", "Your biases never move. They are parameters like the weights.")
def biases_never_move(x, y, hidden, lr, steps, seed):
    def gradients(x, y, params):
        loss, grads = two_layer_gradients(x, y, params)
        return loss, grads | {"b1": 0 * grads["b1"], "b2": 0 * grads["b2"]}

    return run(x, y, start(x, y, hidden, seed), lr, steps, gradients)


@mutant(
    "3.8",
    "All your weights start at 0, so all hidden units do the same for ever. Draw them at random.",
)
def starts_at_zero(x, y, hidden, lr, steps, seed):
    return run(x, y, start(x, y, hidden, seed, scale=0.0), lr, steps)


@mutant(
    "3.8",
    "Your w2 starts as large as w1, so the first logits are far apart and the first loss is not log K. "
    "Its standard deviation should be 0.01.",
)
def starts_with_large_w2(x, y, hidden, lr, steps, seed):
    return run(x, y, start(x, y, hidden, seed, w2_std=1.0), lr, steps)


@mutant("3.8", "You take no notice of the seed: every training starts with the same weights.")
def ignores_the_seed(x, y, hidden, lr, steps, seed):
    return run(x, y, start(x, y, hidden, 0), lr, steps)


@mutant(
    "3.8",
    "You count the classes that have an example. There are max(y) + 1, even if one of them has none.",
)
def counts_the_classes_seen(x, y, hidden, lr, steps, seed):
    params = start(x, y, hidden, seed)
    seen = len(np.unique(y))
    params |= {"w2": params["w2"][:, :seen], "b2": params["b2"][:seen]}
    return run(x, y, params, lr, steps)


@mutant(
    "3.8",
    "Your steps are N times too large: the gradient of the mean loss has the 1/N in it already.",
)
def steps_of_the_sum(x, y, hidden, lr, steps, seed):
    return run(x, y, start(x, y, hidden, seed), lr * len(x), steps)
