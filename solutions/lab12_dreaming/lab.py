# %% [markdown]
# # Dreaming, textures, style
#
# A net turns an image into numbers. Run it the other way: ask which image would make one of those
# numbers large, and *climb* there, pixel by pixel, along the gradient. What comes out at first is
# noise. In this lab you find out why, cure it, and then dream a photograph, grow textures from
# nothing but a matrix, and paint one photo in the manner of another.
#
# **You need** NumPy with axes and broadcasting, gradients by hand (Lab {backprop}), Adam
# (Lab {optimisers}), Keras models (Lab {convnet}). **It takes** about 100 minutes.
#
# **How it works.** Fill in a cell that says `YOUR CODE HERE`, run it, then run the check below it:
# it tells you what is right and, if something is not, shows you where. `hint("N.1")` gives a hint;
# ask again for a stronger one. Before each exercise there is a question to bet on. It earns no
# points: you learn more from a run when you have guessed first.
#
# **What you climb.** A **score** is a function of an image. It returns two things: the value at
# that image, a number, and the gradient, an array of the image's shape that says how the value
# changes with every pixel. So your code never touches the net itself. Where scores come from is in
# the cell below; you need not read it to go on.

# %% tags=["setup"]
from functools import cache

import numpy as np

from nablab import check, data, hint, predict, quiet
from nablab.data.shapes import SHAPES
from nablab.show import dreaming as show
from nablab.show import dreaming_style as show_style

with quiet():  # without TensorFlow's log
    import keras

    from nablab.autodiff import value_and_gradients


def image_gradient(of):
    """A score made of `of`, a function of an image tensor (and other tensors) that gives a scalar.

    The score takes arrays, and returns the value and its gradient for the first of them. It is
    compiled once for each shape, where Keras's backend can do that.
    """
    made = {}

    def compiled(shapes):
        inputs = [keras.Variable(np.zeros(shape, "float32")) for shape in shapes]

        def both():
            value, slopes = value_and_gradients(lambda: of(*[x.value for x in inputs]), inputs[:1])
            return value, slopes[0]

        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            both = tf.function(both, autograph=False)
        return inputs, both

    def score(*arrays):
        shapes = tuple(np.shape(array) for array in arrays)
        if shapes not in made:
            made[shapes] = compiled(shapes)
        inputs, both = made[shapes]
        for variable, array in zip(inputs, arrays, strict=True):
            variable.assign(np.asarray(array, "float32"))
        value, slope = both()
        return float(value), keras.ops.convert_to_numpy(slope).astype(float)

    return score


@cache
def part_of_net(layer, seed=0):
    """The net that tells the shapes apart, up to a layer, for images of any size."""
    net = data.shapes_net(seed)
    last = [one.name for one in net.layers].index(layer)
    return keras.Sequential([keras.Input((None, None, 3)), *net.layers[: last + 1]])


@cache
def channel_score(layer, channel):
    """The mean of one channel of a layer, as a score: x (H, W, 3) -> value, gradient."""
    net = part_of_net(layer)
    return image_gradient(lambda x: keras.ops.mean(net(x[None], training=False)[..., channel]))


@cache
def layer_score(layer):
    """The mean square of all channels of a layer, as a score."""
    net = part_of_net(layer)
    return image_gradient(lambda x: keras.ops.mean(net(x[None], training=False) ** 2))


@cache
def class_score(cls, seed=0):
    """The logit of a class (0 disc, 1 square, 2 triangle, 3 cross), as a score."""
    net = part_of_net("logits", seed)
    return image_gradient(lambda x: net(x[None], training=False)[0, cls])


def probabilities(x, seed=0):
    """What the net of a seed says of an image (H, W, 3): the probabilities of the four classes."""
    logits = part_of_net("logits", seed)(np.asarray(x, "float32")[None], training=False)
    return keras.ops.convert_to_numpy(keras.ops.softmax(logits))[0]


FLOWER = data.sample_photo("flower")[20:200, 40:280] / 255  # (180, 240, 3), from 0 to 1
CHINA = data.sample_photo("china")[30:210, 70:310] / 255
NOISE = np.clip(0.5 + 0.1 * np.random.default_rng(0).normal(size=(32, 32, 3)), 0, 1)


# %% [markdown]
# ## A puzzle to begin with
#
# Below are four images. One was drawn by a program that draws triangles. The net that you will
# climb has learned from 3,000 such drawings, and reads 98 of 100 new ones right. *Which of the four
# does it take for a triangle, and how sure is it?*

# %% tags=["picture"]
show.puzzle(class_score, probabilities)

# %% [markdown]
# It is sure of all four. The last three are noise, to which its own gradient was added thirty
# times. A second net, trained in the same way on other drawings, was asked as well, and takes them for
# another shape. Keep that in mind: **what a net says of an image that was made for it
# proves nothing.**
#
# ## N.1 Uphill
#
# Begin with any image $x_0$ and take steps. At step $t$ let $g_t$ be the gradient of the score at
# $x_t$. Its size is arbitrary: it may be a thousand times larger at another layer. So divide it by
# its **root mean square**, over all of its entries:
#
# $$\hat g_t = \frac{g_t}{\operatorname{rms}(g_t) + 10^{-8}}, \qquad
# \operatorname{rms}(g) = \sqrt{\text{mean of } g^2}.$$
#
# Then every step is of the same size. The image would grow and grow, so it also **decays**: a small
# share $\lambda$ of it is taken away at each step,
#
# $$x_{t+1} = (1-\lambda)\,x_t + \eta\,\hat g_t,$$
#
# with the step size $\eta$ (`lr`) and $\lambda$ (`decay`). That is what you get if you add the
# penalty $-\frac{\lambda}{2\eta}\sum x^2$ to the score. Nothing is clipped here.
#
# **By hand.** The score $\sum w\cdot x$ with $w = (1, 7)$, as an image of one row, two columns and
# one channel. Its gradient is $w$ everywhere, with $\operatorname{rms}(w) = \sqrt{50/2} = 5$, so
# $\hat g = (0.2, 1.4)$. From $x_0 = (10, 0)$ with $\eta = 0.5$ and $\lambda = 0.1$: $x_1 = (9.1,
# 0.7)$ and $x_2 = (8.29, 1.33)$. The values on the way are 10 and 14. In the end the image comes to
# rest where the step equals the decay, at $\frac{\eta}{\lambda}\hat g = (1, 7)$.
#
# Return the last image, and the list of the values at $x_0, \dots, x_{\text{steps}-1}$.


# %% exercise="ascend"
def ascend(score, x, steps, lr, decay):
    """Gradient ascent with steps of one size, and with decay.

    score: a function; score(x) returns the value, a number, and the gradient, an array like x.
    x: an image (H, W, C), of floats or whole numbers, which stays as it is. steps: how many, 0
    among them.
    Returns the last image, a NumPy array of floats (H, W, C), and a list of the values before
    each step.
    """
    ### BEGIN SOLUTION
    x, values = np.array(x, dtype=float), []
    for _ in range(steps):
        value, g = score(x)
        values.append(float(value))
        g = np.asarray(g, dtype=float)
        x = (1 - decay) * x + lr * g / (np.sqrt(np.mean(g**2)) + 1e-8)
    return x, values
    ### END SOLUTION


# %% [markdown] discussion="ascend"
# Normalising the gradient makes one `lr` good for all layers and units, and it keeps the step large
# where the gradient fades. The price is that the climb never settles of its own accord: it needs
# decay, or a smaller and smaller step. Other right answers divide by `np.linalg.norm(g)` and
# multiply by the root of the number of entries. The decay is taken from the old image; whoever
# shrinks the new one, step included, comes to rest elsewhere. Images that excite a unit were first
# climbed for by Erhan and others ([2009](https://www.researchgate.net/publication/265022827)), and
# this decay is the L2 penalty of Simonyan and others ([2013](https://arxiv.org/abs/1312.6034)).

# %% [markdown]
# **What you should see:** eight frames of one climb for each of two channels of the third
# convolution, from grey noise. Here $x$ is what an image differs from middle grey, so it decays to
# grey. The numbers above the frames are steps, those below are values. A value rises at once, long
# before there is anything to see. In the end there are slanted stripes, and speckle
# all over.

# %% tags=["picture"]
show.frames(ascend, channel_score)

# %% [markdown]
# ## N.2 How rough is an image?
#
# Speckle is roughness: neighbours that differ for no reason. The **total variation** adds up how
# much each pixel differs from the one below and from the one to the right, in each channel by
# itself:
#
# $$\operatorname{TV}(x) = \sum_{i,j,c} \big|x[i+1,j,c] - x[i,j,c]\big| +
# \sum_{i,j,c} \big|x[i,j+1,c] - x[i,j,c]\big|.$$
#
# It is a sum, not a mean, over all pairs of neighbours *within* the image: the border has no
# neighbours outside. Doubling the image doubles it.
#
# To climb a score less a share of the roughness you need its gradient. A pixel has up to four
# neighbours $q$, in its own channel, and
#
# $$\frac{\partial\operatorname{TV}}{\partial x[p]} = \sum_q \operatorname{sign}(x[p] - x[q]),
# \qquad \operatorname{sign}(0) = 0 .$$
#
# (Where two neighbours are equal, $|\cdot|$ has a bend, and 0 is the agreed slope.)
#
# **By hand.** One row, one channel, $x = (1, 4, 2)$: the differences are 3 and −2, so
# $\operatorname{TV} = 5$. The gradient is $(-1, 2, -1)$: the pixel in the middle stands out on both
# sides.


# %% exercise="total_variation"
def total_variation(x):
    """The sum of all absolute differences between neighbours, down and to the right.

    x: (H, W, C), of floats, whole numbers or bytes. Returns one number.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    return float(np.abs(np.diff(x, axis=0)).sum() + np.abs(np.diff(x, axis=1)).sum())
    ### END SOLUTION


def total_variation_grad(x):
    """The gradient of the total variation; equal neighbours add 0.

    x: (H, W, C), of floats, whole numbers or bytes. Returns a NumPy array of floats (H, W, C).
    """
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    down, right = np.sign(np.diff(x, axis=0)), np.sign(np.diff(x, axis=1))
    g = np.zeros(x.shape)
    g[1:] += down
    g[:-1] -= down
    g[:, 1:] += right
    g[:, :-1] -= right
    return g
    ### END SOLUTION


# %% [markdown] discussion="total_variation"
# The gradient counts how many neighbours are darker, less how many are brighter. It does not ask by
# how much, so one step flattens a speckle of 0.01 as eagerly as an edge of 1, and an edge, which is
# rough on one side only, hardly moves: that is why total variation removes noise and keeps edges
# ([Rudin, Osher and Fatemi, 1992](https://doi.org/10.1016/0167-2789%2892%2990242-F)). Other right
# answers pad the image by repeating its border, which adds differences of 0. Mahendran and Vedaldi
# ([2015](https://arxiv.org/abs/1412.0035)) brought it to images made from networks.

# %% [markdown]
# **What you should see:** a piece of the flower, the same with noise on it, and what 8, 20 and 60
# steps against your gradient make of that. After 8 steps it is as rough as the photo was, after 20
# the speckle is gone and the petals are still there. After 60 only large patches are left.

# %% tags=["picture"]
show.smoothing(FLOWER[60:108, 80:144], total_variation, total_variation_grad)

# %% [markdown]
# ## N.3 Climb in another basis
#
# Here is a cure that costs nothing. Photographs have a typical spectrum: the slower a pattern
# repeats, the stronger it is. So do not climb in pixels. Climb in **frequencies**, weighted so that
# slow ones count more, and let the pixels follow. The image is made of coefficients $z$, as many as
# there are pixels:
#
# $$x = \mathcal H(s \odot z), \qquad s[k,l] = \frac{1}{\max\big(f[k,l],\, 1/\max(H,W)\big)}, \qquad
# f[k,l] = \sqrt{f_k^2 + f_l^2}.$$
#
# $f_k$ and $f_l$ are the frequencies of row $k$ and column $l$ of the spectrum, in cycles per
# pixel, as `np.fft.fftfreq(H)` and `np.fft.fftfreq(W)` list them. The same $s$ is used for all
# channels. $\mathcal H$ is the Hartley transform, given below: a Fourier transform that stays
# within real numbers. Two properties are all that you need. It is **its own inverse**, and **its
# own transposed**: $\mathcal H^\top = \mathcal H$. So the gradient for $z$ is
#
# $$\frac{\partial L}{\partial z} = s \odot \mathcal H\Big(\frac{\partial L}{\partial x}\Big).$$
#
# `fourier_image(z)` makes the image. `fourier_score(score, z)` makes a score of coefficients out of
# a score of images: it returns the value at the image of $z$, and the gradient for $z$. Then your
# `ascend` climbs in $z$ without a change.
#
# **By hand.** One row of four pixels: the frequencies are $0, .25, -.5, -.25$, so $s = (4, 4, 2,
# 4)$. For $z = (1, 0, 1, 0)$ the image is $\frac12(4 + 2,\, 4 - 2,\, 4 + 2,\, 4 - 2) = (3, 1, 3,
# 1)$. Let the score be the first pixel alone, with the gradient $(1, 0, 0, 0)$. The value is 3.
# $\mathcal H$ makes $\frac12(1, 1, 1, 1)$ of the gradient, so the gradient for $z$ is $(2, 2, 1,
# 2)$.


# %% tags=["setup"]
def hartley(x):
    """The Hartley transform of an image (H, W, C) over rows and columns; its own inverse."""
    transformed = np.fft.fft2(x, axes=(0, 1), norm="ortho")
    return transformed.real - transformed.imag


# %% exercise="fourier"
def fourier_image(z):
    """The image of scaled coefficients.

    z: (H, W, C), of floats or whole numbers. Returns a NumPy array of floats (H, W, C).
    """
    ### BEGIN SOLUTION
    H, W, _ = np.shape(z)
    f = np.hypot(np.fft.fftfreq(H)[:, None], np.fft.fftfreq(W)[None, :])
    s = 1 / np.maximum(f, 1 / max(H, W))  # (H, W)
    return hartley(s[:, :, None] * np.asarray(z, dtype=float))
    ### END SOLUTION


def fourier_score(score, z):
    """The value of a score at the image of z, and the gradient for z.

    score: a function; score(x) returns the value and the gradient for the image x.
    Returns a number, and a NumPy array of floats (H, W, C).
    """
    ### BEGIN SOLUTION
    H, W, _ = np.shape(z)
    value, g = score(fourier_image(z))
    f = np.hypot(np.fft.fftfreq(H)[:, None], np.fft.fftfreq(W)[None, :])
    s = 1 / np.maximum(f, 1 / max(H, W))
    return value, s[:, :, None] * hartley(np.asarray(g, dtype=float))
    ### END SOLUTION


# %% [markdown] discussion="fourier"
# The chain rule goes back through the same two factors in the reverse order: transpose of a
# product. In pixels the whole change of basis is a filter: a step in $z$ moves the image by
# $\mathcal H(s^2 \odot \mathcal H(g))$, so the gradient is blurred once, and nothing that is
# already there is. No image becomes impossible, for $z = \mathcal H(x)/s$ makes any $x$; it only
# takes longer to get to the rough ones. Other right answers use complex coefficients inside, or
# write $\mathcal H$ with cosines and sines. Olah and others
# ([2017](https://doi.org/10.23915/distill.00007)) call it preconditioning, and use it with
# decorrelated colours, as the gallery below does.

# %% [markdown]
# **What you should see:** four channels, climbed for in pixels and in frequencies, with the same
# number of steps. The values are below the images. Further down is how much power the images
# have at each frequency, the mean of the four. In pixels the curve is nearly
# level, as that of noise is; in frequencies it falls steeply, as that of photographs does.

# %% tags=["picture"]
show.bases(ascend, fourier_image, fourier_score, channel_score)

# %% [markdown]
# ## N.4 What a class looks like
#
# Now climb for a whole class: the logit of "triangle". Two cures more are in use everywhere. Both
# punish what the net could not have learned from drawings:
#
# * **Jitter.** Before each step, move the image by a few pixels in a circle, and move the gradient
#   back. A triangle is a triangle here or there; a pattern that only works in one place gets no
#   help.
# * **Blur.** After each step, blur the image a little. Speckle is gone before it can grow.
#
# With one pair of whole numbers $(d_y, d_x)$ for each step, in the order in which they are listed:
#
# 1. Roll the image by $d_y$ rows down and $d_x$ columns to the right, $u = R_{(d_y,d_x)}(x)$. This
#    is `np.roll(x, (dy, dx), axis=(0, 1))`.
# 2. Take the gradient of the score at $u$, and roll it *back*: $g = R_{(-d_y,-d_x)}(\nabla(u))$.
# 3. Step, blur, clip: $x \leftarrow \operatorname{clip}\big(\operatorname{blur}(x + \eta\,\hat
#    g),\, 0,\, 1\big)$, where $\hat g$ is `normalised(g)`, as in N.1.
#
# There is no decay: clipping keeps the image in its range. `normalised` and `blur` are given below.
#
# **By hand.** One row of four pixels $x = (.5, .5, .5, .5)$, one step with the shift $(0, 1)$ and
# $\eta = .4$. The score has the gradient $(2, 0, 0, 0)$: it wants its first pixel bright. That is
# the *last* pixel of $x$, which was moved there: rolled back, $g = (0, 0, 0, 2)$. Its rms is 1, so
# the step gives $(.5, .5, .5, 1.3)$. Blurred with $(\frac14, \frac12, \frac14)$, in a circle, this
# is $(.7, .5, .7, .9)$. Nothing needs clipping. Had the blur come after clipping, the last pixel
# would be $.75$.


# %% tags=["setup"]
def normalised(g):
    """A gradient divided by its root mean square, plus a little."""
    return g / (np.sqrt(np.mean(g**2)) + 1e-8)


def blur(x):
    """An image (H, W, C) blurred by 1/4, 1/2, 1/4 along rows and columns, in a circle."""
    for axis in (0, 1):
        x = (np.roll(x, 1, axis) + 2 * x + np.roll(x, -1, axis)) / 4
    return x


# %% exercise="class_image"
def class_image(score, x, shifts, lr):
    """Gradient ascent with jitter and blur, kept between 0 and 1.

    score: a function; score(x) returns the value and the gradient. x: (H, W, C), which stays as it
    is. shifts: for each step a pair of whole numbers, down and to the right: an array (steps, 2) or
    a list.
    Returns a NumPy array of floats (H, W, C).
    """
    ### BEGIN SOLUTION
    x = np.array(x, dtype=float)
    for dy, dx in shifts:
        _, g = score(np.roll(x, (dy, dx), axis=(0, 1)))
        g = np.roll(np.asarray(g, dtype=float), (-dy, -dx), axis=(0, 1))
        x = np.clip(blur(x + lr * normalised(g)), 0, 1)
    return x
    ### END SOLUTION


# %% [markdown] discussion="class_image"
# The image that is kept never moves; only a copy is shown to the net. Other right answers roll the
# image, step, and roll the result back, which is the same, because blur and clipping do not mind a
# roll. Blur is a strong remedy: what survives must be rebuilt faster than it fades, so the image
# stays grey where the net does not care. Jitter alone hardly helps against speckle. Both come from
# practice (Mordvintsev and others,
# [2015](https://research.google/blog/inceptionism-going-deeper-into-neural-networks/); Yosinski and
# others, [2015](https://arxiv.org/abs/1506.06579)).

# %% [markdown]
# **What you should see:** the four classes, from the same noise, with each cure on and off. Below
# each image is the probability of its class by the net that was climbed, and by a second net that
# was trained on other drawings. The first is 1.00, for noise too. At the left is the share of power
# in patterns finer than four pixels ("fine"): total variation and blur make the difference, jitter
# alone hardly any. With jitter and blur you see slanted edges, upright and level bars, and a grid
# of patches in place of a cross. On 20 starts the second net gave images of jitter and blur
# .94 on average over the classes, and those of plain ascent .53.

# %% tags=["picture"]
show.cures(total_variation_grad, class_image, class_score, probabilities)

# %% [markdown]
# **Say why** (nobody checks it; write two sentences for yourself). Why does the class "cross" get a
# whole grid of patches rather than one cross? What in the net's last two layers does not mind?
#
# ## N.5 Dream on
#
# Do not begin with noise. Begin with a photograph, and let a layer see more of whatever it sees in
# it already: climb the mean square of *all* of its maps. That is **deep dream** (Mordvintsev, Olah
# and Tyka, 2015).
#
# A unit sees a fixed number of pixels, so its patterns would all be of one size. Hence **octaves**:
# begin with a small copy of the photo, dream, enlarge what was dreamt, put it on a larger copy, and
# dream on. For $n$ octaves and a factor $r$ the sizes are
#
# $$H_k = \operatorname{round}\Big(\frac{H}{r^{\,n-1-k}}\Big), \qquad
# W_k = \operatorname{round}\Big(\frac{W}{r^{\,n-1-k}}\Big), \qquad k = 0, \dots, n-1,$$
#
# so the last one is the photo's own. (No check has a half to round.) For each size in turn:
#
# 1. $\text{base} = \operatorname{resize}(\text{photo})$, always from the photo itself;
# 2. $\text{dream} = \text{base} + \operatorname{resize}(\text{detail})$; in the first octave there
#    is no detail yet;
# 3. `steps` times: $\text{dream} \leftarrow \operatorname{clip}(\text{dream} + \eta\,\hat
#    g,\,0,\,1)$, with the gradient at the dream, normalised as before;
# 4. $\text{detail} = \text{dream} - \text{base}$: only what was dreamt goes on.
#
# The result is the last dream. `resize(x, (h, w))` is given below. Your code must not assume that
# `shapes` came from `octave_shapes`: any list of sizes will do, and the last one is the result's.
#
# **By hand.** $H, W = 60, 90$, three octaves, factor 1.5: $(27, 40)$, $(40, 60)$, $(60, 90)$. And a
# dream: the photo is one pixel $.5$, of one channel; the sizes are $(1, 1)$ and $(1, 2)$; one step
# each, with $\eta = .1$ and the gradient 1 everywhere. First octave: $.5 + .1 = .6$, detail $.1$.
# Second: base $(.5, .5)$, with the detail $(.6, .6)$, after the step $(.7, .7)$.


# %% tags=["setup"]
def resize(x, shape):
    """An image (H, W, C) with h rows and w columns, shape = (h, w).

    Each new pixel is a mean of those around it, weighted linearly by distance; of
    more of them if the image shrinks.
    """
    x = np.asarray(x, dtype=float)
    for axis, new in ((0, shape[0]), (1, shape[1])):
        old = x.shape[axis]
        places = (np.arange(new) + 0.5) * old / new - 0.5
        away = np.abs(places[:, None] - np.arange(old)) / max(1, old / new)
        weights = np.maximum(0, 1 - away)
        weights /= weights.sum(axis=1, keepdims=True)  # (new, old)
        x = np.moveaxis(np.tensordot(weights, x, axes=(1, axis)), 0, axis)
    return x


# %% exercise="deepdream"
def octave_shapes(H, W, n, factor):
    """The sizes of n octaves, the smallest first: a list of n pairs of whole numbers (h, w)."""
    ### BEGIN SOLUTION
    return [(round(H / factor**k), round(W / factor**k)) for k in reversed(range(n))]
    ### END SOLUTION


def deepdream(score, img, shapes, steps, lr):
    """Gradient ascent from a photo over octaves.

    score: a function; score(x) returns the value and the gradient, for images of any size.
    img: (H, W, C) from 0 to 1, which stays as it is. shapes: a list of pairs (h, w).
    Returns a NumPy array of floats (h, w, C) from 0 to 1, of the last size.
    """
    ### BEGIN SOLUTION
    detail = None
    for shape in shapes:
        base = resize(img, shape)
        dream = base if detail is None else base + resize(detail, shape)
        for _ in range(steps):
            _, g = score(dream)
            dream = np.clip(dream + lr * normalised(np.asarray(g, dtype=float)), 0, 1)
        detail = dream - base
    return dream
    ### END SOLUTION


# %% [markdown] discussion="deepdream"
# What is enlarged is only the detail: if you enlarge the whole dream, the photo is blurred from
# octave to octave. Other right answers keep the enlarged dream and add what the photo lost by
# shrinking, which is nearly the same. The net decides what a dream is made of. The famous dogs come
# from a net that had to tell 120 breeds of dogs apart; ours was taught four shapes on 32×32 pixels,
# and knows edges, stripes and corners. Its layers differ in the size and colour of these, and you
# will find no objects in any of them.

# %% [markdown]
# **What you should see:** the flower, and what the four layers make of it. The first one only turns
# up the colours. The second draws short stripes along edges, the third wider ones, and the
# fourth covers the dark with slanted lines and fine checks. The last picture is the fourth layer
# again with one octave only: everything is small. No layer dreams of objects: this net knows none.

# %% tags=["picture"]
show.dreams(FLOWER, octave_shapes, deepdream, layer_score, resize)

# %% [markdown]
# ## N.6 Texture without places
#
# What makes bark look like bark, at whatever place you look? Gatys, Ecker and Bethge
# ([2015](https://arxiv.org/abs/1505.07376)) had a simple answer: *which features occur together*.
# Take the maps of one layer, $F$ of shape $(H, W, C)$. Forget where the pixels are, and keep only
# how the channels vary together, in the **Gram matrix**
#
# $$G[a,b] = \frac{1}{HW}\sum_{i,j} \bar F[i,j,a]\;\bar F[i,j,b], \qquad
# \bar F[i,j,a] = F[i,j,a] - \frac{1}{HW}\sum_{i',j'} F[i',j',a].$$
#
# Authors differ in two things, so take note. Here each channel's **mean is subtracted** first: the
# outputs of a ReLU are all positive, and without this the means would drown everything else. And
# the sum is **divided by the number of pixels** $HW$, so images of different sizes can be compared.
#
# How far are the maps of one image from the Gram matrix $A$ of another one? Measure it relative to
# $A$, with sums over all entries:
#
# $$L = \frac{\sum_{a,b} (G[a,b] - A[a,b])^2}{\sum_{a,b} A[a,b]^2}.$$
#
# To bring an image closer, you need the gradient for the maps. $A$ is symmetric, as every Gram
# matrix is. *Derive it first:* which entries of $G$ change with $\bar F[i,j,a]$? And does it matter
# that the mean changes too?
#
# <details><summary>The gradient</summary>
#
# $$\frac{\partial L}{\partial F[i,j,a]} = \frac{4}{HW\sum A^2}\sum_b \bar F[i,j,b]\,(G[b,a] - A[b,a]).$$
#
# The mean changes nothing: it would subtract the mean of this expression over all pixels, and that
# is 0, because the mean of $\bar F$ is.
#
# </details>
#
# **By hand.** Two pixels in one row, two channels: $F = \big((4, 1), (0, 3)\big)$. The means are
# $(2, 2)$, $\bar F = \big((2, -1), (-2, 1)\big)$, and
#
# $$G = \begin{pmatrix}4&-2\\-2&1\end{pmatrix}. \quad\text{With}\quad A =
# \begin{pmatrix}2&0\\0&2\end{pmatrix}:\quad G - A = \begin{pmatrix}2&-2\\-2&-1\end{pmatrix},\quad
# L = \tfrac{13}{8} = 1.625,$$
#
# and the gradient is $(1.5, -0.75)$ at the first pixel and $(-1.5, 0.75)$ at the second.


# %% exercise="gram"
def gram(F):
    """How the channels of maps vary together, about their means.

    F: (H, W, C), of floats or whole numbers. Returns a NumPy array of floats (C, C).
    """
    ### BEGIN SOLUTION
    rows = np.asarray(F, dtype=float).reshape(-1, np.shape(F)[-1])  # (HW, C)
    rows = rows - rows.mean(axis=0)
    return rows.T @ rows / len(rows)
    ### END SOLUTION


def gram_loss(F, A):
    """How far the Gram matrix of F is from A, relative to A, and the gradient for F.

    F: (H, W, C), A: (C, C), symmetric. Returns a number, and a NumPy array of floats (H, W, C).
    """
    ### BEGIN SOLUTION
    rows = np.asarray(F, dtype=float).reshape(-1, np.shape(F)[-1])
    rows = rows - rows.mean(axis=0)
    off, size = gram(F) - A, np.sum(np.asarray(A, dtype=float) ** 2)
    gradient = 4 * rows @ off / (len(rows) * size)
    return np.sum(off**2) / size, gradient.reshape(np.shape(F))
    ### END SOLUTION


# %% [markdown] discussion="gram"
# With the means subtracted the Gram matrix is a covariance: `np.cov` with `bias=True` would give
# the same. It is symmetric, it has no negative eigenvalue, and it does not change when all pixels
# are permuted together: exactly what "forget the places" means. Gatys and colleagues divide by
# other constants and do not subtract the means, so numbers from different papers cannot be
# compared. Other right answers are an `einsum` over both axes of pixels, or a sum of outer
# products. The same matrix of second moments is at work in normalisation, in style-based generators
# ([Huang and Belongie, 2017](https://arxiv.org/abs/1703.06868), keep only its diagonal), and in the
# Fréchet distance by which generated images are judged.

# %% [markdown]
# **What you should see:** three patches of the photos and, below each, the Gram matrix of 32 random
# filters, all on one scale. The first two patches are both from the flower's petals, and their
# matrices are much alike. The third is from the roof, and its matrix is another one. The last patch
# is the first one with its pixels shuffled *before* the filters saw them: now the neighbours are
# wrong, and the matrix changes. (The cell above the picture makes the random filters. You need it
# in N.7.)


# %% tags=["setup"]
@cache
def random_bank(seed=0):
    """The maps of a net of three convolutions with random weights, and the way back.

    Filters of 3×3, 32, 48 and 64 of them, without bias, ReLU after each, 2×2 means in between.
    Returns two functions. maps(x) gives a list of three maps of an image (H, W, 3). pull(x, grads)
    takes a gradient for each of the three maps and gives the gradient for the image.
    """
    rng = np.random.default_rng(seed)
    weights = [
        rng.normal(size=(3, 3, c, f)) * np.sqrt(2 / (9 * c))
        for c, f in ((3, 32), (32, 48), (48, 64))
    ]
    weights = [w.astype("float32") for w in weights]

    def run(x):
        ops, h, found = keras.ops, x[None] - 0.5, []
        for k, w in enumerate(weights):
            if k:
                h = ops.average_pool(h, 2, strides=2, padding="valid")
            h = ops.relu(ops.conv(h, w, padding="same"))
            found.append(h[0])
        return found

    def weighted(x, *grads):
        return sum(keras.ops.sum(F * g) for F, g in zip(run(x), grads, strict=True))

    score = image_gradient(weighted)

    def maps(x):
        tensor = keras.ops.convert_to_tensor(np.asarray(x, "float32"))
        return [keras.ops.convert_to_numpy(F).astype(float) for F in run(tensor)]

    def pull(x, grads):
        return score(x, *grads)[1]

    return maps, pull


# %% tags=["picture"]
show_style.grams(FLOWER, CHINA, gram, random_bank)

# %% [markdown]
# ## N.7 Grow a texture
#
# Now turn it round. Take the Gram matrices of a **source** image, begin with noise, and change the
# noise until its matrices are the same. Nothing but a few matrices of the source is used, so what
# comes out is made of the same stuff, at other places.
#
# Where do the maps come from? From a net with *random* weights: three layers of convolution, ReLU
# and 2×2 means, never trained (Ustyuzhaninov and others, [2016](https://arxiv.org/abs/1606.00021)).
# You get it as two functions, so that your code works with any net:
#
# * `maps(x)` returns a list of maps of the image $x$, $F_1, \dots, F_L$. They may differ in all
#   three sizes.
# * `pull(x, grads)` goes the way back. From a list of gradients $\partial L/\partial F_l$, one for
#   each map and of its shape, it makes the gradient for the image.
#
# `texture_score(maps, pull, x, targets)` returns the loss and its gradient for the image. The loss
# is the **mean over the maps** of your `gram_loss`, where `targets[l]` is the matrix for map $l$:
#
# $$L(x) = \frac1L \sum_{l=1}^{L} L_l, \qquad \frac{\partial L}{\partial x} =
# \operatorname{pull}\Big(x,\; \Big[\tfrac1L \tfrac{\partial L_1}{\partial F_1}, \dots,
# \tfrac1L \tfrac{\partial L_L}{\partial F_L}\Big]\Big).$$
#
# `texture_synth(maps, pull, source, x, steps, lr)` computes the targets from the source, once, and
# goes downhill from $x$ by `descend`, which is given below: Adam, as in Lab {optimisers}, with the
# image clipped after each step. The source may have another size than $x$.
#
# **By hand.** A bank with a single map, the image itself, for which `pull` returns the only
# gradient that it is given. With the numbers of N.6, $x = \big((4, 1), (0, 3)\big)$ and the target
# $2I$, the loss is 1.625 and the gradient that of N.6. With the same map *twice*, everything is the
# same: a mean of two equal losses, and a pull that adds two halves.


# %% tags=["setup"]
def descend(score, x, steps, lr):
    """Adam downhill from x, clipped to [0, 1] after each step.

    score: a function; score(x) returns the value and the gradient. Returns the last image, and a
    list of the values before each step.
    """
    x, values, m, v = np.array(x, dtype=float), [], 0, 0
    for t in range(1, steps + 1):
        value, g = score(x)
        values.append(float(value))
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        step = (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
        x = np.clip(x - lr * step, 0, 1)
    return x, values


# %% exercise="texture_synth"
def texture_score(maps, pull, x, targets):
    """The mean of gram_loss over all maps, and its gradient for the image.

    maps, pull: the two functions of the text. x: (H, W, C). targets: a list of Gram matrices, one
    for each map. Returns a number, and a NumPy array of floats (H, W, C).
    """
    ### BEGIN SOLUTION
    pairs = [gram_loss(F, A) for F, A in zip(maps(x), targets, strict=True)]
    loss = np.mean([one for one, _ in pairs])
    return loss, pull(x, [dF / len(pairs) for _, dF in pairs])
    ### END SOLUTION


def texture_synth(maps, pull, source, x, steps, lr):
    """The image that descend makes of x, with the Gram matrices of the source as targets.

    source: (h, w, C), x: (H, W, C), from 0 to 1; both stay as they are.
    Returns a NumPy array of floats (H, W, C).
    """
    ### BEGIN SOLUTION
    targets = [gram(F) for F in maps(source)]
    made, _ = descend(lambda one: texture_score(maps, pull, one, targets), x, steps, lr)
    return made
    ### END SOLUTION


# %% [markdown] discussion="texture_synth"
# `pull` is the chain rule through the net, in one call: what frameworks call a vector-Jacobian
# product. The loss alone is a poor judge of the result: it can be driven close to 0 by an image
# that still looks like noise, because the image was fitted to these filters; hence the picture
# reports the distance in a *second* random bank, which the descent has never seen. Other right
# answers pull each map's gradient by itself and add the images, which takes L times as long. Random
# filters know nothing beyond a few pixels; with a trained, deep net whole pebbles and letters
# appear.

# %% [markdown]
# **What you should see:** four pieces of the photos, and beside each a texture, grown from noise.
# Colours and grain are those of the source; petals, roof and leaf are dissolved. Above each texture
# is the Gram distance to the source in a second random bank, of the noise at the start and of the
# texture.

# %% tags=["picture"]
show_style.textures(FLOWER, CHINA, texture_synth, gram_loss, gram, random_bank)

# %% [markdown]
# ## N.8 One photo in the manner of another
#
# The Gram matrices forget where things are. The maps themselves do not. So ask for both: maps like
# those of the **content**, place by place, and Gram matrices like those of the **style**. This is
# *style transfer* (Gatys, Ecker and Bethge, [2016](https://doi.org/10.1109/CVPR.2016.265)).
#
# With $F_l$ the maps of the image, $P_l$ those of the content and $A_l$ the Gram matrices of the
# style,
#
# $$L(x) = \frac1L\sum_{l=1}^L \Big( L^\text{style}_l + \alpha\,L^\text{content}_l \Big), \qquad
# L^\text{style}_l = \texttt{gram\_loss}(F_l, A_l), \qquad
# L^\text{content}_l = \frac{\sum (F_l - P_l)^2}{\sum P_l^2},$$
#
# with sums over all entries. The number $\alpha \ge 0$ sets how much the content counts.
#
# `style_score(maps, pull, x, targets, contents, alpha)` returns this loss and its gradient for the
# image: `targets` is the list of the $A_l$, `contents` the list of the $P_l$.
# `style_transfer(maps, pull, content, style, x, alpha, steps, lr)` computes both lists, once, and
# descends from $x$. The style may have another size than the content.
#
# **By hand.** The bank with one map, the image itself. $F = \big((4, 1), (0, 3)\big)$ and $A = 2I$
# as before, $P = \big((4, 0), (0, 2)\big)$ and $\alpha = 2$. $F - P = \big((0, 1), (0, 1)\big)$, so
# the content's loss is $2/20 = 0.1$ and the whole $1.625 + 2\cdot 0.1 = 1.825$. The content adds
# $\alpha\cdot 2\,(F-P)/\sum P^2 = 0.2\,(F-P)$ to the gradient: $(1.5, -0.55)$ and $(-1.5, 0.95)$.


# %% exercise="style_transfer"
def style_score(maps, pull, x, targets, contents, alpha):
    """The loss of style and content, and its gradient for the image.

    maps, pull: as in N.7. x: (H, W, C). targets: Gram matrices, one for each map. contents: arrays,
    one for each map, of its shape. Returns a number, and a NumPy array of floats (H, W, C).
    """
    ### BEGIN SOLUTION
    found = maps(x)
    loss, grads = 0.0, []
    for F, A, P in zip(found, targets, contents, strict=True):
        F, P = np.asarray(F, dtype=float), np.asarray(P, dtype=float)
        style, dF = gram_loss(F, A)
        size = np.sum(P**2)
        loss += (style + alpha * np.sum((F - P) ** 2) / size) / len(found)
        grads.append((dF + alpha * 2 * (F - P) / size) / len(found))
    return loss, pull(x, grads)
    ### END SOLUTION


def style_transfer(maps, pull, content, style, x, alpha, steps, lr):
    """The image that descend makes of x, with the maps of one photo and the style of another.

    content: (H, W, C), style: (h, w, C), x: (H, W, C), from 0 to 1; all stay as they are.
    Returns a NumPy array of floats (H, W, C).
    """
    ### BEGIN SOLUTION
    targets, contents = [gram(F) for F in maps(style)], maps(content)
    made, _ = descend(
        lambda one: style_score(maps, pull, one, targets, contents, alpha), x, steps, lr
    )
    return made
    ### END SOLUTION


# %% [markdown] discussion="style_transfer"
# Both losses are relative, so $\alpha$ means the same for every net and every pair of photos; in
# other programs it has to be found anew for each. With $\alpha = 0$ this is N.7, and with a large
# $\alpha$ the image is an inversion of the maps, the way in which Mahendran and Vedaldi
# ([2015](https://arxiv.org/abs/1412.0035)) asked what a layer still knows. The paper takes the
# content from one deep layer only; our net has no deep layer. Other right answers pull the two
# gradients back one after the other. A year later a network was trained to do in one pass what
# takes you a hundred steps ([Johnson, Alahi and Fei-Fei, 2016](https://arxiv.org/abs/1603.08155)).

# %% [markdown]
# **What you should see:** the flower, painted from noise in the manner of the pavilion, with
# $\alpha$ from .03 to 30. On the left only the stuff of the pavilion is there, on the right the
# flower. The number below each is its mean squared distance from the flower: it falls from left to
# right.

# %% tags=["picture"]
show_style.strip(FLOWER, CHINA, style_transfer, random_bank, resize)

# %% [markdown]
# ## Your gallery
#
# Everything here is made by your own functions: channels in the Fourier basis, with colours mixed
# as they are in photographs; a dream of a dream; each photo in the manner of the other, with a
# little of your total variation against the grain.
#
# **What you should see:** twelve channels of the net, the flower's dream, and two paintings. This
# cell takes about a quarter of a minute.

# %% tags=["picture"]
show_style.gallery(
    FLOWER,
    CHINA,
    ascend=ascend,
    total_variation=total_variation,
    total_variation_grad=total_variation_grad,
    fourier_image=fourier_image,
    fourier_score=fourier_score,
    octave_shapes=octave_shapes,
    deepdream=deepdream,
    gram=gram,
    style_score=style_score,
    channel_score=channel_score,
    layer_score=layer_score,
    random_bank=random_bank,
    resize=resize,
    descend=descend,
)

# %% [markdown]
# ## What you have built
#
# * **Ascent** on a score: normalised steps, and decay that brings the image to rest.
# * Four cures for speckle: **total variation**, a **Fourier basis**, **jitter** and **blur**. All
#   work but jitter alone, which hardly does; it makes patterns that hold at any place.
# * **A net is no witness** of images that were made for it. A second net is a better one, and so is
#   a bank that was not optimised.
# * **Octaves** carry what was dreamt from small copies of a photo to large ones.
# * A **Gram matrix** says which features occur together and forgets where. From it alone a texture
#   can be grown. With the maps of another photo beside it, it becomes a style.
#
# ## Go on
#
# Three problems worth an evening, which nobody checks:
#
# 1. Climb for *two* channels at once, a mean of two scores, or for one and against another. What
#    does the image of a sum look like, beside the images of its parts?
# 2. A texture that repeats without a seam: give the maps of a rolled copy to the loss, another
#    shift at each step. Lay four copies side by side to see whether it worked.
# 3. Zoom into a dream: enlarge the result of `deepdream` by a few percent, cut it to size, dream
#    again, a hundred times. Make a film of it. What does the photo contribute after the twentieth
#    frame?
#
# **Where this goes next.** You have seen what units want. How do they come to want it? A unit is
# nothing but weights on other units. The next lab reads those weights, and builds a detector of
# curves by hand.
#
# ## Read on
#
# * C. Olah, A. Mordvintsev, L. Schubert, [*Feature
#   Visualization*](https://doi.org/10.23915/distill.00007), 2017.
# * K. Simonyan, A. Vedaldi, A. Zisserman, [*Deep Inside Convolutional
#   Networks*](https://arxiv.org/abs/1312.6034), 2013.
# * L. A. Gatys, A. S. Ecker, M. Bethge, [*Texture Synthesis Using Convolutional Neural
#   Networks*](https://arxiv.org/abs/1505.07376), 2015.
# * I. Ustyuzhaninov, W. Brendel, L. A. Gatys, M. Bethge, [*Texture Synthesis Using Shallow
#   Convolutional Networks with Random Filters*](https://arxiv.org/abs/1606.00021), 2016.
