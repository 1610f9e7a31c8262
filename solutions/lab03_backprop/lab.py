# %% [markdown]
# # Backprop by hand
#
# A network is a machine with knobs. It answers, you measure how wrong the answer is, and then you
# turn the knobs. Nine knobs, or nine million: for each of them you need to know one thing: *if I
# turn this one a little, how much more or less wrong does the machine get?* That number is the
# knob's **gradient**.
#
# In this lab you work all nine out on paper, once in your life. Then you write the pieces that do
# the same for a layer of any size: dense, ReLU, softmax, convolution, max-pooling. In the end you
# build a machine that takes gradients of expressions that it has never seen, and train a network on
# handwritten digits with nothing but your own code.
#
# **You need** NumPy, the chain rule, and Lab {filters}'s convolution and pooling. **It takes** about 110
# minutes.
#
# **How it works.** Fill in a cell that says `YOUR CODE HERE`, run it, then run the check below it:
# it tells you what is right and, if something is not, shows you where. `hint("N.1")` gives a hint;
# ask again for a stronger one. Your functions must not change the arrays that they are given.
# Before each exercise there is a question to bet on. It earns no points: you learn more from a run
# when you have guessed first.

# %% tags=["setup"]
import numpy as np

from nablab import check, data, hint, predict
from nablab.show import backprop as show

# A network with two inputs, two hidden units and one output: nine numbers to learn.
INPUT, TARGET = np.array([1.0, 2.0]), -1.0
NET = {
    "w": np.array([[2.0, np.log(3)], [-1.0, 0.0]]),  # w[i, j]: from input i to hidden unit j
    "b": np.array([0.0, 0.0]),  # biases of the hidden units
    "v": np.array([2.0, -4.0]),  # from the hidden units to the output
    "c": 3.0,  # bias of the output
}

# %% [markdown]
# ## A puzzle to begin with
#
# Here is a network with nine knobs, every one at the value that is written on it ($w_{12}$ is
# $\ln 3 \approx 1.1$). It gets the input $(1, 2)$, it answers $1$, and it should have answered $-1$.
# Its loss is $\tfrac12(1-(-1))^2 = 2$.
#
# *You may turn one knob by 0.01, up or down. Which one lowers the loss the most?* Bet on one before
# you read on.

# %% tags=["picture"]
show.network(INPUT, TARGET, NET)

# %% [markdown]
# ## On paper
#
# **Forward.** Write down what the network does, one small step a line:
#
# $$z_j = \sum_i x_i\,w_{ij} + b_j,\qquad h_j = \sigma(z_j),\qquad
# \hat y = \sum_j h_j\,v_j + c,\qquad L = \tfrac12(\hat y - t)^2 .$$
#
# $x_i$ are the inputs, $w_{ij}$ leads from input $i$ to hidden unit $j$, $b_j$ and $c$ are biases,
# $v_j$ leads from hidden unit $j$ to the output, $t$ is the target, and
# $\sigma(z) = 1/(1+e^{-z})$ is the **sigmoid**. With the numbers of the picture,
#
# $$z = (1\cdot 2 + 2\cdot(-1),\;\; 1\cdot\ln 3 + 2\cdot 0) = (0,\; \ln 3),\qquad
# h = (\tfrac12, \tfrac34),\qquad \hat y = 1 - 3 + 3 = 1,\qquad L = 2 .$$
#
# **Backward.** Now start at the loss and go back through the same lines, last one first. Ask of
# every number on the way: how fast does the loss change with it? Each answer is one product: *what
# has arrived, times the slope of this one step*.
#
# $$\begin{aligned}
# \frac{\partial L}{\partial \hat y} &= \hat y - t = 2\\[4pt]
# \frac{\partial L}{\partial v_j} &= \frac{\partial L}{\partial \hat y}\,h_j = (1,\;1.5),\qquad
# \frac{\partial L}{\partial c} = \frac{\partial L}{\partial \hat y} = 2,\qquad
# \frac{\partial L}{\partial h_j} = \frac{\partial L}{\partial \hat y}\,v_j = (4,\;-8)\\[4pt]
# \frac{\partial L}{\partial z_j} &= \frac{\partial L}{\partial h_j}\,\sigma'(z_j)
# = \frac{\partial L}{\partial h_j}\,h_j(1-h_j) = (4\cdot\tfrac14,\; -8\cdot\tfrac3{16}) = (1,\;-1.5)\\[4pt]
# \frac{\partial L}{\partial w_{ij}} &= x_i\,\frac{\partial L}{\partial z_j}
# = \begin{pmatrix}1&-1.5\\2&-3\end{pmatrix},\qquad
# \frac{\partial L}{\partial b_j} = \frac{\partial L}{\partial z_j} = (1,\;-1.5)\\[4pt]
# \frac{\partial L}{\partial x_i} &= \sum_j w_{ij}\,\frac{\partial L}{\partial z_j}
# = (2 - 1.5\ln 3,\; -1) \approx (0.35,\; -1)
# \end{aligned}$$
#
# The sigmoid's slope is $\sigma'(z) = \sigma(z)\,(1-\sigma(z))$, which needs only the $h_j$ that
# you have already. Nobody turns the inputs, so the last line is not needed here. But if there were
# one more layer below, $\partial L/\partial x_i$ is just what that layer would have to be told.
#
# **Look at what you did not do.** Nothing was worked out twice. The two numbers
# $\partial L/\partial z_j$ serve six knobs. That is the whole idea of **backpropagation**: one
# pass forwards, which keeps what it will need; one pass backwards, which reuses what has arrived.
# Seppo Linnainmaa described it for arbitrary computations (1970); David Rumelhart, Geoffrey Hinton
# and Ronald Williams showed that hidden units learn useful things by it (1986).
#
# **What you should see:** the same network with every gradient below its value. Of the nine knobs
# $w_{22}$ has the largest, $-3$: turned up by 0.01 it lowers the loss by about 0.03, to 1.970.

# %% tags=["picture"]
show.network(INPUT, TARGET, NET, backward=True)

# %% [markdown]
# ## N.1 The gradient by trying
#
# Before you write anything clever, write something slow that cannot be misunderstood, and check the
# clever thing against it. Take a function $f$ of an array $x$ that returns one number. Raise entry
# $i$ by $\varepsilon$, lower it by $\varepsilon$, and see how $f$ changes:
#
# $$g_i \;=\; \frac{f(x + \varepsilon\,e_i) - f(x - \varepsilon\,e_i)}{2\varepsilon}$$
#
# Here $e_i$ is an array like $x$ with 1 at entry $i$ and 0 elsewhere. This is the **central
# difference**. The *forward difference* $(f(x+\varepsilon e_i) - f(x))/\varepsilon$ looks
# simpler, but is off by an amount that shrinks like $\varepsilon$; the central one's error shrinks
# like $\varepsilon^2$.
#
# **By hand.** $f(x) = x^3$ at $x = 2$ has the slope $3x^2 = 12$. With $\varepsilon = 1$ the forward
# difference says $27 - 8 = 19$, the central one $(27 - 1)/2 = 13$. With $\varepsilon = 0.1$ they say
# $12.61$ and $12.01$: the one error is about a tenth of what it was, the other a hundredth.
#
# Three things to get right:
#
# * $x$ may have any shape, and may hold whole numbers. Compute in float64 whatever it holds: a
#   whole number cannot be raised by 0.00001, and a float32 of 1000 cannot either.
# * Each entry is moved *alone*; the others stay at their values in $x$.
# * Afterwards $x$ is what it was, to the last bit. (Adding and then subtracting does not do that:
#   `0.5 + 1e-5 - 1e-5` is not `0.5`. Work on a copy, or keep the old value and put it back.)


# %% exercise="num_grad"
def num_grad(f, x, eps=1e-5):
    """The gradient of f at x, by central differences.

    f: takes an array of the shape of x and returns one number.
    x: an array of any shape, of floats or whole numbers; it is not changed.
    Returns a float array of the shape of x.
    """
    ### BEGIN SOLUTION
    x = np.array(x, dtype=float)  # a copy
    grad = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        old = x[i]
        x[i] = old + eps
        up = f(x)
        x[i] = old - eps
        down = f(x)
        x[i] = old
        grad[i] = (up - down) / (2 * eps)
    return grad
    ### END SOLUTION


# %% [markdown]
# **What you should see:** the error of the slope of the sine at 1, for steps from 0.1 down to
# $10^{-13}$, on logarithmic axes. Your line falls twice as steeply as that of the forward difference.
# Then both turn up: the two function values agree in almost all of their digits, and what is left
# after the subtraction is rounding. Your best step is near $10^{-5}$. That is why `eps` is what it is.

# %% tags=["picture"]
show.steps(num_grad)

# %% [markdown]
# ## N.2 A dense layer, both ways
#
# A dense layer takes a batch of $N$ examples with $D$ numbers each to $M$ numbers each:
#
# $$\text{out} = x\,w + b,\qquad \text{out}[n,m] = \sum_d x[n,d]\,w[d,m] + b[m]$$
#
# Somebody further up hands you `dout`, of the shape of `out`: the gradient of the loss with respect to
# each entry of `out`. You owe three gradients, each of the shape of what it belongs to. Use the chain
# rule, and sum over every way in which a number reaches the loss. $x[n,d]$ reaches it through all $M$
# units; $w[d,m]$ and $b[m]$ reach it through all $N$ examples:
#
# $$dx[n,d] = \sum_m \text{dout}[n,m]\,w[d,m],\qquad
# dw[d,m] = \sum_n x[n,d]\,\text{dout}[n,m],\qquad
# db[m] = \sum_n \text{dout}[n,m]$$
#
# These are *sums* over the batch, never means. If the loss is a mean, the $1/N$ is in `dout` already.
#
# To go backward, a layer must remember something of its forward pass. So `dense_fwd` returns two
# things, its output and a **cache**, and `dense_bwd` gets the cache back. What you put into it is up
# to you. Keep nothing in global variables: a network has many layers, and each goes back with the
# cache of its own forward pass.
#
# **By hand.** Two examples, two inputs, three units:
#
# $$x=\begin{pmatrix}1&2\\3&0\end{pmatrix},\quad
# w=\begin{pmatrix}1&0&-1\\2&1&0\end{pmatrix},\quad b=(0,1,5),\quad
# \text{out}=\begin{pmatrix}5&3&4\\3&1&2\end{pmatrix},\quad
# \text{dout}=\begin{pmatrix}1&0&2\\0&4&-1\end{pmatrix}$$
#
# $$dx=\begin{pmatrix}-1&2\\1&4\end{pmatrix},\qquad
# dw=\begin{pmatrix}1&12&-1\\2&0&4\end{pmatrix},\qquad db=(1,4,1)$$
#
# For instance $dx[0,0] = 1\cdot1 + 0\cdot0 + 2\cdot(-1) = -1$, and
# $dw[0,1] = 1\cdot 0 + 3\cdot 4 = 12$.


# %% exercise="dense"
def dense_fwd(x, w, b):
    """A dense layer before its activation.

    x: (N, D), w: (D, M), b: (M,), arrays of floats or whole numbers.
    Returns the output, a NumPy array (N, M), and a cache for dense_bwd.
    """
    ### BEGIN SOLUTION
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    return x @ w + b, (x, w)
    ### END SOLUTION


def dense_bwd(dout, cache):
    """The gradients of the loss with respect to a layer's input and weights, from that of its output.

    dout: (N, M); cache: what dense_fwd returned with its output.
    Returns three NumPy arrays, with which N.8 computes: dx (N, D), dw (D, M), db (M,).
    """
    ### BEGIN SOLUTION
    x, w = cache
    dout = np.asarray(dout, dtype=float)
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** how the by-hand `dw` comes about. Each example contributes a table of
# products, its inputs down the side and what arrives at the units along the top; `dw` is the sum of
# the two tables.

# %% tags=["picture"]
x = np.array([[1.0, 2], [3, 0]])
w = np.array([[1.0, 0, -1], [2, 1, 0]])
dout = np.array([[1.0, 0, 2], [0, 4, -1]])
show.tables(x, w, np.array([0.0, 1, 5]), dout, dense_fwd, dense_bwd)

# %% [markdown]
# ## N.3 Through a bend: ReLU, sigmoid, tanh
#
# Between two dense layers there is an **activation**, a curve that bends each number by itself. Going
# back through it is the easiest of all: *what arrives, times the slope of the curve there*. All
# that you need is to remember where "there" was. The three forward functions are given. Look at
# what each of them keeps:
#
# | | forward | cache | slope |
# |---|---|---|---|
# | ReLU | $\max(x, 0)$ | its input $x$ | 1 where $x > 0$, else 0; exactly 0 at $x = 0$ |
# | sigmoid | $y = 1/(1+e^{-x})$ | its **output** $y$ | $y\,(1-y)$ |
# | tanh | $y = \tanh x$ | its **output** $y$ | $1 - y^2$ |
#
# At 0 ReLU has a corner and no slope. Somebody must decide, and TensorFlow, PyTorch and JAX have all
# decided for 0.
#
# **By hand.** ReLU with the input $(-2, 0, 3)$ and $\text{dout} = (5, 6, 7)$: $dx = (0, 0, 7)$.
# Sigmoid with the output $(\tfrac12, \tfrac34)$ and $\text{dout} = (4, -8)$: $dx = (1, -1.5)$, which
# you have seen before. Tanh with the output $(0, -0.6, 0.8)$ and $\text{dout} = (1, 2, 5)$:
# $dx = (1, 1.28, 1.8)$.


# %% tags=["setup"]
def relu_fwd(x):
    """max(x, 0), and the input as the cache."""
    return np.maximum(x, 0), x


def sigmoid_fwd(x):
    """1 / (1 + exp(-x)), and the output as the cache."""
    y = 0.5 * (1 + np.tanh(0.5 * np.asarray(x, dtype=float)))  # the same, and never overflows
    return y, y


def tanh_fwd(x):
    """tanh(x), and the output as the cache."""
    y = np.tanh(x)
    return y, y


# %% exercise="bends"
def relu_bwd(dout, cache):
    """Back through ReLU. cache: its input.

    dout and cache are arrays of one and the same shape, any, of floats or whole numbers. All three
    functions return a NumPy array of that shape.
    """
    ### BEGIN SOLUTION
    return np.asarray(dout, dtype=float) * (np.asarray(cache) > 0)
    ### END SOLUTION


def sigmoid_bwd(dout, cache):
    """Back through the sigmoid. cache: its output."""
    ### BEGIN SOLUTION
    y = np.asarray(cache, dtype=float)
    return np.asarray(dout, dtype=float) * y * (1 - y)
    ### END SOLUTION


def tanh_bwd(dout, cache):
    """Back through tanh. cache: its output."""
    ### BEGIN SOLUTION
    y = np.asarray(cache, dtype=float)
    return np.asarray(dout, dtype=float) * (1 - y**2)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** the three curves, and below each the slope that you have written. The
# sigmoid's slope is never above ¼ and next to nothing beyond ±5: a gradient that goes back through
# a saturated unit is gone. ReLU's is all or nothing.

# %% tags=["picture"]
CURVES = {
    "ReLU": (relu_fwd, relu_bwd),
    "sigmoid": (sigmoid_fwd, sigmoid_bwd),
    "tanh": (tanh_fwd, tanh_bwd),
}
show.bends(CURVES)

# %% [markdown]
# ## N.4 How wrong, and which way: softmax cross-entropy
#
# A classifier ends in $K$ numbers for each example, its **logits** $z$. **Softmax** turns them into
# probabilities. The loss is the surprise at the right class $y_n$, minus the logarithm of its
# probability, averaged over the batch. ($\log$ is the natural logarithm, here and below.)
#
# $$p[n,k] = \frac{e^{z[n,k]}}{\sum_j e^{z[n,j]}},\qquad
# L = -\frac1N\sum_n \log p[n, y_n]$$
#
# Take the gradient with pencil and paper, and nearly everything cancels:
#
# $$dz[n,k] = \frac{\partial L}{\partial z[n,k]} = \frac1N\Big(p[n,k] - [k = y_n]\Big)$$
#
# where the bracket is 1 for the right class and 0 for the others. *What you said, minus what is
# right.* Both the loss and `dz` contain the $1/N$, because the loss is a **mean**.
#
# **A trap.** $e^{1000}$ is more than a float can hold. But softmax does not change if you subtract the
# same number from all logits of a row. Subtract $m_n$, the largest of the row. And do not take the
# logarithm of a probability that has been rounded to 0:
#
# $$\log p[n,k] = z[n,k] - m_n - \log \sum_j e^{z[n,j] - m_n}$$
#
# With logits $(0, 10000)$ and the right class 0 the loss is 10000. Not infinity, and not 27.6, which
# is what you get if you add $10^{-12}$ inside the logarithm "to be safe".
#
# **By hand.** $z = (\ln 1, \ln 2, \ln 5)$ gives $p = (\tfrac18, \tfrac28, \tfrac58)$. If class 1 is
# right, the loss is $\ln 4 = 1.386$ and $dz = (.125, -.75, .625)$. Now a batch of two, with a second
# row of zeros and right class 2: that row has the loss $\ln 3$, so $L = \tfrac12(\ln 4 + \ln 3) = 1.242$,
#
# $$dz = \tfrac12\begin{pmatrix}.125&-.75&.625\\ \tfrac13&\tfrac13&-\tfrac23\end{pmatrix}.$$


# %% exercise="softmax_xent"
def softmax_xent(z, y):
    """The mean cross-entropy of the softmax of some logits, and its gradient.

    z: (N, K) logits, floats or whole numbers; y: (N,) whole numbers from 0 to K - 1, the right classes.
    Returns the loss, one number, and dz, a NumPy array (N, K).
    """
    ### BEGIN SOLUTION
    z, y = np.asarray(z, dtype=float), np.asarray(y, dtype=int)
    rows = np.arange(len(z))
    shifted = z - z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dz = np.exp(log_p)
    dz[rows, y] -= 1
    return -log_p[rows, y].mean(), dz / len(z)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** three examples with class 1 right: nearly right, undecided, and sure of the
# wrong class. A bar is a probability; an arrow says which way a step against the gradient pushes a
# logit. In each example the arrows add up to nothing: one class gains what the others lose. The
# surer of the wrong class, the longer they are. (A push of less than 0.03 is too short to draw.)

# %% tags=["picture"]
show.pushes(np.array([[0.0, 3.5, 0.5], [0, 0, 0], [0.5, 0, 4]]), 1, softmax_xent)

# %% [markdown]
# ## N.5 Back through a convolution
#
# You know the way forward from Lab {filters}. Here it is for a batch, with a stride and with padding; run the
# cell and read it. `stride` and `pad` are one whole number for both axes or a pair, rows first. `pad`
# zeros are put on *both* sides of an axis. With $\tilde x$ for the padded image,
#
# $$\text{out}[n,i,j,f] = b[f] + \sum_{u,v,c} \tilde x[n,\; i\,s_h+u,\; j\,s_w+v,\; c]\;w[u,v,c,f]$$


# %% tags=["setup"]
def pair(value):
    """One number for both axes, or two: rows first."""
    return (value, value) if np.ndim(value) == 0 else tuple(value)


def conv_fwd(x, w, b, stride=1, pad=0):
    """A convolution layer: x (N, H, W, C), w (kh, kw, C, F), b (F,) -> (N, oh, ow, F)."""
    (kh, kw), (sh, sw), (ph, pw) = w.shape[:2], pair(stride), pair(pad)
    padded = np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    oh = (padded.shape[1] - kh) // sh + 1
    ow = (padded.shape[2] - kw) // sw + 1
    out = np.zeros((len(x), oh, ow, w.shape[3]))
    for i in range(oh):
        for j in range(ow):
            patch = padded[:, i * sh : i * sh + kh, j * sw : j * sw + kw]
            out[:, i, j] = np.tensordot(patch, w, axes=3) + b
    return out


# %% [markdown]
# Now cover all of the sum but one output pixel with your hand. What is left is a small dense layer: a
# patch of the image, times the weights, plus the bias. You can go back through that. So *every*
# output pixel sends something to *its* patch, and to the weights, which all pixels share:
#
# $$\begin{aligned}
# d\tilde x[n,\; i\,s_h+u,\; j\,s_w+v,\; c] &\mathrel{+}= \textstyle\sum_f \text{dout}[n,i,j,f]\;w[u,v,c,f]\\
# dw[u,v,c,f] &\mathrel{+}= \textstyle\sum_n \text{dout}[n,i,j,f]\;\tilde x[n,\; i\,s_h+u,\; j\,s_w+v,\; c]\\
# db[f] &\mathrel{+}= \textstyle\sum_n \text{dout}[n,i,j,f]
# \end{aligned}$$
#
# for all $i, j, u, v, c, f$. Mind the $\mathrel{+}=$: patches overlap, and a pixel collects from
# every output that has read it. At the end cut the padding off $d\tilde x$. Each output pixel
# stamps the filter *as it is* into $dx$; so, seen from a pixel of $dx$, with stride 1, `dout` is
# correlated with the filter turned by 180°.
#
# **By hand.** One row and one channel: $x = (1, 2, 3)$, $w = (1, 10)$, $b = 0$, stride $(1, 2)$, pad
# $(0, 1)$. The padded row is $(0, 1, 2, 3, 0)$, and the filter is at places 0 and 2:
# $\text{out} = (10, 32)$. Let $\text{dout} = (1, 2)$. The two stamps are $(1, 10)$ at place 0 and
# $(2, 20)$ at place 2, so $d\tilde x = (1, 10, 2, 20, 0)$, and without the padding
#
# $$dx = (10, 2, 20),\qquad dw = (1\cdot 0 + 2\cdot 2,\;\; 1\cdot 1 + 2\cdot 3) = (4, 7),\qquad db = 3 .$$
#
# Yann LeCun and colleagues sent gradients through convolutions in this way to read zip codes (1989).


# %% exercise="conv_bwd"
def conv_bwd(dout, x, w, stride, pad):
    """The gradients of the loss with respect to a convolution's input, weights and biases.

    dout: (N, oh, ow, F), x: (N, H, W, C), w: (kh, kw, C, F); stride and pad: a whole number or a
    pair of them, rows first; pad zeros are on both sides of an axis. The arrays may hold whole
    numbers, such as bytes in x.
    Returns dx (N, H, W, C), dw (kh, kw, C, F), db (F,).
    """
    ### BEGIN SOLUTION
    dout, x, w = (np.asarray(array, dtype=float) for array in (dout, x, w))
    (kh, kw), (sh, sw), (ph, pw) = w.shape[:2], pair(stride), pair(pad)
    padded = np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    dpadded, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i in range(dout.shape[1]):
        for j in range(dout.shape[2]):
            d = dout[:, i, j]  # (N, F)
            patch = (slice(None), slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw))
            dpadded[patch] += np.einsum("nf,uvcf->nuvc", d, w)
            dw += np.einsum("nf,nuvc->uvcf", d, padded[patch])
    H, W = x.shape[1:3]
    return dpadded[:, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 1, 2))
    ### END SOLUTION


# %% [markdown]
# **What you should see:** three lit pixels of `dout` and their footprints in `dx`, with a 3×3 filter,
# stride 2 and one ring of padding. Each footprint is the filter, upright. That of the corner pixel A
# hangs over the edge and is cut; those of B and C share a column, where they add up.

# %% tags=["picture"]
stamp = np.array([[1.0, 0, 0], [1, 0, 0], [2, 2, 2]])[:, :, None, None]
show.footprints(stamp, (2, 2), (1, 1), (7, 11), conv_bwd)

# %% [markdown]
# ## N.6 Back through a maximum
#
# Max-pooling lets one number of each window pass and drops the rest. Nudge a number that was dropped:
# nothing changes, so its gradient is 0. Nudge the winner: the output moves along. So the whole
# gradient of a window goes to its **winner**, and the forward pass is a set of switches:
#
# $$dx[n, r, q, c] \;=\; \sum_{(i,j)} \text{dout}[n,i,j,c]\;\big[(r,q)\ \text{is the winner of window } (i,j)\text{ in channel } c\big]$$
#
# Windows are as in Lab {filters}: window $(i, j)$ begins at row $i\,s_h$ and column $j\,s_w$, and only whole
# windows count. They may overlap; who wins twice collects twice. If several numbers of a window are
# equally large, the **first** wins, in reading order: rows from the top, within a row from the left.
# It takes everything. (So does TensorFlow. It matters: after a ReLU, windows full of zeros are common.)
#
# A useful law: `dx` sums to what `dout` sums to. Nothing is lost and nothing is doubled.
#
# **By hand.** One row $x = (1, 5, 2, 5, 3)$, windows of three, stride 1. The windows are $(1, 5, 2)$,
# $(5, 2, 5)$ and $(2, 5, 3)$. The first is won by the 5 at place 1; the second is a tie, which the
# same 5 wins as the first; the third by the 5 at place 3. With $\text{dout} = (1, 10, 100)$,
# $dx = (0, 11, 0, 100, 0)$.


# %% exercise="maxpool_bwd"
def maxpool_bwd(dout, x, size, stride):
    """The gradient of the loss with respect to what was pooled, from that of the maxima.

    dout: (N, oh, ow, C), x: (N, H, W, C), of floats or whole numbers; size: (ph, pw); stride:
    (sh, sw), rows first.
    Returns dx (N, H, W, C), floats. Of equal numbers in a window the first, in reading order, wins.
    """
    ### BEGIN SOLUTION
    dout, x = np.asarray(dout, dtype=float), np.asarray(x, dtype=float)
    (ph, pw), (sh, sw) = size, stride
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(*dout.shape):
        window = x[n, i * sh : i * sh + ph, j * sw : j * sw + pw, c]
        u, v = np.unravel_index(np.argmax(window), window.shape)  # the first of equals
        dx[n, i * sh + u, j * sw + v, c] += dout[n, i, j, c]
    return dx
    ### END SOLUTION


# %% [markdown]
# **What you should see:** a map with its winners circled, for overlapping 3×3 windows, stride 1, and a
# `dout` of ones. So `dx` counts how many windows each pixel wins. The large 9 wins every window that
# it lies in; the counts add up to the number of windows.

# %% tags=["picture"]
heights = np.array(
    [
        [1, 0, 2, 4, 1, 0, 3],
        [3, 1, 0, 1, 2, 6, 1],
        [0, 2, 9, 1, 0, 1, 2],
        [5, 1, 3, 0, 7, 2, 0],
        [2, 4, 0, 1, 3, 1, 5],
    ]
)
show.switches(heights, (3, 3), (1, 1), maxpool_bwd)

# %% [markdown]
# ## N.7 A machine that does it by itself
#
# By now you have gone back through five kinds of steps, and it has been the same every time. So let a
# machine do it. A `Value` is a number that remembers what it was made of: each number that went into
# it, and the slope with respect to that number. Adding and multiplying Values builds a **graph**:
#
# * $c = a + b$ has the slope 1 with respect to $a$, and 1 with respect to $b$;
# * $c = a\,b$ has the slope $b$ with respect to $a$, and $a$ with respect to $b$;
# * $c = \operatorname{relu}(a)$ has the slope 1 where $a > 0$, else 0.
#
# An operand may be a plain number, as in $a + 1$. Nobody asks for its gradient: make a Value of it, or
# leave it out of `made_of`.
#
# `backward()` starts at one node, gives it the gradient 1, and goes back: every node passes to each
# node that it was made of *its own gradient times the slope*, and there it is **added** to what has
# come from elsewhere.
#
# The only difficulty is the order. A node may pass its gradient on only when **everything** has arrived
# that will arrive. So first list the nodes such that each comes *after* those it was made of (a
# *topological order*), then go through the list from its end. Each node passes its gradient on once.
# Passing it on at once, along every path, gives the right numbers too, but takes forever: double a
# number forty times, and there are $2^{40}$ paths back.
#
# **By hand.** $a = 2$, $b = -3$, and three lines: $c = a\,b = -6$; $d = c + a = -4$; $e = d\,d = 16$.
# Backwards from $e$:
#
# $$\begin{aligned}
# \frac{\partial e}{\partial e} &= 1, &
# \frac{\partial e}{\partial d} &= d + d = -8\ \text{(both factors are } d\text{)}, &
# \frac{\partial e}{\partial c} &= -8,\\[4pt]
# \frac{\partial e}{\partial a} &= \underbrace{-8}_{\text{from } d} + \underbrace{-8\cdot b}_{\text{from } c}
# = -8 + 24 = 16, &
# \frac{\partial e}{\partial b} &= -8\cdot a = -16 . &&
# \end{aligned}$$
#
# **Twice.** `node.grad` starts at 0, and `backward()` *adds to it*. Call it twice from the same node and
# every gradient, of every node on the way, is exactly twice as large; call it from two nodes and you
# get the gradients of their sum. (People use this to add up gradients of several batches.) So keep the
# gradients of one pass apart, in a dict of that pass, and add them to `grad` at the end: what an
# *earlier* pass has left in a node must not be passed on again. (A Value may be a key of a dict, and a
# member of a set.)


# %% [markdown]
# The checks and the picture write expressions as little programs, one step a line, with spaces between
# the words, and let this function build their graph from your Values. Once `Value` works, try it with
# a program of your own.


# %% tags=["setup"]
def work_out(program, inputs, backward_from=None):
    """Work a little program out on Values, go backward, and return {name: (data, grad)}.

    program: lines such as "c = a * b", "d = c + 2", "e = relu d".
    inputs: {"a": 2.0, …}. backward_from: the names to go back from, one after the other; if None, that
    of the last line.
    """
    values = {name: Value(number) for name, number in inputs.items()}

    def operand(word):
        return values[word] if word in values else float(word)

    for line in program.replace(";", "\n").splitlines():
        match line.split():
            case [name, "=", "relu", a]:
                values[name] = operand(a).relu()
            case [name, "=", a, "+", b]:
                values[name] = operand(a) + operand(b)
            case [name, "=", a, "*", b]:
                values[name] = operand(a) * operand(b)
            case [_, *_]:
                raise ValueError(f"no step of a program: {line.strip()}")
    for root in backward_from or [list(values)[-1]]:
        values[root].backward()
    return {name: (value.data, value.grad) for name, value in values.items()}


# %% exercise="value"
class Value:
    """A number that remembers what it was made of.

    data: the number. grad: its gradient, 0 until some backward() has added to it.
    made_of: pairs (Value, slope): what it was made of, and its slope with respect to each.
    Other operands may be plain numbers: a + 1, 3 * a.
    """

    def __init__(self, data, made_of=()):
        self.data = float(data)
        self.grad = 0.0
        self.made_of = tuple(made_of)

    def __add__(self, other):
        """self + other: a new Value."""
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)])
        ### END SOLUTION

    def __mul__(self, other):
        """self * other: a new Value."""
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, [(self, other.data), (other, self.data)])
        ### END SOLUTION

    def relu(self):
        """max(self, 0): a new Value. Its slope at 0 is 0."""
        ### BEGIN SOLUTION
        return Value(max(self.data, 0.0), [(self, float(self.data > 0))])
        ### END SOLUTION

    def backward(self):
        """Add to the grad of this node, and of every node that it was made of, the slope of this
        node with respect to it."""
        ### BEGIN SOLUTION
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent, _ in node.made_of:
                    visit(parent)
                order.append(node)

        visit(self)
        arrived = dict.fromkeys(order, 0.0)  # in this pass
        arrived[self] = 1.0
        for node in reversed(order):
            for parent, slope in node.made_of:
                arrived[parent] += slope * arrived[node]
        for node in order:
            node.grad += arrived[node]
        ### END SOLUTION

    __radd__, __rmul__ = __add__, __mul__  # for 1 + a and 3 * a


# %% [markdown]
# **What you should see:** the graph of the example, with each value above and its gradient below. Two
# arrows leave $a$: what comes back along them, $24$ and $-8$, is added. Two arrows lead from $d$ to $e$.

# %% tags=["picture"]
show.graph("c = a * b; d = c + a; e = d * d", {"a": 2.0, "b": -3.0}, work_out)

# %% [markdown]
# ## N.8 Train a network with it
#
# Everything is there. The network is dense → ReLU → dense → softmax cross-entropy:
#
# $$a = x\,w_1 + b_1,\qquad h = \max(a, 0),\qquad z = h\,w_2 + b_2,\qquad L = \text{softmax\_xent}(z, y)$$
#
# **Gradient descent** takes every parameter $\theta$ a step against its gradient,
# $\theta \leftarrow \theta - \eta\,\partial L/\partial\theta$, with a small **learning rate** $\eta$
# (`lr`), again and again. Each step uses all examples at once, and all four gradients are worked out
# *before* any parameter changes.
#
# Where to start? Not at 0: hidden units that start alike stay alike for ever. Draw from
# `np.random.default_rng(seed)`, in any order: $w_1$ normal with mean 0 and standard deviation
# $\sqrt{2/D}$ for $D$ inputs (Kaiming He and colleagues, 2015; Lab {initialisation} asks why), $w_2$ normal with mean 0
# and standard deviation 0.01. Both biases are 0. Since $w_2$ is small, so are the first logits, and the first loss is close to
# $\log K$.
#
# **By hand.** Ten classes: $\log 10 = 2.303$. If your first loss is 4.6, look for the bug before you
# look at the second.


# %% exercise="training"
def train_two_layer(x, y, hidden, lr, steps, seed):
    """Train a dense layer, a ReLU and a dense layer by gradient descent.

    x: (N, D), y: (N,) whole numbers; there are K = max(y) + 1 classes, even if one of them has no
    example. hidden: the number of hidden units; lr: the learning rate; seed: decides the first
    weights.
    Returns params, a dict with w1 (D, hidden), b1 (hidden,), w2 (hidden, K) and b2 (K,) after the
    last step, and history, the `steps` losses, each taken before its step.
    Use your dense_fwd, dense_bwd, relu_bwd and softmax_xent.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    D, K = x.shape[1], int(np.max(y)) + 1
    params = {
        "w1": rng.normal(size=(D, hidden)) * np.sqrt(2 / D),
        "b1": np.zeros(hidden),
        "w2": rng.normal(size=(hidden, K)) * 0.01,
        "b2": np.zeros(K),
    }
    history = []
    for _ in range(steps):
        a, cache1 = dense_fwd(x, params["w1"], params["b1"])
        z, cache2 = dense_fwd(np.maximum(a, 0), params["w2"], params["b2"])
        loss, dz = softmax_xent(z, y)
        dh, dw2, db2 = dense_bwd(dz, cache2)
        _, dw1, db1 = dense_bwd(relu_bwd(dh, a), cache1)
        for name, gradient in (("w1", dw1), ("b1", db1), ("w2", dw2), ("b2", db2)):
            params[name] = params[name] - lr * gradient
        history.append(float(loss))
    return params, history
    ### END SOLUTION


# %% [markdown]
# **What you should see:** on the left the loss on twenty digits: it starts at $\log 10$ and falls to next
# to nothing. On the right six of the 2,410 gradients of the first step, once as your training used them
# and once by `num_grad`. The last column is their difference, divided by their size: they agree to
# seven digits or more. This comparison is called a **gradient check**. Do one whenever you have
# written a backward pass.

# %% tags=["picture"]
images, labels = data.digits()
DIGITS = images.reshape(-1, 64)
show.training(DIGITS[:20], labels[:20], train_two_layer, num_grad, dense_fwd, softmax_xent)

# %% [markdown]
# Twenty digits can be learned by heart. Here are 1,000 to learn from, and 797 that the network has never
# seen. More than nine in ten of those are read right, by nothing but sums, products and the chain rule.
#
# **What you should see:** two rows of unseen digits with your network's answers, and one row of its
# mistakes: "9, not 4" is a 4 that it reads as a 9. Some of them you would have to guess yourself.
#
# The training takes some seconds. If your dense layer goes through its arrays number by number, it
# takes half an hour: interrupt it then. Nothing further depends on it.

# %% tags=["picture"]
show.digits(DIGITS[:1000], labels[:1000], DIGITS[1000:], labels[1000:], train_two_layer)

# %% [markdown]
# ## What you have built
#
# * A **gradient** says how fast the loss changes with a number. It has the shape of that number's array.
# * **Backward** is the chain rule, last step first: what arrives, times the slope of this step. Where a
#   number is used more than once, what comes back is **added**.
# * **Forward keeps** what backward needs. That is why training takes more memory than answering.
# * A **dense layer** sends back `dout @ w.T`; a **convolution** stamps its filter into each patch; a
#   **maximum** sends everything to the winner; softmax with cross-entropy sends *said minus right*.
# * A **graph** and a topological order make all this automatic. TensorFlow's `GradientTape`, PyTorch and
#   JAX do what your `Value` does, with arrays for numbers.
# * A **gradient check** by central differences finds the bug in a backward pass. It finds none in the
#   forward pass: a wrong function has a right gradient, too. So check both.
#
# **Where this goes next.** Lab {convnet} puts layers together into a first convolutional network. Lab {initialisation} asks
# where the weights should start, and Lab {optimisers} what may be done with a gradient besides following it.
#
# ## Read on
#
# * D. E. Rumelhart, G. E. Hinton, R. J. Williams, *Learning representations by back-propagating
#   errors*, 1986.
# * Y. LeCun, B. Boser, J. S. Denker, D. Henderson, R. E. Howard, W. Hubbard, L. D. Jackel,
#   *Backpropagation applied to handwritten zip code recognition*, 1989.
# * A. Griewank, *Who invented the reverse mode of differentiation?*, 2012.
# * K. He, X. Zhang, S. Ren, J. Sun, *Delving deep into rectifiers*, 2015.
#
# The digits are from the *Optical Recognition of Handwritten Digits* set by E. Alpaydin and C. Kaynak
# (UCI, 1998; CC BY 4.0), as scikit-learn carries them.
