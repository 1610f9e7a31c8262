# %% [markdown]
# # Sizes, padding, Toeplitz, receptive fields
#
# Many errors that you meet while you build networks are not about learning. They say that a layer
# wanted a shape (5, 5, 16) and was given (6, 6, 16). And the worse ones say nothing at all: a border
# that nobody reads, a filter that is off by one pixel, a unit that is meant to recognise a face and
# can only see an eye.
#
# All of it can be worked out on paper beforehand. In this lab you write the small functions that do
# it: how large a map is, where padding goes, what a layer looks like as a matrix, how many numbers
# it holds, how much it computes, and how far it sees.
#
# **You need** NumPy arrays and lab {filters}: you know what correlation is, and what a stride. **It takes**
# about 80 minutes.
#
# **How it works.** Fill in a cell that says `YOUR CODE HERE`, run it, then run the check below it.
# `hint("N.1")` gives a hint; ask again for a stronger one. Before each exercise there is a question
# to bet on. It earns no points: you learn more from a run when you have guessed first.

# %% tags=["setup"]
import numpy as np

from nablab import check, data, hint, predict
from nablab.show import sizes as show

PHOTO = data.sample_photo("china", grey=True)  # (213, 320), 0 is black and 1 is white


def conv2d(filters, size, padding="valid"):
    return {
        "kind": "conv2d",
        "filters": filters,
        "kernel_size": (size, size),
        "strides": (1, 1),
        "padding": padding,
        "use_bias": True,
    }


def dense(units):
    return {"kind": "dense", "units": units, "use_bias": True}


POOL = {"kind": "max_pool2d", "pool_size": (2, 2), "strides": (2, 2), "padding": "valid"}
FLATTEN = {"kind": "flatten"}
# A network for images (32, 32, 1), after LeCun and colleagues (1998); you will count it in N.6.
LENET = [conv2d(6, 5), POOL, conv2d(16, 5), POOL, FLATTEN, dense(120), dense(84), dense(10)]

# %% [markdown]
# ## A puzzle to begin with
#
# A 3×3 filter slides over an image of 8×8 pixels. The pixel in the middle is read nine times, once
# by each of nine windows. *How often is the pixel in the corner read? And with stride 2, is there a
# pixel that is not read at all?* Bet on both, then look.

# %% tags=["picture"]
show.reads(8, 3)

# %% [markdown]
# Left, with `valid` windows and stride 1, the corner is read once and the middle nine times: what
# happens at the border counts less. In the middle picture the stride is 2, and the last row and the
# last column are **never read**; no error tells you so. Right, a frame of zeros brings the corner
# to four.
#
# So three questions come with every layer: how many windows are there, what happens at the border,
# and who sees what?
#
# ## N.1 How many places?
#
# Take one axis at a time; an image has two, and each goes by the same rule. A row of $n$ pixels has
# $p$ zeros put on *each* side, the **padding**. A window of $k$ entries slides over it in steps of
# $s$, the **stride**. It comes to
#
# $$n' \;=\; \Big\lfloor \frac{n + 2p - k}{s} \Big\rfloor + 1$$
#
# places: one for the first window, and one more for every whole step that is left. The brackets mean
# *round down*, and they matter. If the fraction is not a whole number, the last step would stick out,
# so it is not taken; the remainder of the division is how many entries at the end (zeros of the padding
# first, then pixels) are in no window. And where the stride is larger than the window, there are gaps
# between the windows too.
#
# **Dilation** $d$ spreads the window: it reads every $d$-th pixel, and covers a **span** of
# $d(k-1)+1$ pixels, which takes the place of $k$ in the formula. With $d = 1$ it is $k$ again.
#
# Two words stand for common paddings, and they are Keras's:
#
# * `"valid"` is $p = 0$: only windows that lie on real pixels.
# * `"same"` is *as much padding as it takes* to get $n' = \lceil n/s \rceil$ places, rounded **up**;
#   with stride 1 the map is as large as the image. Window and dilation do not matter for the size.
#   Where these zeros go is N.2.
#
# **By hand.**
#
# | $n$ | $k$ | $s$ | padding | $d$ | $n'$ | |
# |---|---|---|---|---|---|---|
# | 10 | 3 | 1 | `"valid"` | 1 | 8 | $7 + 1$ |
# | 10 | 3 | 1 | 1 | 1 | 10 | $9 + 1$ |
# | 8 | 3 | 2 | `"valid"` | 1 | 3 | $\lfloor 5/2\rfloor + 1$; pixel 7 is never read |
# | 8 | 3 | 1 | `"valid"` | 2 | 4 | the span is 5 |
# | 7 | 3 | 2 | `"same"` | 1 | 4 | $\lceil 7/2 \rceil$ |
# | 4 | 5 | 2 | `"valid"` | 1 | error | the window does not fit |
#
# The last line is a trap. $\frac{4-5}{2} = -\frac12$, and rounded *down* that is $-1$, so there are 0
# places: raise a `ValueError`. Python's `//` rounds down; `int(...)` rounds towards 0, and would
# find a place where there is none.
#
# These rules, with many drawings, are in Vincent Dumoulin and Francesco Visin's *guide to
# convolution arithmetic* (2016).


# %% exercise="out_size"
def out_size(n, k, s=1, pad=0, dilation=1):
    """How many places a window has along one axis.

    n: pixels; k: entries of the window; s: stride; dilation: 1 or more.
    pad: "valid", "same", or a whole number of zeros on each side.
    Returns a whole number (int). Raises ValueError if there is no place, not even one.
    """
    ### BEGIN SOLUTION
    if pad == "same":
        return -(-n // s)  # n / s, rounded up
    span = dilation * (k - 1) + 1
    padding = 0 if pad == "valid" else pad
    size = (n + 2 * padding - span) // s + 1
    if size < 1:
        raise ValueError(f"a window of {span} pixels does not fit into {n} + 2·{padding}")
    return size
    ### END SOLUTION


# %% [markdown]
# **What you should see:** six rows of pixels, and below each of them its windows; white boxes are
# pixels with their numbers, grey ones zeros of the padding, and dots inside a window show what it
# reads. As many windows are drawn as your function says, and crossed-out pixels are in none of
# them.

# %% tags=["picture"]
show.ruler(
    [
        {"n": 10, "k": 3},
        {"n": 10, "k": 3, "pad": 1},
        {"n": 8, "k": 3, "s": 2},
        {"n": 8, "k": 3, "dilation": 2},
        {"n": 11, "k": 2, "s": 3},
        {"n": 9, "k": 4, "s": 2, "pad": 2},
    ],
    out_size,
)

# %% [markdown]
# ## N.2 Where do the zeros go?
#
# You will read that `"same"` means a padding of $(k-1)/2$. Sometimes it does. For an even $k$ that
# is not a whole number, and with a stride it can be wrong even for an odd one. What Keras does is this.
# There are $n' = \lceil n/s\rceil$ windows, and the last starts $(n'-1)\,s$ after the first. So in
# all they cover $(n'-1)\,s + \text{span}$ pixels, and what is missing is added as zeros:
#
# $$P = \max\big((n'-1)\,s + d(k-1)+1 - n,\; 0\big),\qquad
# \text{before} = \Big\lfloor \frac P2 \Big\rfloor,\qquad \text{after} = P - \text{before}$$
#
# If $P$ is odd, **the extra zero goes after**. The maximum is for strides larger than the span:
# there the windows can cover fewer than $n$ pixels, and then nothing is missing.
#
# **By hand.** Pixels $0, 1, 2, \dots$ and the filter $(1, 10, 100)$, with stride 2, so that every
# output shows what it has read:
#
# | | windows | cover | zeros | outputs |
# |---|---|---|---|---|
# | $n = 6$ | 3 | $4 + 3 = 7$ | 0 before, 1 after | $210,\; 432,\; 54$ |
# | $n = 7$ | 4 | $6 + 3 = 9$ | 1 before, 1 after | $100,\; 321,\; 543,\; 65$ |
#
# In the first line pixel 0 is read with the filter's *first* weight, in the second with its
# *middle* one: one pixel more on the right, and every window has moved, down to the first on the
# left. With one zero on each side the 6 pixels would also give three outputs, $100, 321, 543$.
# Nothing fails, and every window is one pixel off. That is what happens when weights move to a
# library that pads in another way.


# %% exercise="same_pads"
def same_pads(n, k, s, dilation=1):
    """The zeros that padding="same" puts before and after a row of n pixels, as Keras does.

    k: entries of the window; s: stride; dilation: 1 or more.
    Returns two whole numbers, before and after.
    """
    ### BEGIN SOLUTION
    span = dilation * (k - 1) + 1
    total = max((out_size(n, k, s, "same") - 1) * s + span - n, 0)
    return total // 2, total - total // 2
    ### END SOLUTION


# %% [markdown]
# **What you should see:** zeros before as bars to the left, zeros after as bars to the right, for
# rows of 5 to 12 pixels. With stride 1 nothing depends on $n$. With stride 2 every second row is
# the same, with stride 3 every third. The left bar is never the longer one.

# %% tags=["picture"]
show.pads([(3, 1), (4, 1), (3, 2), (5, 3)], range(5, 13), same_pads)

# %% [markdown]
# ## N.3 A convolution is a matrix
#
# Correlation is linear: every output is a sum of pixels times fixed numbers. So there is a matrix
# $M$ with $y = Mx$. Its row $i$ holds what output $i$ multiplies the $n$ pixels with: the filter's
# $k$ weights at the place of window $i$, and 0 elsewhere.
#
# $$M[i, m] \;=\; \begin{cases} w[m - i s] & \text{if } 0 \le m - i s \le k-1\\ 0 & \text{else}\end{cases}
# \qquad i = 0 \dots n'-1,\quad m = 0 \dots n-1$$
#
# **By hand.** With $w = (1, 10, 100)$ and $n = 5$: stride 1 without padding, stride 1 with one zero
# on each side, and stride 2 without padding.
#
# $$\left(\,\begin{matrix}1&10&100&0&0\\0&1&10&100&0\\0&0&1&10&100\end{matrix}\,\right)\quad
# \left(\,\begin{matrix}
# 10&100&0&0&0\\1&10&100&0&0\\0&1&10&100&0\\0&0&1&10&100\\0&0&0&1&10
# \end{matrix}\,\right)\quad
# \left(\,\begin{matrix}1&10&100&0&0\\0&0&1&10&100\end{matrix}\,\right)$$
#
# With stride 1 all diagonals are constant; such a matrix is named after Otto Toeplitz. The second
# one is the matrix for $5 + 2$ pixels without its first and its last column: these would multiply
# zeros. The third is the first with every second row taken out: each row is the one above it, moved
# by *two*.
#
# A **dense** layer is a matrix too, with $n' n$ weights to learn. A convolution is the same thing
# under two rules: *most weights are 0* (a unit reads its neighbourhood only), and *all rows share
# the same weights*.


# %% exercise="conv_matrix_1d"
def conv_matrix_1d(w, n, s=1):
    """The matrix M for which M @ x is the correlation of x (n pixels) with w: stride s, no padding.

    w: (k,), an array or a list of floats or whole numbers, k at most n. The filter is not turned.
    Returns a float array (n_out, n).
    """
    ### BEGIN SOLUTION
    w = np.asarray(w, dtype=float)
    M = np.zeros((out_size(n, len(w), s), n))
    for i in range(len(M)):
        M[i, i * s : i * s + len(w)] = w
    return M
    ### END SOLUTION


# %% [markdown]
# **What you should see:** an orange and blue band from top left to bottom right. On the left it
# stops at the border; in the middle (the padding's two columns are cut off) it has as many rows as
# there are pixels, and its first and last row have lost a weight; on the right it falls half as
# steeply, and the last pixel's column is empty: nobody reads it.

# %% tags=["picture"]
show.bands([-1.0, 3.0, -2.0], 10, conv_matrix_1d)

# %% [markdown]
# You get something for free. The transposed matrix $M^{\mathsf T}$ takes $n'$ numbers $y_i$ to $n$:
# it lays a copy of the filter, times $y_i$, at the place of window $i$ and adds up what overlaps.
# This is the *transposed convolution* that makes small maps large again (it does not undo $M$), and
# it is how errors travel backwards in lab {backprop}.
#
# ## N.4 … and for images, a matrix of matrices
#
# For an image, write both image and map as one long row, one row of pixels after the other (NumPy's
# `ravel()`): pixel $[r, c]$ of an image that is $W$ wide is number $r W + c$. With a filter
# $(k_h, k_w)$ and a map $(H', W')$, $H' = H-k_h+1$ and $W' = W-k_w+1$,
#
# $$M[\,i W' + j,\;\; r W + c\,] \;=\; w[r-i,\; c-j]\quad\text{where } w \text{ has such an entry, else } 0.$$
#
# **By hand.** An image of 3×4 pixels and $w = \begin{pmatrix}1&2&3\\4&5&6\end{pmatrix}$ make a map of
# 2×2, so the matrix is 4×12. The lines part the three rows of the image and the two of the map:
#
# $$\left(\,\begin{array}{cccc|cccc|cccc}
# 1&2&3&0&4&5&6&0&0&0&0&0\\
# 0&1&2&3&0&4&5&6&0&0&0&0\\ \hline
# 0&0&0&0&1&2&3&0&4&5&6&0\\
# 0&0&0&0&0&1&2&3&0&4&5&6
# \end{array}\,\right) \;=\; \begin{pmatrix}T_0&T_1&0\\0&T_0&T_1\end{pmatrix}$$
#
# Every block $T_u$ is the Toeplitz matrix of one *row* of the filter, and the blocks themselves
# form a Toeplitz pattern: **doubly block Toeplitz**. Watch where the map's row ends: from the second
# row of $M$ to the third the band jumps, by 3 and not by 1, since no window crosses the right border
# of the image and continues on the left.


# %% exercise="conv_matrix_2d"
def conv_matrix_2d(w, shape):
    """The matrix M for which M @ img.ravel() is the raveled correlation of img with w.

    w: (kh, kw), an array or nested lists of floats or whole numbers; shape: (H, W), the image's.
    Stride 1, no padding; the filter is not turned.
    Returns a float array ((H - kh + 1) * (W - kw + 1), H * W).
    """
    ### BEGIN SOLUTION
    w = np.asarray(w, dtype=float)
    (kh, kw), (H, W) = w.shape, shape
    oh, ow = H - kh + 1, W - kw + 1
    M = np.zeros((oh * ow, H * W))
    for i in range(oh):
        for j in range(ow):
            image = np.zeros((H, W))
            image[i : i + kh, j : j + kw] = w
            M[i * ow + j] = image.ravel()
    return M
    ### END SOLUTION


# %% [markdown]
# **What you should see:** small bands inside a large band, and thin lines around the blocks. On the
# right, the framed row of the matrix is folded back into the shape of the image: it is the filter, in
# its place.

# %% tags=["picture"]
show.blocks([[1.0, -2.0], [3.0, 1.0], [-1.0, 2.0]], (6, 5), 9, conv_matrix_2d)

# %% [markdown]
# ## N.5 One matrix product for all patches
#
# The matrix of N.4 is nearly all zeros: good to think with, but not to compute with. So turn it round,
# leave the filters as they are and write out the *image*. Every patch becomes a row of a matrix
# $P$, and every filter a column of $w$. Then one matrix product, for which there is fast code on every
# computer, gives all outputs of all filters:
#
# $$P[\,i W' + j,\;\; (u k_w + v)\,C + c\,] \;=\; X[i s + u,\; j s + v,\; c],\qquad
# Y = P \cdot w_{(k_h k_w C)\times F}$$
#
# $X$ is an image $(H, W, C)$ with $C$ channels, $s$ is the stride both ways, and the map is
# $(H', W')$ by N.1, `oh` and `ow` in the code. A patch is read row by row, and in each pixel channel
# by channel: the channel runs fastest. $w$ has Keras's shape $(k_h, k_w, C, F)$; its
# `reshape(kh * kw * C, F)` runs in the same order. $Y$ has a row for each place and a column for
# each filter; folded into $(H', W', F)$ it is the map. Kumar Chellapilla, Sidd Puri and Patrice
# Simard did this in 2006; many libraries call it *im2col*.
#
# **By hand.** Two rows of three pixels, with two channels each:
#
# $$X=\left(\,\begin{matrix}(1,2)&(3,4)&(5,6)\\(7,8)&(9,10)&(11,12)\end{matrix}\,\right)$$
#
# has two patches of 2×2, and
#
# $$P=\left(\,\begin{matrix}1&2&3&4&7&8&9&10\\3&4&5&6&9&10&11&12\end{matrix}\,\right)$$
#
# **The price** is memory: a pixel is copied into every patch that holds it. How many bytes does $P$
# take, if one number takes `itemsize`? The photograph in colour, (213, 320, 3), in numbers of 4
# bytes, is 817,920 bytes; its 3×3 patches with stride 1 are 7,246,584. Write a function that
# says so before the memory is full.


# %% exercise="im2col"
def im2col(x, kh, kw, s):
    """Every patch of an image as one row: windows (kh, kw), stride s both ways, no padding.

    x: (H, W, C), of floats, whole numbers or bytes.
    Returns an array (oh * ow, kh * kw * C), of x's type or of floats: places row by row; in a
    patch the rows, then the columns, then the channels, the last running fastest.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    oh, ow = out_size(x.shape[0], kh, s), out_size(x.shape[1], kw, s)
    places = [(i * s, j * s) for i in range(oh) for j in range(ow)]
    return np.array([x[r : r + kh, c : c + kw].ravel() for r, c in places])
    ### END SOLUTION


def conv_im2col(x, w, s=1):
    """A convolutional layer by one matrix product: stride s both ways, no padding, no bias.

    x: (H, W, C), w: (kh, kw, C, F). Returns a float array (oh, ow, F). Use your im2col.
    """
    ### BEGIN SOLUTION
    w = np.asarray(w, dtype=float)
    kh, kw, C, F = w.shape
    oh, ow = out_size(len(x), kh, s), out_size(len(x[0]), kw, s)
    return (im2col(x, kh, kw, s) @ w.reshape(kh * kw * C, F)).reshape(oh, ow, F)
    ### END SOLUTION


def im2col_bytes(H, W, C, kh, kw, s, itemsize):
    """The bytes that the patch matrix of an image (H, W, C) takes, at itemsize bytes a number.

    Returns a whole number (int).
    """
    ### BEGIN SOLUTION
    return out_size(H, kh, s) * out_size(W, kw, s) * kh * kw * C * itemsize
    ### END SOLUTION


# %% [markdown]
# **What you should see:** a few pixels of the photograph, and their patch matrix. Three windows are
# framed, and so are their rows. A and B are neighbours and share six pixels, each of which is one
# column further to the left in B's row. Most pixels turn up again and again.

# %% tags=["picture"]
show.patches(PHOTO[60:72:2, 44:58:2], 3, 3, im2col, im2col_bytes)

# %% [markdown]
# ## N.6 How many numbers does a network hold?
#
# A network's **parameters** are all the numbers that are stored with it. To count them you must know
# every shape on the way, so write that first: `output_shape` takes one layer and the shape that comes
# in, and returns the shape that goes out. Shapes have no batch axis, and channels come last.
#
# A layer is a dict in Keras's words, and has all the keys of its kind:
#
# | `kind` | other keys | shape in → out | parameters |
# |---|---|---|---|
# | `dense` | `units`, `use_bias` | $(\dots, D) \to (\dots, M)$ | $D M$, and bias $M$ |
# | `conv2d` | `filters`, `kernel_size`, `strides`, `padding`, `use_bias` | $(H, W, C) \to (H', W', F)$ | $k_h k_w C F$, and bias $F$ |
# | `depthwise_conv2d` | `depth_multiplier`, the rest as above | $(H, W, C) \to (H', W', C m)$ | $k_h k_w C m$, and bias $C m$ |
# | `max_pool2d` | `pool_size`, `strides`, `padding` | $(H, W, C) \to (H', W', C)$ | 0 |
# | `flatten` | | any $\to (N{,})$ | 0 |
# | `batch_norm` | | $(\dots, C)$, unchanged | $4 C$ |
# | `embedding` | `input_dim` $V$, `output_dim` $E$ | $(T{,}) \to (T, E)$ | $V E$ |
#
# $M$ is `units`, $F$ is `filters`, $m$ is `depth_multiplier`, and $N$ is how many numbers the shape
# holds, the product of its axes; `kernel_size`, `strides` and `pool_size` are pairs, rows first;
# `padding` is `"valid"` or `"same"`, and $H'$ and $W'$ follow by N.1. The dots stand for any axes
# or none: a text's shape is $(T, E)$, and may be flattened and normalised like an image's. The bias
# is there only if `use_bias` is `True`. Three kinds may be new:
#
# * A **depthwise** convolution gives every channel $m$ filters of its own and never adds channels up.
#   With 16 channels and 3×3 filters it has $9\cdot 16 + 16 = 160$ parameters where a `conv2d` to 16
#   maps has $9\cdot 16\cdot 16 + 16 = 2320$.
# * **Batch normalisation** (Sergey Ioffe and Christian Szegedy, 2015) keeps four numbers for each
#   channel: a scale and a shift that are learned, and a mean and a variance that are only measured.
#   Keras counts all four, and calls the last two *non-trainable*. So do you: count all.
# * An **embedding** is a table: one row of $E$ numbers for each of $V$ words. It turns $T$ word
#   numbers into $T$ rows.
#
# **By hand.** The network `LENET`, made in this notebook's first cell, for images (32, 32, 1). Cover
# the right half and try:
#
# | | layer | shape after | parameters |
# |---|---|---|---|
# | 0 | 6 filters 5×5 | (28, 28, 6) | $25\cdot 1\cdot 6 + 6 = 156$ |
# | 1 | pool 2×2 | (14, 14, 6) | 0 |
# | 2 | 16 filters 5×5 | (10, 10, 16) | $25\cdot 6\cdot 16 + 16 = 2416$ |
# | 3 | pool 2×2 | (5, 5, 16) | 0 |
# | 4 | flatten | (400,) | 0 |
# | 5 | dense 120 | (120,) | $400\cdot 120 + 120 = 48120$ |
# | 6 | dense 84 | (84,) | $120\cdot 84 + 84 = 10164$ |
# | 7 | dense 10 | (10,) | $84\cdot 10 + 10 = 850$ |
#
# Together 61,706, nearly four fifths of them in the first dense layer.


# %% exercise="param_count"
def output_shape(layer, shape):
    """The shape that a layer makes of a shape, both tuples without the batch axis.

    layer: a dict of one of the kinds of the table above.
    """
    ### BEGIN SOLUTION
    kind = layer["kind"]
    if kind == "dense":
        return (*shape[:-1], layer["units"])
    if kind == "flatten":
        return (int(np.prod(shape)),)
    if kind == "embedding":
        return (*shape, layer["output_dim"])
    if kind == "batch_norm":
        return tuple(shape)
    window = layer["pool_size"] if kind == "max_pool2d" else layer["kernel_size"]
    rows, columns = (
        out_size(shape[axis], window[axis], layer["strides"][axis], layer["padding"])
        for axis in (0, 1)
    )
    channels = shape[2]
    if kind == "conv2d":
        channels = layer["filters"]
    elif kind == "depthwise_conv2d":
        channels = channels * layer["depth_multiplier"]
    return (rows, columns, channels)
    ### END SOLUTION


def param_count(layers, input_shape):
    """The number of parameters of each layer of a network, as a list of whole numbers.

    layers: dicts as in the table above; input_shape: what the first layer is given.
    """
    ### BEGIN SOLUTION
    counts, shape = [], input_shape
    for layer in layers:
        kind, count = layer["kind"], 0
        if kind == "dense":
            count = shape[-1] * layer["units"]
        elif kind == "conv2d":
            count = int(np.prod(layer["kernel_size"])) * shape[-1] * layer["filters"]
        elif kind == "depthwise_conv2d":
            count = int(np.prod(layer["kernel_size"])) * shape[-1] * layer["depth_multiplier"]
        elif kind == "batch_norm":
            count = 4 * shape[-1]
        elif kind == "embedding":
            count = layer["input_dim"] * layer["output_dim"]
        shape = output_shape(layer, shape)
        if layer.get("use_bias"):
            count += shape[-1]
        counts.append(count)
    return counts
    ### END SOLUTION


# %% [markdown]
# **What you should see:** for both convolutions of LENET, a bar for the layer itself and one for a
# dense layer between the same shapes; below them the dense layers that LENET has. Each step of the
# axis is *ten times* as much. Reading only a neighbourhood and sharing the weights makes the first
# layer about thirty thousand times smaller.

# %% tags=["picture"]
show.numbers(LENET, (32, 32, 1), output_shape, param_count)

# %% [markdown]
# ## N.7 How far does a unit see?
#
# Along one axis, a unit of the first 3×3 layer sees 3 pixels. A unit of the second sees 3 units of
# the first, which together see 5 pixels. What a unit can see is its **receptive field**, a word
# from the study of the eye: nothing outside of it can change the unit's answer.
#
# Carry three numbers through the layers, along one axis and in *input pixels*: the **size** $r$ of
# a field, the **jump** $j$ from one unit's field to its neighbour's, and the **start** $c$, the centre
# of the first unit's field. Pixels have their centres at $0, 1, 2, \dots$, and there is no padding.
# Before the first layer a unit is a pixel: $r = 1$, $j = 1$, $c = 0$. A layer with window $k$, stride
# $s$ and dilation $d$ changes them to
#
# $$r \leftarrow r + d(k-1)\,j,\qquad c \leftarrow c + \tfrac12\, d(k-1)\,j,\qquad
# \text{and then}\quad j \leftarrow j\,s.$$
#
# The order matters: the units in a layer's window are apart by the jump of the layers *before* it. Its
# own stride counts only for the next layer.
#
# **By hand.** A 3×3 layer, 2×2 pooling with stride 2, another 3×3 layer:
#
# | layer $(k, s, d)$ | $r$ | $j$ | $c$ |
# |---|---|---|---|
# | (the input) | 1 | 1 | 0 |
# | $(3, 1, 1)$ | $1 + 2\cdot1 = 3$ | 1 | 1 |
# | $(2, 2, 1)$ | $3 + 1\cdot1 = 4$ | 2 | 1.5 |
# | $(3, 1, 1)$ | $4 + 2\cdot2 = 8$ | 2 | 3.5 |
#
# The first unit sees pixels 0 to 7, around 3.5; the second sees 2 to 9, around 5.5. With the
# pooling *first*, the same three layers give $r = 2 + 4 + 4 = 10$: what comes after a stride of 2
# counts double.
#
# Where a window has gaps between its pixels (from dilation, or a stride larger than a window), $r$
# counts from the first pixel to the last.


# %% exercise="receptive_field"
def receptive_field(layers):
    """How far a unit sees after a stack of layers without padding, along one axis.

    layers: a list of (k, s, d): window, stride and dilation, the layer at the input first.
    Returns three numbers in input pixels: size, jump, start, as defined above.
    """
    ### BEGIN SOLUTION
    size, jump, start = 1, 1, 0.0
    for k, s, d in layers:
        size += d * (k - 1) * jump
        start += d * (k - 1) / 2 * jump
        jump *= s
    return size, jump, start
    ### END SOLUTION


# %% [markdown]
# **What you should see:** how much each pixel gives to the first unit of five small networks whose
# weights are all equal, and your receptive field as a frame around it. It should fit exactly. In the
# first three the middle is dark and the border pale: many ways lead from the middle to the unit and
# few from the border, so a field's size promises more than it holds (Wenjie Luo and colleagues,
# 2016). Growing dilations make a plaid, and two dilations of 3 leave holes.

# %% tags=["picture"]
show.footprints(
    {
        "three 3×3": [(3, 1, 1)] * 3,
        "3×3, pool, 3×3": [(3, 1, 1), (2, 2, 1), (3, 1, 1)],
        "pool, 3×3, 3×3": [(2, 2, 1), (3, 1, 1), (3, 1, 1)],
        "3×3, dilation 1, 2, 4": [(3, 1, 1), (3, 1, 2), (3, 1, 4)],
        "3×3, dilation 3, 3": [(3, 1, 3), (3, 1, 3)],
    },
    receptive_field,
)

# %% [markdown]
# ## N.8 How much work is it?
#
# Parameters say how large the file is, not how long you wait. The work of a network is mostly
# multiplying a number by a weight and adding the result to a sum; this step is called a **MAC**
# (multiply and accumulate). Count one MAC for every product of a number with a weight:
#
# * `conv2d`: every one of the $H' W' F$ outputs takes $k_h k_w C$.
# * `depthwise_conv2d`: every one of the $H' W' C m$ outputs takes $k_h k_w$.
# * `dense`: every output takes as many as the last axis is long, $D$; for a shape $(T, D)$ there are
#   $T M$ outputs.
# * The other kinds take none. Adding a bias is not a product, and neither is a maximum or looking up a
#   row in a table; and once a network is trained, the scale of a batch normalisation can be put into the weights
#   of the layer before it.
#
# A product with a zero of the padding is counted like any other.
#
# **By hand.** Layer 0 of LENET makes $28\cdot28\cdot6 = 4704$ numbers with 25 products each: 117,600
# MACs with 156 parameters. Work through layers 2, 5, 6 and 7 as well: together with layer 0 they come
# to 416,520. Then set `DOMINANT_LAYER` to the number of the layer of LENET that takes the most MACs
# (an index into the list, from 0).


# %% exercise="macs"
def macs(layers, input_shape):
    """The multiply-accumulate steps that a network takes for one input, as one whole number.

    layers and input_shape as in param_count. Use your output_shape.
    """
    ### BEGIN SOLUTION
    total, shape = 0, input_shape
    for layer in layers:
        out = output_shape(layer, shape)
        if layer["kind"] == "dense":
            total += int(np.prod(out)) * shape[-1]
        elif layer["kind"] in ("conv2d", "depthwise_conv2d"):
            channels = shape[-1] if layer["kind"] == "conv2d" else 1
            total += int(np.prod(out)) * int(np.prod(layer["kernel_size"])) * channels
        shape = out
    return total
    ### END SOLUTION


# Which layer of LENET, given an image (32, 32, 1), takes the most MACs? Its index in the list.
DOMINANT_LAYER = 2  ### SOLUTION None

# %% [markdown]
# **What you should see:** for every layer of LENET two bars, its share of the parameters and its
# share of the work. One is nearly the reverse of the other: a convolution holds little and works a
# lot, a dense layer holds a lot and works little.

# %% tags=["picture"]
show.work(LENET, (32, 32, 1), param_count, macs)

# %% [markdown]
# The same arithmetic designs networks for small devices. A 3×3 convolution from 64 to 128 channels
# has $9\cdot 64\cdot 128 = 73728$ weights. A depthwise 3×3 ($9 \cdot 64 = 576$) with a 1×1 convolution
# after it ($64\cdot128 = 8192$) has 8768, less than an eighth, and takes less than an eighth of the
# MACs at the same size. Andrew Howard and colleagues built MobileNets of such pairs (2017).
#
# ## What you have built
#
# * **Sizes** round down, and what is rounded away is never read. `"same"` rounds up, and puts the
#   odd zero at the end.
# * A convolution is a **matrix** with few numbers, repeated along its diagonals: local, and shared.
#   Its transpose carries maps back to the size of the image.
# * **im2col** turns the image into patches, so that one matrix product does all the work; with
#   stride 1 it takes about $k^2$ times the memory.
# * A convolution's **parameters** do not depend on the size of the image; its **MACs** do.
# * A **receptive field** grows by what a layer reaches over, times all the strides *before* it.
#
# **Where this goes next.** Lab {backprop} sends errors backwards through these layers. There $M^{\mathsf T}$
# and the adjoint of `im2col` do the work. Lab {convnet} trains a network much like LENET.
#
# ## Read on
#
# * V. Dumoulin, F. Visin, *A guide to convolution arithmetic for deep learning*, 2016.
# * R. M. Gray, *Toeplitz and circulant matrices: a review*, 2006.
# * Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-based learning applied to document
#   recognition*, 1998.
# * K. Chellapilla, S. Puri, P. Simard, *High performance convolutional neural networks for document
#   processing*, 2006.
# * W. Luo, Y. Li, R. Urtasun, R. Zemel, *Understanding the effective receptive field in deep
#   convolutional neural networks*, 2016.
# * A. Araujo, W. Norris, J. Sim, *Computing receptive fields of convolutional neural
#   networks*, 2019.
# * A. G. Howard and others, *MobileNets: efficient convolutional neural networks for mobile vision
#   applications*, 2017.
#
# The photograph is `china.jpg` by danielbuechele (CC BY 2.0), as scikit-learn carries it, scaled
# down.
