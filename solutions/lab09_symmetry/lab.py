# %% [markdown]
# # Symmetry
#
# Move a digit one pixel to the right, and it is the same digit. Turn a leaf upside down, and it is
# the same leaf. You know this without having seen every leaf in every direction; a network has to
# be shown, or it has to be *built* so that it knows.
#
# A convolution is built to know about shifts. In this lab you measure how much of that promise
# real layers keep, repair the one that breaks it most, and build a convolution that knows about
# quarter turns as well. In the end a network learns by itself where in a picture it has to look.
#
# **You need** NumPy with axes and broadcasting, correlation (Lab {filters}), gradients by hand
# (Lab {backprop}), Keras models (Lab {convnet}). **It takes** about 105 minutes.
#
# **How it works.** Fill in a cell that says `YOUR CODE HERE`, run it, then run the check below it:
# it tells you what is right and, if something is not, shows you where. `hint("N.1")` gives a hint;
# ask again for a stronger one. Before each exercise there is a question to bet on. It earns no
# points: you learn more from a run when you have guessed first.

# %% tags=["setup"]
from functools import cache

import numpy as np

from nablab import check, data, hint, predict, quiet
from nablab.show import symmetry as show

with quiet():  # without TensorFlow's log
    import keras

    from nablab.layers import P4Conv, P4Lift, P4Pool, SpatialTransformer

DIGITS, LABELS = data.digits()  # (1797, 8, 8), 0 is paper and 1 is ink; (1797,)
SIX = np.pad(DIGITS[6], 2)  # (12, 12), a 6 on a field of its own


def rot(x, r=1):
    """Every image of a batch, turned by r quarter turns counterclockwise.

    x: (N, H, W, ...). Turns axes 1 and 2, the rows and columns; all other axes stay.
    """
    return np.rot90(x, r, axes=(1, 2))


def conv_valid(x, w):
    """What a convolutional layer computes: stride 1, no padding, no bias, no activation.

    x: (N, H, W, C), w: (kh, kw, C, F). Returns (N, H - kh + 1, W - kw + 1, F).
    The filters are not turned (correlation, as in Keras).
    """
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], axis=(1, 2))
    return np.einsum("nijcuv,uvcf->nijf", windows, w)


# %% [markdown]
# ## A puzzle to begin with
#
# Below is a 6, then the same 6 shifted, then the same 6 turned by a quarter turn. Below each is the
# answer of one filter, which looks for horizontal strokes. *Which of the last two answers can you
# get from the first one without running the filter again?*

# %% tags=["picture"]
show.puzzle(SIX, np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]]), conv_valid)

# %% [markdown]
# The shifted 6 gives the shifted answer. The turned 6 gives something new: its horizontal strokes
# are the vertical strokes of the first 6, and the first answer says nothing about those.
#
# ## N.1 How far from equivariant?
#
# Let $T$ be something that you do to an image, such as a shift, and $f$ a layer. There are two ways
# to combine them: first $T$ and then $f$, or first $f$ and then $T$.
#
# $$\begin{array}{ccc} x & \xrightarrow{\;f\;} & f(x)\\ {\scriptstyle T_\text{in}}\downarrow\;\;
# & & \;\;\downarrow{\scriptstyle T_\text{out}}\\ T_\text{in}(x) & \xrightarrow{\;f\;} & \cdot
# \end{array}$$
#
# If both ways give the same result for all images, $f$ is **equivariant**: it follows $T$. What is
# done to the image, $T_\text{in}$, and what is done to the output, $T_\text{out}$, may be two
# functions: the output may have fewer pixels, or one more axis. If $T_\text{out}$ changes nothing,
# $f$ is **invariant**: it does not notice $T$ at all.
#
# How far is a given $f$ from that, for a given image? Measure the gap between the two results,
# relative to the size of the second one:
#
# $$\operatorname{error} = \frac{\big\lVert f(T_\text{in}(x)) - T_\text{out}(f(x))\big\rVert}
# {\big\lVert T_\text{out}(f(x))\big\rVert}, \qquad
# \lVert a\rVert = \sqrt{\textstyle\sum a^2}\ \text{ over all entries of } a.$$
#
# The error of $10^{-9}f$ is that of $f$: add no small number to the denominator. If both ways give
# exactly the same, also if that is 0 everywhere, the error is 0. (You need not care about the case
# that only the second is 0.)
#
# **By hand.** $x = (1, 2, 0)$, $f(x) = (1x_0, 2x_1, 3x_2)$, and $T$, which is $T_\text{in}$ and
# $T_\text{out}$ here, moves every number one place to the right and the last one to the front.
# First $T$: $(0, 1, 2)$, then $f$: $(0, 2, 6)$. First $f$: $(1, 4, 0)$, then $T$: $(0, 1, 4)$. The
# gap is $(0, 1, 2)$, and
#
# $$\operatorname{error} = \sqrt{5}/\sqrt{17} \approx 0.542 .$$


# %% exercise="equivariance_error"
def equivariance_error(f, T_in, T_out, x):
    """How far f is from following T: the gap between f(T_in(x)) and T_out(f(x)), relative to the
    latter.

    f, T_in, T_out: functions of one argument. Each returns an array of any shape, of floats, whole
    numbers or bytes, or a single number. Both ways give results of the same shape.
    x: an array, which stays as it is.
    Returns one float.
    """
    ### BEGIN SOLUTION
    first = np.asarray(f(T_in(x)), dtype=float)
    second = np.asarray(T_out(f(x)), dtype=float)
    gap = np.sqrt(np.sum((first - second) ** 2))
    return 0.0 if gap == 0 else float(gap / np.sqrt(np.sum(second**2)))
    ### END SOLUTION


# %% [markdown] discussion="equivariance_error"
# Two things make the number useful: it is relative, so a layer does not look better because its
# outputs are small, and $T_\text{in}$ and $T_\text{out}$ are two arguments, so the same measure
# works for shifts, turns and invariance. Other right answers call `np.linalg.norm` on the flattened
# arrays. Bytes show why the outputs are converted to floats first: 3 − 5 is 254 in bytes. The diagram
# is how mathematicians define a map between representations of a group, and it is
# the starting point of *geometric deep learning* ([Bronstein and others,
# 2021](https://arxiv.org/abs/2104.13478)).

# %% [markdown]
# **What you should see:** the error of a 3×3 convolution that wraps around at the border, with a
# random filter, for six things that you can do to the 6. Two bars are missing, because they are 0.

# %% tags=["picture"]
show.errors(SIX, equivariance_error)

# %% [markdown]
# ## N.2 What follows a shift?
#
# "A convolutional network does not mind where the object is." You can check that now, layer by
# layer. A shift is a symmetry only if nothing is lost at the border, so shift in a **circle**: what
# leaves the image on one side comes back on the other. One step down is `np.roll(x, 1, axis=0)`,
# one step to the right `np.roll(x, 1, axis=1)`.
#
# First you need a convolution on such a circle. For an image $x$ of $H$ rows and $W$
# columns and a filter $w$ of $k_h$ rows and $k_w$ columns
#
# $$Y[i,j] \;=\; \sum_{u=0}^{k_h-1}\sum_{v=0}^{k_w-1} x[(i+u) \bmod H,\;(j+v)\bmod W]\;\,w[u,v].$$
#
# The filter's top-left entry meets pixel $(i,j)$, the filter is not flipped, and $Y$ is as large as
# $x$.
#
# **By hand.** $x = (1, 2, 5)$, one row, and $w = (1, 10)$. $Y[0] = 1 + 10\cdot 2 = 21$,
# $Y[1] = 2 + 10\cdot 5 = 52$, and the last one wraps around: $Y[2] = 5 + 10\cdot 1 = 15$.
#
# Then write the report. You get a dictionary of layers and one image. For each layer you give one
# of three words, judged by two shifts of this image: one step down and one step to the right.
#
# * `"invariant"` if the output stays the same under both shifts.
# * `"equivariant"` if the output has the shape of the image, and moves along under both: by the
#   same step, along the same axis, and in a circle.
# * `"neither"` otherwise.
#
# Two outputs count as the same if your `equivariance_error` of N.1 is below $10^{-6}$. If both
# `"invariant"` and `"equivariant"` are true of a layer (because its output is the same in every
# pixel), the word is `"invariant"`.


# %% exercise="shift_report"
def conv_circular(x, w):
    """Correlation of an image with a filter, wrapping around at the border.

    x: (H, W), w: (kh, kw) with kh <= H and kw <= W, of floats, whole numbers or bytes.
    Returns a NumPy array of floats (H, W).
    """
    ### BEGIN SOLUTION
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    y = np.zeros(x.shape)
    for u, v in np.ndindex(*w.shape):
        y += w[u, v] * np.roll(x, (-u, -v), axis=(0, 1))
    return y
    ### END SOLUTION


def shift_report(layers, x):
    """What each layer does when the image moves one step in a circle.

    layers: a dict of functions by name; each takes an image (H, W) and returns an array of any
    shape, or a single number. x: (H, W). Both stay as they are.
    Returns a dict with the same keys, and "equivariant", "invariant" or "neither" for each.
    """

    ### BEGIN SOLUTION
    def down(a):
        return np.roll(a, 1, axis=0)

    def right(a):
        return np.roll(a, 1, axis=1)

    def stay(a):
        return a

    report = {}
    for name, f in layers.items():
        report[name] = "neither"
        if all(equivariance_error(f, T, stay, x) < 1e-6 for T in (down, right)):
            report[name] = "invariant"
        elif np.shape(f(x)) == np.shape(x) and all(
            equivariance_error(f, T, T, x) < 1e-6 for T in (down, right)
        ):
            report[name] = "equivariant"
    return report
    ### END SOLUTION


# %% [markdown] discussion="shift_report"
# Of the six layers in the picture, only the convolution on a circle follows exactly, and only the
# global mean does not notice. Zero padding shows where the border is, and networks use that: they
# can learn the position of an object from it ([Islam, Jia and Bruce,
# 2020](https://arxiv.org/abs/2001.08248)). A stride keeps one of several pixels, and a shift by one
# changes which one. If you test one shift only, a layer that wraps around along one axis passes as
# equivariant.

# %% [markdown]
# **What you should see:** six layers, and how far each is from following one step to the right. The
# words are those of your report. The two layers with a stride have half as many columns. For the
# bar, $T_\text{out}$ moves their output by half a step: it takes the mean of no step and one step.

# %% tags=["picture"]
show.layers(DIGITS[6], conv_circular, shift_report, equivariance_error)

# %% [markdown]
# ## N.3 Blur before you skip
#
# A network subsamples: it keeps every second pixel, and the field of view doubles. Take a row of
# stripes, $(0,1,0,1,0,1,0,1)$, and keep places 0, 2, 4, 6: nothing but zeros. Move the stripes by
# one, and you keep nothing but ones. *The whole signal appears or disappears with a step of one
# pixel.* Engineers call this aliasing, and the cure is old: **blur first**, so that every pixel
# that you keep also carries something of those that you drop. Richard Zhang put it into
# convolutional networks ([2019](https://arxiv.org/abs/1904.11486)).
#
# For an image $x$ of shape $(H, W, C)$ and a row of weights $a_0, \dots, a_{k-1}$, which sum to 1,
#
# $$Y[i,j,c] \;=\; \sum_{u=0}^{k-1}\sum_{v=0}^{k-1} a_u\,a_v\;
# x[(2i+u-p)\bmod H,\;(2j+v-p)\bmod W,\;c], \qquad p = \Big\lfloor\frac{k-1}{2}\Big\rfloor .$$
#
# So every channel is blurred by itself, along its rows and its columns, wrapping around. Entry $p$
# of the weights meets the pixel itself, and the weights are not reversed. You keep the pixels in
# rows and columns $0, 2, 4, \dots$: $\lceil H/2\rceil$ rows and $\lceil W/2\rceil$ columns.
#
# The weights that you are given need not sum to 1. They may be $(1, 2, 1)$: divide them by their
# sum first. Then a uniform grey stays as it is.
#
# **By hand**, along one axis: $x = (0, 4, 0, 0, 8, 0)$ and weights $(1, 2, 1)$, so $a = (\frac14,
# \frac12, \frac14)$ and $p = 1$. $Y[0] = \frac14 x_5 + \frac12 x_0 + \frac14 x_1 = 1$, $Y[1] =
# \frac14 x_1 + \frac12 x_2 + \frac14 x_3 = 1$, $Y[2] = \frac14 x_3 + \frac12 x_4 + \frac14 x_5 =
# 4$.


# %% exercise="antialias_pool"
def antialias_pool(x, filt):
    """Blur every channel along rows and columns, in a circle, and keep every second pixel.

    x: (H, W, C), of floats, whole numbers or bytes; filt: (k,), not normalised, with a positive
    sum; k is at most H and W, and may be even.
    Returns a float array (ceil(H / 2), ceil(W / 2), C).
    """
    ### BEGIN SOLUTION
    y, a = np.asarray(x, dtype=float), np.asarray(filt, dtype=float)
    a, p = a / a.sum(), (len(a) - 1) // 2
    for axis in (0, 1):
        y = sum(weight * np.roll(y, p - u, axis=axis) for u, weight in enumerate(a))
    return y[::2, ::2]
    ### END SOLUTION


# %% [markdown] discussion="antialias_pool"
# Blurring and subsampling do not commute: if you skip first, the stripes are already lost. Dividing
# by the sum keeps a uniform image as it is, and centring keeps every image in its place. Other
# right answers build one square filter $a_u a_v$ and slide it with stride 2, which is how
# `nablab.layers.BlurPool` does it (there with a reflected border). Later networks put such a
# low-pass filter around every nonlinearity too, and so got generators whose textures move with the
# object ([Karras and others, 2021](https://arxiv.org/abs/2106.12423)).

# %% [markdown]
# **What you should see:** the scores of an untrained net: two rounds of convolution, ReLU and a step
# of 2, with random filters, then the mean over all positions and one weighted sum. Four digits move
# around the circle, one pixel at a time. On the left they are pooled by 2×2 maxima, on the right by
# your function with weights $(1, 2, 1)$. With these filters the zigzag is much smaller on the right.
# That does not say that the net is more accurate: accuracy depends on training.

# %% tags=["picture"]
show.wobble(DIGITS[:4], conv_circular, antialias_pool)

# %% [markdown]
# ## N.4 One filter, four directions
#
# Now to the 6 that was turned. Taco Cohen and Max Welling had this idea
# ([2016](https://arxiv.org/abs/1602.07576)): if a filter is good for horizontal strokes, then the
# same filter, turned, is good for vertical ones. So turn it yourself. Every filter makes **four
# maps**, one for each quarter turn, and these get an axis of their own.
#
# $\operatorname{rot}^r$ is a turn by $r$ quarter turns **counterclockwise**, as `np.rot90` does it:
# the right-hand side comes to the top. For a batch $x$ of shape $(N, H, W, C)$ and square filters
# $w$ of shape $(k, k, C, F)$
#
# $$Y[n, i, j, r, f] \;=\; \big(x[n] \star \operatorname{rot}^r(w)\big)[i,j,f], \qquad r = 0, 1, 2, 3,$$
#
# where $\star$ is `conv_valid`, which is given above. The turn moves the pixels of a filter, its
# first two axes, and leaves channels and filters where they are. $Y$ has the shape $(N, h, w, 4,
# F)$, with $h = H-k+1$ rows and $w = W-k+1$ columns.
#
# **By hand.** An image and a filter of 2×2 pixels:
#
# $$x=\begin{pmatrix}1&2\\3&4\end{pmatrix},\qquad
# \operatorname{rot}^0 w=\begin{pmatrix}1&10\\0&0\end{pmatrix},\;
# \operatorname{rot}^1 w=\begin{pmatrix}10&0\\1&0\end{pmatrix},\;
# \operatorname{rot}^2 w=\begin{pmatrix}0&0\\10&1\end{pmatrix},\;
# \operatorname{rot}^3 w=\begin{pmatrix}0&1\\0&10\end{pmatrix}.$$
#
# There is one position, and its four numbers are $21$, $13$, $34$ and $42$.
#
# **What it is good for.** Turn the image by a quarter turn. Then every map turns, *and each moves
# on by one* along the new axis, the last one to the front:
#
# $$Y(\operatorname{rot} x)[r] \;=\; \operatorname{rot}\,Y(x)[r-1], \qquad r - 1 \text{ modulo } 4.$$


# %% exercise="p4_lift"
def p4_lift(x, w):
    """Convolve images with every filter in four directions.

    x: (N, H, W, C), w: (k, k, C, F), of floats or whole numbers.
    Returns a NumPy array of floats (N, H - k + 1, W - k + 1, 4, F); entry r of the axis of 4
    belongs to the filters turned by r quarter turns counterclockwise.
    """
    ### BEGIN SOLUTION
    w = np.asarray(w)
    return np.stack([conv_valid(x, np.rot90(w, r)) for r in range(4)], axis=3)
    ### END SOLUTION


# %% [markdown] discussion="p4_lift"
# Turning the filter and turning the image are two views of the same comparison: turn the image by
# $-r$, convolve, and turn the map back by $r$, and you get the same numbers. That is a right answer
# too. The law holds for any filter, learned or random. The four maps cost no more parameters than
# one, but four times the work. The step is called *lifting*: from functions on pixels to functions
# on the group of shifts and quarter turns, p4.

# %% [markdown]
# **What you should see:** above, the 6 and its four maps under one filter; below, the 6 turned by a
# quarter turn and its four maps. Follow one map of the upper row: in the lower row it is one place
# further right, and turned.

# %% tags=["picture"]
show.lifted(SIX, p4_lift)

# %% [markdown]
# ## N.5 Convolution on the group
#
# The next layer gets maps with an axis of directions, $x$ of shape $(N, H, W, 4, C)$. Its filter
# can look at all four: "a horizontal stroke here *and* a vertical one there". It has the shape $(k,
# k, 4, C, F)$. It, too, must be applied in four directions. What does it mean to turn such a
# filter? Its pixels turn, *and so do the directions that it looks for*: where it looked for a
# horizontal stroke, it now looks for a vertical one. So slice $s$ of the maps meets slice $s - r$
# of the filter:
#
# $$Y[n, i, j, r, f] \;=\; \sum_{s=0}^{3} \big(x[n, :, :, s] \star
# \operatorname{rot}^r(w[:, :, s-r])\big)[i,j,f], \qquad s - r \text{ modulo } 4.$$
#
# **By hand.** One pixel, 1×1 filter, so nothing turns but the directions. With
# $x = (1, 10, 100, 1000)$ in the four directions and $w = (1, 2, 0, 0)$:
# $Y[0] = 1\cdot1 + 2\cdot10 = 21$, $Y[1] = 210$, $Y[2] = 2100$, and
# $Y[3] = 1\cdot 1000 + 2\cdot 1 = 1002$.
#
# The law is the same as for lifting: if you turn $x$ and move its slices on by one, then $Y$ turns
# and its slices move on by one. So you can stack as many of these layers as you like.
#
# **In the end** a classifier needs numbers that do *not* change. Take the maximum over the four
# directions, at every position by itself. The map that is left only turns. Then take the mean over
# all positions:
#
# $$v[n, f] \;=\; \frac{1}{HW} \sum_{i,j}\; \max_r\; x[n, i, j, r, f].$$


# %% exercise="p4_conv"
def p4_conv(x, w):
    """Convolve maps of four directions with every filter in four directions.

    x: (N, H, W, 4, C), w: (k, k, 4, C, F), of floats or whole numbers.
    Returns a NumPy array of floats (N, H - k + 1, W - k + 1, 4, F).
    """
    ### BEGIN SOLUTION
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    maps = []
    for r in range(4):
        turned = np.roll(np.rot90(w, r), r, axis=2)  # slice s is slice s - r of w
        maps.append(sum(conv_valid(x[:, :, :, s], turned[:, :, s]) for s in range(4)))
    return np.stack(maps, axis=3)
    ### END SOLUTION


def p4_features(x):
    """The maximum over the directions at every position, then the mean over all positions.

    x: (N, H, W, 4, F), of floats or whole numbers.
    Returns a float array (N, F).
    """
    ### BEGIN SOLUTION
    return np.asarray(x, dtype=float).max(axis=3).mean(axis=(1, 2))
    ### END SOLUTION


# %% [markdown] discussion="p4_conv"
# Both halves of the turn are needed. Without the roll the law already fails for a filter of one
# pixel, and without the turn of the pixels for a filter that looks at one direction only. Other
# right answers gather `w[:, :, (s - r) % 4]`, or lay the four directions beside the channels and
# call one convolution with 4·C channels, which is how `nablab.layers.P4Conv` does it. After the
# maximum over the directions the direction is forgotten, so it comes as late as possible. A filter
# that is turned by finer angles no longer fits the grid of pixels: such filters are sums of
# functions that can be turned exactly ([Weiler and Cesa, 2019](https://arxiv.org/abs/1911.08251)).

# %% [markdown]
# **What you should see:** the features of the 6 in its four directions, after lifting, ReLU and
# `p4_conv` with random filters. The four rows are equal. Beside it the same with ordinary
# convolutions: no two rows are equal.

# %% tags=["picture"]
show.features(SIX, conv_valid, p4_lift, p4_conv, p4_features)

# %% [markdown]
# ## N.6 A net that does not mind
#
# Now train one. `nablab.layers` has your two functions as Keras layers, with a bias that all four
# directions of a filter share, and with an activation. Build this classifier:
#
# | layer | output, for images (8, 8, 1) and `filters=6` |
# |---|---|
# | `keras.Input(shape)` | (8, 8, 1) |
# | `P4Lift`, `filters` filters, 3×3, ReLU | (6, 6, 4, 6) |
# | `P4Conv`, `filters` filters, 3×3, ReLU | (4, 4, 4, 6) |
# | `P4Conv`, `2 * filters` filters, 3×3, ReLU | (2, 2, 4, 12) |
# | `P4Pool`, the maximum over the directions | (2, 2, 12) |
# | `GlobalAveragePooling2D` of Keras, the mean over the positions | (12,) |
# | `Dense` of Keras, `n_classes` logits, no activation | (10,) |
#
# Nothing is padded, and every layer with weights has a bias. `P4Lift(filters, 3,
# activation="relu")` is how the first one is made; `P4Conv` takes the same arguments, and
# `P4Pool()` none.
#
# Then measure it. `accuracy_by_turn(model, x, y)` turns all images by $r = 0, 1, 2, 3$ quarter
# turns counterclockwise, each time starting from `x`. It returns the four accuracies: for each $r$
# the share of images whose largest logit is that of the right class. `rot(x, r)` turns a batch.


# %% exercise="build_p4_cnn"
def build_p4_cnn(shape, filters, n_classes):
    """The classifier of the table.

    shape: (H, W, C) of one image. Returns a Keras model from images (N, H, W, C) to logits
    (N, n_classes), untrained.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input(shape),
            P4Lift(filters, 3, activation="relu"),
            P4Conv(filters, 3, activation="relu"),
            P4Conv(2 * filters, 3, activation="relu"),
            P4Pool(),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(n_classes),
        ]
    )
    ### END SOLUTION


def accuracy_by_turn(model, x, y):
    """The accuracy on images turned by 0, 1, 2 and 3 quarter turns.

    model: any Keras model from images (N, H, H, C) to logits. x: (N, H, H, C); y: (N,), whole
    numbers. Returns four numbers.
    """
    ### BEGIN SOLUTION
    shares = []
    for r in range(4):
        logits = model.predict(rot(x, r), batch_size=len(x), verbose=0)
        shares.append(float(np.mean(logits.argmax(axis=1) == y)))
    return shares
    ### END SOLUTION


# %% [markdown] discussion="build_p4_cnn"
# The invariance is exact before training, after it, and for images unlike any that were trained on:
# it follows from the layers and not from the data. Training decides how accurate the net is. There
# the shared filters help if examples are few and come in every direction, and they hurt if the
# direction means something. p4 has no turn by 45°, so nothing is promised for that angle. Steerable
# filters ([Cohen and Welling, 2017](https://arxiv.org/abs/1612.08498)) and sets of more angles went
# on from here; in molecules and galaxies, which have no upright, such nets are now the rule.

# %% [markdown]
# A plain net is trained beside it. It has ordinary convolutions in place of the three layers, with
# twice as many filters. That gives it about as many parameters, 4,294 against 4,096. (Count: $F$
# filters that read $4F$ maps have as many weights as $2F$ filters that read $2F$ maps.) Both are
# trained on 300 digits, each turned by a random angle.
#
# **What you should see:** around the circle the angle by which 397 test digits are turned, and
# outwards the share that is read right. The net of four directions is far ahead: on 20 seeds it read
# 73 to 85 % of the digits, all angles together, and the plain one 48 to 58 %. This cell trains for a
# quarter of a minute.

# %% tags=["picture"]
TWIN_OF = 6  # filters in the first layer of the net of four directions


def build_plain_cnn(shape, filters, n_classes):
    conv = [keras.layers.Conv2D(n, 3, activation="relu") for n in (filters, filters, 2 * filters)]
    pool, dense = keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(n_classes)
    return keras.Sequential([keras.Input(shape), *conv, pool, dense])


@cache
def read(turned, seed=0):
    """Both nets, trained on 300 digits that are upright or turned, and 397 upright test digits."""
    train, _ = data.turned_digits(300, 397, seed, turned=turned)
    _, test = data.turned_digits(300, 397, seed, turned=False)
    nets = {}
    for name, build, filters in (
        ("four directions", build_p4_cnn, TWIN_OF),
        ("plain", build_plain_cnn, 2 * TWIN_OF),
    ):
        keras.utils.set_random_seed(seed)
        nets[name] = build((8, 8, 1), filters, 10)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        nets[name].compile(keras.optimizers.Adam(0.003), loss)
        nets[name].fit(*train, batch_size=25, epochs=30, verbose=0)
    return nets, test


show.polar(read, accuracy_by_turn, turned=True)

# %% [markdown]
# And now both learn from **upright** digits only.
#
# **What you should see:** the plain net reads upright digits a little better than the other (on 19 of
# 20 seeds), and of those turned by 90°, 180° or 270° about one in five. The net of four directions
# has never seen a turned digit either.

# %% tags=["picture"]
show.polar(read, accuracy_by_turn, turned=False)

# %% [markdown]
# **Say why** (nobody checks it; write two sentences for yourself). The curve of the net of four
# directions repeats itself every 90°, and yet it has four deep valleys. Why there? And why are there
# hardly any valleys in the first picture?
#
# ## N.7 Look between the pixels
#
# Building a symmetry in is one way. The other: let the network *undo* what was done to the image,
# and read it then. Max Jaderberg and colleagues ([2015](https://arxiv.org/abs/1506.02025)) made a
# layer that moves, turns and scales an image, in such a way that gradients pass through it.
#
# The layer goes from the output to the input: for every pixel of the output, **where does it look
# in the input?** Both images have coordinates from −1 to 1: −1 is the centre of the first pixel, 1
# that of the last. **$x$ runs along the columns to the right, $y$ along the rows downwards**, and
# $x$ is named first. For an output of $H$ rows and $W$ columns pixel $(i, j)$ lies at
#
# $$x_t = \frac{2j}{W-1} - 1, \qquad y_t = \frac{2i}{H-1} - 1,$$
#
# and along an axis of one pixel at 0. An affine map, two rows of three numbers, says where it
# looks:
#
# $$\begin{pmatrix}x_s\\y_s\end{pmatrix} = \theta \begin{pmatrix}x_t\\y_t\\1\end{pmatrix}.$$
#
# `affine_grid` computes these points: `grid[n, i, j] = (x_s, y_s)`.
#
# These points fall between the pixels of the input. Let the input have $H$ rows and $W$ columns,
# which need not be those of the output. Then point $(x_s, y_s)$ is at column $u = (x_s+1)(W-1)/2$
# and row $v = (y_s+1)(H-1)/2$, which are not whole numbers in general. **Bilinear** sampling mixes
# the four pixels around it, and nearer pixels count more:
#
# $$Y[n,i,j,c] \;=\; \sum_{p=0}^{H-1}\sum_{q=0}^{W-1} X[n,p,q,c]\;
# \max(0,\,1-|q-u|)\;\max(0,\,1-|p-v|).$$
#
# Outside the input everything counts as 0. So half a pixel beyond the last pixel you see half of
# it.
#
# **By hand.** An input of one row, $(0, 10, 40)$; an output of one row and three pixels, at
# $x_t = -1, 0, 1$; and $\theta = \begin{pmatrix}1&0&\frac12\\0&1&0\end{pmatrix}$. The points are
# $x_s = -\frac12, \frac12, \frac32$, the columns $u = \frac12, \frac32, \frac52$, and the output
# $5, 25, 20$.


# %% exercise="bilinear_sample"
def affine_grid(theta, H, W):
    """Where each pixel of an output of H rows and W columns looks in the input.

    theta: (N, 2, 3). Returns a NumPy array of floats (N, H, W, 2); the last axis is x, then y.
    """
    ### BEGIN SOLUTION
    x_t = 2 * np.arange(W) / (W - 1) - 1 if W > 1 else np.zeros(1)
    y_t = 2 * np.arange(H) / (H - 1) - 1 if H > 1 else np.zeros(1)
    points = np.ones((H, W, 3))
    points[:, :, 0], points[:, :, 1] = x_t[None, :], y_t[:, None]
    return np.einsum("nab,ijb->nija", np.asarray(theta, dtype=float), points)
    ### END SOLUTION


def bilinear_sample(img, grid):
    """The images at the points of the grid, mixed from the four pixels around each.

    img: (N, H, W, C), of floats, whole numbers or bytes; grid: (N, h, w, 2), x before y.
    Returns a float array (N, h, w, C).
    """
    ### BEGIN SOLUTION
    img, grid = np.asarray(img, dtype=float), np.asarray(grid, dtype=float)
    N, H, W, _ = img.shape
    u, v = (grid[..., 0] + 1) * (W - 1) / 2, (grid[..., 1] + 1) * (H - 1) / 2  # (N, h, w)
    left, top = np.floor(u).astype(int), np.floor(v).astype(int)
    n = np.arange(N)[:, None, None]
    out = 0
    for p in (top, top + 1):
        for q in (left, left + 1):
            weight = (1 - np.abs(q - u)) * (1 - np.abs(p - v))
            inside = (p >= 0) & (p < H) & (q >= 0) & (q < W)
            pixel = img[n, np.clip(p, 0, H - 1), np.clip(q, 0, W - 1)]  # (N, h, w, C)
            out = out + (weight * inside)[..., None] * pixel
    return out
    ### END SOLUTION


# %% [markdown] discussion="bilinear_sample"
# Going from the output to the input leaves no holes: every output pixel gets a value, whatever θ
# is. The double sum looks expensive, but at most four of its terms are not 0; a matrix of $\max(0,
# 1-|q-u|)$ for all q is just as right, and slower. The convention that −1 and 1 are the *centres*
# of the outer pixels is called "align corners", and the other one puts −1 and 1 at their outer
# edges. To mix the two up is a classic mistake: everything seems to work, and is off by up to half
# a pixel.

# %% [markdown]
# **What you should see:** the 6 through five maps: the identity, two shifts, a turn by 30° and a
# zoom. The orange frame in the input is where the output looks. If it goes right, the picture goes
# left.

# %% tags=["picture"]
show.warps(SIX, affine_grid, bilinear_sample)

# %% [markdown]
# ## N.8 Which way to look next
#
# Why bilinear and not simply the nearest pixel? Because of the gradient. If you take the nearest
# pixel, a small step of θ changes nothing. If you mix the four around the point, the output changes
# as you move.
#
# Let $L$ be the loss and `dout[n,i,j,c]` $= \partial L/\partial Y[n,i,j,c]$. You want
# `dgrid[n,i,j]` $= (\partial L/\partial x_s, \partial L/\partial y_s)$ at point $(i,j)$. Call $f_u
# = u - \lfloor u\rfloor$ and $f_v = v - \lfloor v\rfloor$ the parts after the point, and $X_{00},
# X_{01}, X_{10}, X_{11}$ the four pixels around: top left, top right, bottom left, bottom right (0
# for those outside). Then
#
# $$Y = (1-f_v)\big[(1-f_u)X_{00} + f_u X_{01}\big] + f_v\big[(1-f_u)X_{10} + f_u X_{11}\big].$$
#
# *Derive it first:* what are $\partial Y/\partial u$ and $\partial u/\partial x_s$, and the same
# for $v$ and $y_s$? All channels look at the same point, so their parts add up. If $u$ or $v$ is a
# whole number, $Y$ has a bend there. Any value between the two slopes is then right, and no check
# tests it.
#
# <details><summary>The derivatives</summary>
#
# $$\frac{\partial Y}{\partial u} = (1-f_v)(X_{01}-X_{00}) + f_v(X_{11}-X_{10}), \qquad
# \frac{\partial L}{\partial x_s} = \frac{W-1}{2}\sum_c \frac{\partial L}{\partial Y[c]}\,
# \frac{\partial Y[c]}{\partial u},$$
#
# $$\frac{\partial Y}{\partial v} = (1-f_u)(X_{10}-X_{00}) + f_u(X_{11}-X_{01}), \qquad
# \frac{\partial L}{\partial y_s} = \frac{H-1}{2}\sum_c \frac{\partial L}{\partial Y[c]}\,
# \frac{\partial Y[c]}{\partial v}.$$
#
# </details>
#
# Then from the grid back to θ. Every point of image $n$ comes from the same $\theta[n]$, so the
# gradient is a sum over all of them; with $t_{ij} = (x_t, y_t, 1)$, as in N.7,
#
# $$\frac{\partial L}{\partial \theta[n,a,b]} \;=\; \sum_{i,j}\; \texttt{dgrid}[n,i,j,a]\;\, t_{ij}[b].$$
#
# **By hand.** The row $(0, 10, 40)$ at $x_s = \frac12$, so $u = \frac32$, with `dout` 1. The line
# between 10 and 40 rises by 30 for each column, and $\partial u/\partial x_s = (3-1)/2 = 1$:
# `dgrid` is $(30, 0)$. If that point is the right-hand one of an output of one row and two pixels,
# where $t = (1, 0, 1)$, and the other one has gradient 0, then `dtheta` is
# $\begin{pmatrix}30&0&30\\0&0&0\end{pmatrix}$.


# %% exercise="sample_bwd"
def bilinear_sample_bwd(dout, img, grid):
    """The gradient with respect to the points, given that with respect to the sampled images.

    dout: (N, h, w, C), img: (N, H, W, C), of floats, whole numbers or bytes; grid: (N, h, w, 2), x
    before y. Returns a NumPy array of floats (N, h, w, 2).
    """
    ### BEGIN SOLUTION
    dout, img, grid = (np.asarray(a, dtype=float) for a in (dout, img, grid))
    N, H, W, _ = img.shape
    u, v = (grid[..., 0] + 1) * (W - 1) / 2, (grid[..., 1] + 1) * (H - 1) / 2  # (N, h, w)
    left, top = np.floor(u).astype(int), np.floor(v).astype(int)
    n = np.arange(N)[:, None, None]

    def pixel(p, q):
        inside = (p >= 0) & (p < H) & (q >= 0) & (q < W)
        return img[n, np.clip(p, 0, H - 1), np.clip(q, 0, W - 1)] * inside[..., None]

    fu, fv = (u - left)[..., None], (v - top)[..., None]
    x00, x01 = pixel(top, left), pixel(top, left + 1)
    x10, x11 = pixel(top + 1, left), pixel(top + 1, left + 1)
    du = (1 - fv) * (x01 - x00) + fv * (x11 - x10)
    dv = (1 - fu) * (x10 - x00) + fu * (x11 - x01)
    dx, dy = (du * dout).sum(axis=-1), (dv * dout).sum(axis=-1)
    return np.stack([dx * (W - 1) / 2, dy * (H - 1) / 2], axis=-1)
    ### END SOLUTION


def affine_grid_bwd(dgrid):
    """The gradient with respect to theta, given that with respect to its grid.

    dgrid: (N, h, w, 2). Returns a float array (N, 2, 3).
    """
    ### BEGIN SOLUTION
    dgrid = np.asarray(dgrid, dtype=float)
    _, h, w, _ = dgrid.shape
    points = np.ones((h, w, 3))
    points[:, :, 0] = np.linspace(-1, 1, w)[None, :] if w > 1 else 0
    points[:, :, 1] = np.linspace(-1, 1, h)[:, None] if h > 1 else 0
    return np.einsum("nija,ijb->nab", dgrid, points)
    ### END SOLUTION


# %% [markdown] discussion="sample_bwd"
# The gradient sees no further than the four pixels around each point: on an even background it is
# 0, however near the digit is. That is why a spatial transformer has to begin with a window that
# already touches the object, and why blurring the image helps. Other right answers differentiate
# $\max(0, 1-|q-u|)$ with a sign, as the paper does. The same gradient, through a field of motion
# instead of an affine grid, trains networks that estimate motion or depth without labels.

# %% [markdown]
# **What you should see:** a 6 that was moved, turned and scaled. θ starts as the identity and
# follows your two gradients downhill, until its output is the upright 6. It is never told how the 6
# was moved.

# %% tags=["picture"]
show.descent(SIX, affine_grid, bilinear_sample, bilinear_sample_bwd, affine_grid_bwd)

# %% [markdown]
# ## N.9 A net that learns where to look
#
# Now let a network choose θ. The images are fields like those of Lab {convnet}, of 16×16 pixels,
# each with a digit of 8×8 pixels at a random place. A small **locator** sees the whole field and
# says where to look. A window of 10×10 pixels is cut out there, and a small classifier reads the
# window. The locator is never told where the digit is. It learns from the loss of the classifier
# alone.
#
# It may only *move* the window. So the locator predicts two numbers, a shift $(t_x, t_y)$, and
# `translation`, below, makes θ of them:
#
# $$\theta = \begin{pmatrix}s_x&0&t_x\\0&s_y&t_y\end{pmatrix}, \qquad
# s_x = \frac{w-1}{W-1},\; s_y = \frac{h-1}{H-1},$$
#
# for a window of $h$ rows and $w$ columns in a field of $H$ rows and $W$ columns. With these
# factors a pixel of the window is as large as a pixel of the field, and the shift $(0, 0)$ puts the
# window in the middle.


# %% tags=["setup"]
def translation(t, shape, window):
    """θ from a shift: a Keras tensor (N, 2), tx before ty, becomes one (N, 6), θ row by row.

    shape: (H, W, C) of one field; window: (h, w).
    """
    scale = [(small - 1) / (large - 1) for small, large in zip(window, shape, strict=False)]
    start = np.array([scale[1], 0, 0, 0, scale[0], 0], dtype="float32")
    places = np.zeros((2, 6), dtype="float32")
    places[0, 2] = places[1, 5] = 1
    return keras.ops.matmul(t, places) + start


# %% [markdown]
# Build two models, each beginning with `keras.Input(shape)`. The classifier contains the locator,
# so the two share its weights.
#
# * The **locator**: `AveragePooling2D(2)` (Keras's, which turns 16×16 pixels into 8×8 cells),
#   `Flatten`, `Dense` with 2 units and no activation, whose kernel **and** bias start at 0, then
#   `translation`. It takes fields $(N, H, W, C)$ with even $H$ and $W$, and gives θ, $(N, 6)$.
# * The **classifier**: `SpatialTransformer(locator, window)`, `Flatten`, `Dense` with 32 units and
#   ReLU, `Dense` with `n_classes` units and no activation. It takes fields and gives logits.
#
# `SpatialTransformer(localization, output_size)` of `nablab.layers` is your N.7 as a layer: it asks
# the locator for θ, makes the grid, and samples.


# %% exercise="build_stn"
def build_stn(shape, window, n_classes):
    """A classifier that reads a window, and the locator that moves it.

    shape: (H, W, C) of one field; window: (h, w).
    Returns two Keras models, (classifier, locator): fields to logits (N, n_classes), and fields to
    θ (N, 6). The classifier contains the locator.
    """
    ### BEGIN SOLUTION
    layers = keras.layers
    field = keras.Input(shape)
    cells = layers.Flatten()(layers.AveragePooling2D(2)(field))
    shift = layers.Dense(2, kernel_initializer="zeros")(cells)
    locator = keras.Model(field, translation(shift, shape, window))
    classifier = keras.Sequential(
        [
            keras.Input(shape),
            SpatialTransformer(locator, window),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(n_classes),
        ]
    )
    return classifier, locator
    ### END SOLUTION


# %% [markdown] discussion="build_stn"
# The locator starts at 0, so that all windows begin in the middle, where most of them touch a
# digit. With a random start a window can begin off the digit, where the gradient is 0. A `Dense`
# layer with fixed weights instead of `translation`, or a functional model, is right as well. The
# net of the paper predicts all six numbers of θ and also learns to turn and to zoom; here
# translation is enough, because the digits were only moved. Attention answers the same question
# without geometry: it puts weights on places, and learns them from the loss.

# %% [markdown]
# **What you should see:** eight fields with the window that the trained locator chose, and below
# each what the classifier saw. In the lower part, the position of the window against that of the
# digit; on the grey line the window is centred on the digit. The points follow the line or run
# beside it: nobody told the net which part of a digit to look at. A plain net without a locator,
# with more than twice as many parameters, was trained on the same fields; both accuracies are in
# the title. This cell trains for a quarter of a minute.


# %% tags=["picture"]
@cache
def find_digits(seed=0):
    """The classifier, its locator and a plain net, trained on 2,000 fields, and 500 to test."""
    train, test = data.placed_digits(16, 2000, 500, seed)
    keras.utils.set_random_seed(seed)
    classifier, locator = build_stn((16, 16, 1), (10, 10), 10)
    layers = keras.layers
    plain = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10),
        ]
    )
    for net in (classifier, plain):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        net.compile(keras.optimizers.Adam(0.02), loss)
        net.fit(*train, batch_size=50, epochs=30, verbose=0)
    return classifier, locator, plain, test


show.windows(find_digits, build_stn)

# %% [markdown]
# ## What you have built
#
# * An **equivariance error** says how far a layer is from following a symmetry. Invariance is the
#   case in which the output stays.
# * A convolution follows shifts exactly only **on a circle**. Zeros at the border and steps of 2
#   break that. **Blurring** before the step repairs some of it.
# * **Lifting** turns the filters, and gives the maps an axis of directions. **Group convolution**
#   turns the pixels and rolls the directions. The maximum over the axis is **invariant**.
# * Such a net knows about turns before it has seen one. That helps if the data has this symmetry.
# * A **spatial transformer** learns where to look. **Bilinear** sampling gives it a gradient, which
#   reaches as far as the four pixels around each point.
#
# ## Go on
#
# Three problems worth an evening, which nobody checks:
#
# 1. Add mirror images to the four turns: eight directions, the group p4m. What becomes of the roll?
#    Measure your error with N.1 before you believe your code.
# 2. Replace the maximum of `p4_features` by the mean, by the product, by the first entry. Which of
#    them are invariant? Train with each. Which one reads best, and why is "invariant" not enough?
# 3. Let the spatial transformer predict all six numbers, on digits turned by up to 60°
#    (`data.turned_digits` has them). When does it learn to turn them upright, and from which start?
#
# **Where this goes next.** You chose the symmetry. Did evolution? Cells in the visual cortex of a
# cat answer to strokes in every direction, and some of them do not mind where the stroke is. The
# next lab asks how they were found, and how to build a network from them.
#
# ## Read on
#
# * T. S. Cohen, M. Welling, [*Group Equivariant Convolutional
#   Networks*](https://arxiv.org/abs/1602.07576), 2016.
# * R. Zhang, [*Making Convolutional Networks Shift-Invariant
#   Again*](https://arxiv.org/abs/1904.11486), 2019.
# * M. Jaderberg, K. Simonyan, A. Zisserman, K. Kavukcuoglu,
#   [*Spatial Transformer Networks*](https://arxiv.org/abs/1506.02025), 2015.
# * M. M. Bronstein, J. Bruna, T. Cohen, P. Veličković,
#   [*Geometric Deep Learning*](https://arxiv.org/abs/2104.13478), 2021.
