# %% [markdown]
# # Seeing inside: attribution
#
# A network says "triangle". Where did it look? There are a dozen ways to ask, each paints a coloured
# map over the image, and each map looks convincing. Some of them have been published for years
# before somebody noticed that they hardly depend on the network.
#
# In this lab you ask in seven ways, and you judge the answers. For that you need data for which the
# truth is known: images with one object each, and a mask that says where it is.
#
# **You need** NumPy with axes and broadcasting, receptive fields (Lab {sizes}), gradients by hand
# (Lab {backprop}), Keras models (Lab {convnet}). **It takes** about 110 minutes.
#
# **How it works.** Fill in a cell that says `YOUR CODE HERE`, run it, then run the check below it:
# it tells you what is right and, if something is not, shows you where. `hint("N.1")` gives a hint;
# ask again for a stronger one. Before each exercise there is a question to bet on. It earns no
# points: you learn more from a run when you have guessed first.

# %% tags=["setup"]
from functools import cache

import numpy as np

from nablab import check, data, hint, predict, quiet
from nablab.show import attribution as show

with quiet():  # without TensorFlow's log
    import keras

    from nablab.autodiff import value_and_gradients

IMAGES, LABELS, MASKS = data.shapes(24, seed=11)  # (24, 32, 32, 3), (24,), (24, 32, 32)
SHAPES = ("disc", "square", "triangle", "cross")  # what the labels 0 to 3 mean


@cache
def net():
    """The net of this lab: images (N, 32, 32, 3) to logits (N, 4). Trained, and always the same."""
    return data.shapes_net()


def logits(model, x):
    """What a model answers to images x (N, H, W, C), before any softmax: a NumPy array."""
    x = keras.ops.convert_to_tensor(np.asarray(x, dtype="float32"))
    return keras.ops.convert_to_numpy(model(x, training=False))


def until(model, layer, x):
    """What the layer of that name puts out for images x (N, H, W, C): a NumPy array."""
    x = keras.ops.convert_to_tensor(np.asarray(x, dtype="float32"))
    for each in model.layers:
        x = each(x)
        if each.name == layer:
            return keras.ops.convert_to_numpy(x)
    raise ValueError(f"the model has no layer called {layer!r}")


def onwards(model, layer, a):
    """The logits that a model gives if the layer of that name puts out a: a Keras tensor."""
    after = [each.name for each in model.layers].index(layer) + 1
    for each in model.layers[after:]:
        a = each(a)
    return a


def gradient(f, x):
    """The gradient of f at x: a NumPy array of the shape of x.

    f takes a Keras tensor of the shape of x and returns one number, as a Keras tensor.
    """
    x = keras.Variable(np.asarray(x, dtype="float32"))
    _, (slope,) = value_and_gradients(lambda: f(x.value), [x])
    return keras.ops.convert_to_numpy(slope)


# %% [markdown]
# All models in this lab are `keras.Sequential`, and put out logits. The net that you look into has
# four convolutions: `conv1`, `norm1`, `relu1`, `pool1`, `conv2`, `norm2`, `relu2`, `pool2`, `conv3`,
# `norm3`, `relu3`, `conv4`, `norm4`, `relu4`, then `features`, which is the mean of each map, and
# `logits`. It was trained on 3,000 images to tell four shapes, and reads 98 of 100 new images right.
#
# ## A puzzle to begin with
#
# Below are three images, and below each three maps of "where the net looked". One is a gradient of
# the trained net. One is the same gradient of a net with random weights, which knows nothing. One is
# an edge filter from 1968, and no net at all. *Which column is which? Write it down; you can check
# it at the end of N.5.*

# %% tags=["picture"]
show.puzzle(IMAGES[:3], net)

# %% [markdown]
# ## N.1 Filters as pictures
#
# The filters of the first layer have as many channels as the image, so they can be shown as small
# colour pictures. Weights are negative and positive. To turn a weight into a brightness from 0 to 1,
# zero becomes mid-grey, and each filter is stretched **by itself** and **symmetrically**: for filter
# $f$, with $m_f = \max_{u,v,c} |w[u,v,c,f]|$,
#
# $$g[u,v,c,f] \;=\; \frac12 + \frac{w[u,v,c,f]}{2\,m_f} .$$
#
# A filter of zeros only is mid-grey everywhere. Then the $F$ pictures go into a grid, row by row:
# $q = \lceil\sqrt F\,\rceil$ columns and $p = \lceil F/q\rceil$ rows. Between neighbours there is one
# row or column of white pixels (1), none around the outside. Places that stay empty are white too.
# So the picture has $p(k_h+1)-1$ rows and $q(k_w+1)-1$ columns.
#
# **By hand.** Three filters of one pixel and one channel, $w = (3, -3)$ for a filter of two
# columns, $(0, 0)$ and $(1, 4)$. They become $(1, 0)$, $(\frac12,\frac12)$ and $(\frac58, 1)$. With
# $F = 3$ there are 2 columns and 2 rows:
#
# $$\begin{pmatrix}1&0&\mathbf1&\frac12&\frac12\\ \mathbf1&\mathbf1&\mathbf1&\mathbf1&\mathbf1\\
# \frac58&1&\mathbf1&\mathbf1&\mathbf1\end{pmatrix}$$
#
# Bold numbers are white gaps and the empty place.


# %% exercise="filter_grid"
def filter_grid(w):
    """All filters of a layer as one picture, zero in mid-grey, each stretched by itself.

    w: (kh, kw, C, F). Returns a float array (p * (kh + 1) - 1, q * (kw + 1) - 1, C) from 0 to 1.
    """
    ### BEGIN SOLUTION
    w = np.asarray(w, dtype=float)
    kh, kw, C, F = w.shape
    q = int(np.ceil(np.sqrt(F)))
    p = -(-F // q)
    sheet = np.ones((p * (kh + 1) - 1, q * (kw + 1) - 1, C))
    for f in range(F):
        largest = np.abs(w[..., f]).max()
        picture = 0.5 + (w[..., f] / (2 * largest) if largest > 0 else 0 * w[..., f])
        top, left = f // q * (kh + 1), f % q * (kw + 1)
        sheet[top : top + kh, left : left + kw] = picture
    return sheet
    ### END SOLUTION


# %% [markdown] discussion="filter_grid"
# If you stretch from the smallest to the largest weight, zero gets another grey in every filter, and
# a filter without any negative weight looks as if it had some. If all filters share one scale, weak
# ones look empty although they may matter just as much, because the next layer (or a batch norm) can
# make anything of their size. The first layer is the only one whose filters are pictures: a filter of
# `conv2` has 16 channels, and none of them is a colour. That is why the next exercise shows what a
# unit *likes* instead of what its weights are.

# %% [markdown]
# **What you should see:** the 16 filters of `conv1` at six moments of the training, from random
# numbers to the end. Loud colours give way to smoother patterns, some of which are edges and colour
# contrasts. Each filter keeps a trace of the random numbers with which it began. Nothing in the
# training asks for tidy filters, and the net works without them.

# %% tags=["picture"]
show.evolution(data.shapes_net_filters(), filter_grid)

# %% [markdown]
# ## N.2 The patches that a unit likes
#
# What does a unit deep inside respond to? The simplest answer needs no gradient: show it many
# images, and cut out the patches to which it responds most. A unit here is one channel of a layer; it
# stands at every place of its map. For image $i$ its best place is
#
# $$(r_i, c_i) = \arg\max_{r,c}\; A[i, r, c, u],$$
#
# where $A$ is the layer's output and $u$ the unit's channel. Rank the images by that maximum, the
# largest first, take the first $k$, and cut out of each what the unit sees there: its receptive
# field. Each image gives **one** patch. If two places of an image are equal, take the first in
# reading order; if two images are equal, the one with the smaller index comes first.
#
# You know from Lab {sizes} how receptive fields grow. `receptive_field(model, layer)`, below, gives
# three numbers for the rows and three for the columns: `size`, `step` and `first`. The unit in row
# $r$ of its map sees the rows from $\text{first} + r\cdot\text{step}$ on, `size` of them. Padding
# makes `first` negative, and a field may reach beyond the image on both sides: cut it off at the
# border, so that $0 \le r_0 < r_1 \le H$.
#
# **By hand.** The rows of a layer have `size` 5, `step` 2, `first` −1, in an image of $H = 8$ rows.
# The unit in row 0 sees rows −1 to 3, so $r_0 = 0$ and $r_1 = 4$. In row 1 it sees 1 to 5: $r_0 = 1$,
# $r_1 = 6$. In row 3 it sees 5 to 9: $r_0 = 5$, $r_1 = 8$.


# %% tags=["setup"]
def receptive_field(model, layer):
    """The receptive field of the units of a layer: (size, step, first) of the rows, and the same of
    the columns. The unit in row r sees the input's rows first + r * step to first + r * step + size,
    without the last; they may lie outside the image."""
    fields = [[1, 1, 0], [1, 1, 0]]
    for each in model.layers:
        settings = each.get_config()
        window = settings.get("kernel_size") or settings.get("pool_size")
        for axis, (size, step, first) in enumerate(fields if window else ()):
            k, s, n = window[axis], settings["strides"][axis], each.input.shape[1 + axis]
            padded = max((-(-n // s) - 1) * s + k - n, 0) if settings["padding"] == "same" else 0
            fields[axis] = [size + (k - 1) * step, step * s, first - padded // 2 * step]
        if each.name == layer:
            return tuple(fields[0]), tuple(fields[1])
    raise ValueError(f"the model has no layer called {layer!r}")


# %% exercise="top_patches"
def top_patches(model, layer, unit, x, k):
    """The k patches to which a unit responds most, at most one of each image, the best first.

    model: a Sequential; layer: the name of one of its layers; unit: a channel of that layer.
    x: (N, H, W, C), with N >= k.
    Returns a list of k tuples (i, r0, r1, c0, c1) of integers: image i, its rows r0 to r1 and its
    columns c0 to c1, without r1 and c1.
    """
    ### BEGIN SOLUTION
    maps = until(model, layer, x)[..., unit]  # (N, h, w)
    N, H, W = np.shape(x)[:3]
    flat = maps.reshape(N, -1)
    best = np.argsort(-flat.max(axis=1), kind="stable")[:k]
    fields = receptive_field(model, layer)
    patches = []
    for i in best:
        patch = [int(i)]
        place = np.unravel_index(flat[i].argmax(), maps.shape[1:])
        for at, (size, step, first), length in zip(place, fields, (H, W), strict=True):
            start = first + int(at) * step
            patch += [max(start, 0), min(start + size, length)]
        patches.append(tuple(patch))
    return patches
    ### END SOLUTION


# %% [markdown] discussion="top_patches"
# One patch an image keeps a single image with a large bright area from filling the whole sheet. The
# patch must be the receptive field and not a square of some pleasant size around the place: a larger
# one shows things that the unit cannot see, and you would read them into it. Patches like these are
# what R-CNN's authors showed of their units ([Girshick and others,
# 2014](https://arxiv.org/abs/1311.2524)). They tell you what a unit likes best, and nothing about
# what it likes a little; a unit can be one of several that fire for a shape, and for other things
# too ([Olah and others, 2020](https://doi.org/10.23915/distill.00024.001)).

# %% [markdown]
# **What you should see:** for four units of each layer, the nine patches that they like best of 400
# images, cut out by your function. The patches grow from layer to layer with the receptive field. The
# number behind each layer is its purity: of the nine images of a unit, the share that belongs to the
# most frequent shape, averaged over all units. Chance gives .43, and `relu1` is no better. From there
# on it rises from layer to layer.

# %% tags=["picture"]
show.contact_sheet(net, until, top_patches)

# %% [markdown]
# *Say why:* the last layer's units are nearly pure. Does it follow that the net has one unit for each
# shape? Write two sentences before you read on. Nobody checks them.
#
# ## N.3 A map of the codes
#
# `features` describes an image by 64 numbers. To see how the net arranges its images, put each one on
# a sheet of paper so that neighbours stay neighbours. **Stochastic neighbour embedding** ([Hinton and
# Roweis, 2002](https://papers.nips.cc/paper/2276-stochastic-neighbor-embedding)) makes that precise.
#
# **Who is a neighbour?** Let point $i$ choose a neighbour at random, near ones more often:
#
# $$p_{j|i} = \frac{\exp(-\lVert x_i-x_j\rVert^2/2\sigma_i^2)}
# {\sum_{k\ne i}\exp(-\lVert x_i-x_k\rVert^2/2\sigma_i^2)}, \qquad p_{i|i}=0 .$$
#
# The width $\sigma_i$ is different for every point: small where points are dense. It is the one at
# which the choice has a given **perplexity**, which you can read as the number of neighbours:
#
# $$2^{H_i} = \text{perplexity}, \qquad H_i = -\sum_{j} p_{j|i}\log_2 p_{j|i} .$$
#
# A larger $\sigma_i$ always gives a larger perplexity, so search by halving: keep two bounds, try the
# middle, and drop the half that cannot hold the answer. The codes may be of any scale, from
# $10^{-4}$ to $10^{4}$: widen the bounds until they hold the answer. Each row's perplexity must be
# right within one part in 10,000. And beware of $0/0$: all exponentials can be too small for a
# computer. If you subtract the smallest squared distance of a row before you take the exponential,
# $p$ stays the same and the nearest point has a 1.
#
# **Where do the points go?** On paper, points $y_i$ choose neighbours too, with weights $w_{ij}$ that
# fall with the distance, $w_{ii} = 0$. With $p_{ij} = (p_{j|i}+p_{i|j})/2n$, which is symmetric and
# sums to 1 over all pairs, move the points so that $q$ becomes like $p$:
#
# $$q_{ij} = \frac{w_{ij}}{\sum_{k\ne l} w_{kl}}, \qquad
# C = \sum_{i\ne j} p_{ij}\log\frac{p_{ij}}{q_{ij}}\,, \qquad
# w_{ij} = \begin{cases}\exp(-\lVert y_i-y_j\rVert^2) & \text{"gaussian"}\\[2pt]
# \big(1+\lVert y_i-y_j\rVert^2\big)^{-1} & \text{"student"}\end{cases}$$
#
# The second one is t-SNE ([van der Maaten and Hinton,
# 2008](https://www.jmlr.org/papers/v9/vandermaaten08a.html)): its kernel falls slowly, so points that
# are only moderately close may lie far apart on paper, and clusters come apart.
#
# *Derive it first:* what is $\partial C/\partial y_i$? Every pair is in the sum twice, and $q$ changes
# both through $w_{ij}$ and through the sum in its denominator.
#
# <details><summary>The gradient</summary>
#
# $$\frac{\partial C}{\partial y_i} = 4\sum_j (p_{ij}-q_{ij})\,(y_i-y_j)\,s_{ij}, \qquad
# s_{ij} = \begin{cases}1 & \text{"gaussian"}\\ w_{ij} & \text{"student"}\end{cases}$$
#
# The points are drawn to those that are too far ($p>q$) and pushed away from those that are too near.
# </details>
#
# One step of gradient descent is $y \leftarrow y - \text{rate}\cdot\partial C/\partial y$, for all
# points at once.
#
# **By hand.** Three points on a line, $y = (0, 1, -1)$, and $p_{ij} = \frac16$ for all pairs, kernel
# "student". $w$ is $\frac12$ for the two neighbouring pairs and $\frac15$ for the outer one. Over all
# ordered pairs $w$ sums to $2.4$, so $q = \frac{5}{24}$ and $\frac{1}{12}$. For the second point
# $\partial C/\partial y_2 = 4\big[(\frac16-\frac5{24})\cdot 1\cdot\frac12 +
# (\frac16-\frac1{12})\cdot 2\cdot\frac15\big] = 4\big[-\frac1{48}+\frac1{30}\big] = 0.05$. With a rate
# of 2 it moves to $0.9$.


# %% exercise="codes_embed"
def affinities(x, perplexity):
    """How likely each point is to choose each other one as its neighbour: p(j|i) at [i, j].

    x: (n, d), no two points alike; perplexity: between 1.5 and n - 2.
    Returns a float array (n, n); each row sums to 1, and its diagonal is 0.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    n = len(x)
    squares = ((x[:, None] - x[None]) ** 2).sum(axis=-1)
    p = np.zeros((n, n))
    for i in range(n):
        others = np.arange(n) != i
        d = squares[i, others] - squares[i, others].min()

        def choices(b, d=d):
            weights = np.exp(-b * d)
            return weights / weights.sum()

        def entropy(b):
            q = choices(b)
            q = q[q > 0]
            return -(q * np.log2(q)).sum()

        low, high = 0.0, 1.0 / d.mean()
        while entropy(high) > np.log2(perplexity):
            high = 2 * high
        for _ in range(60):
            middle = (low + high) / 2
            if entropy(middle) > np.log2(perplexity):
                low = middle
            else:
                high = middle
        p[i, others] = choices(high)
    return p
    ### END SOLUTION


def embed_step(p, y, rate, kernel):
    """One step of gradient descent on the cost C, for all points of the embedding at once.

    p: (n, n), symmetric, 0 on the diagonal, sums to 1; y: (n, 2), stays as it is.
    kernel: "gaussian" or "student".
    Returns the new points, a NumPy array of floats (n, 2).
    """
    ### BEGIN SOLUTION
    p, y = np.asarray(p, dtype=float), np.asarray(y, dtype=float)
    apart = y[:, None] - y[None]  # (n, n, 2)
    squares = (apart**2).sum(axis=-1)
    w = np.exp(-squares) if kernel == "gaussian" else 1 / (1 + squares)
    np.fill_diagonal(w, 0)
    pull = p - w / w.sum()
    if kernel == "student":
        pull = pull * w
    return y - rate * 4 * (pull[:, :, None] * apart).sum(axis=1)
    ### END SOLUTION


# %% [markdown] discussion="codes_embed"
# The two kernels differ by a single factor in the gradient. The Gaussian one pulls two points
# together with a force that grows with their distance, so a sheet of paper becomes crowded; the
# factor $w_{ij}$ lets distant pairs go. The search for $\sigma_i$ is monotone, so halving cannot
# fail, and other right answers search in $\sigma$ or its logarithm. Sizes of clusters and distances
# between them mean little in such a map, because every point has its own $\sigma_i$ ([Wattenberg,
# Viégas and Johnson, 2016](https://doi.org/10.23915/distill.00002)). That is why the picture states
# a number that you can trust: how often the nearest neighbour on paper has the same shape.

# %% [markdown]
# **What you should see:** the codes of 160 images on paper: by principal components, by your step
# with the Gaussian kernel, and by your step with Student's, each coloured by shape, with the share of
# points whose nearest neighbour on paper has the same shape. Two principal components are one matrix
# product and mix discs with squares: two numbers are not enough for four shapes on a straight
# projection. Both embeddings keep the four apart. Student's clusters are tighter, and lie further from
# each other. Do not read more into the sizes and the gaps.

# %% tags=["picture"]
show.codes(net, until, affinities, embed_step)

# %% [markdown]
# ## N.4 Cover it up
#
# The most honest question is an experiment: cover a part of the image, and see how much the answer
# suffers. A window of `size` × `size` pixels moves over the image in steps of `stride`, from the top
# left corner, as long as it lies wholly inside. At each place its pixels are replaced by one colour,
# the `fill`, and
#
# $$M[a, b] \;=\; \text{logit}(x) - \text{logit}(x \text{ with the window at row } a\cdot\text{stride},
# \text{ column } b\cdot\text{stride}) ,$$
#
# for the logit of the class that you ask about. A positive number says that what was covered spoke
# for the class, a negative one that it spoke against it. The map keeps both.
#
# What colour? `fill` is one number for all channels, or the word `"mean"`: then each channel is
# filled with its own mean over the whole image. Before you run the picture, think about what a black
# square is to a net that has learned to find squares.
#
# **By hand.** An image of one row and three pixels $(5, 1, 2)$ with one channel, and a linear model
# whose logit is $2x_0 - x_1 + 3x_2 = 15$. With `size` 1 and `fill` 0 the map is what each pixel
# contributes: $(10, -1, 6)$. With `fill` `"mean"`, which is $\frac83$: $(\frac{14}3, \frac53, -2)$.


# %% exercise="occlusion_map"
def occlusion_map(model, img, cls, size, stride, fill):
    """How much the logit of a class falls when a window is covered, for each place of the window.

    img: (H, W, C), stays as it is; cls: an index; size, stride: in pixels.
    fill: a number for all channels, or "mean" for the image's mean of each channel.
    Returns a float array ((H - size) // stride + 1, (W - size) // stride + 1).
    """
    ### BEGIN SOLUTION
    img = np.asarray(img, dtype=float)
    H, W, _ = img.shape
    colour = img.mean(axis=(0, 1)) if isinstance(fill, str) else fill
    rows, columns = range(0, H - size + 1, stride), range(0, W - size + 1, stride)
    covered = []
    for r in rows:
        for c in columns:
            one = img.copy()
            one[r : r + size, c : c + size] = colour
            covered.append(one)
    after = logits(model, np.stack(covered))[:, cls]
    return (logits(model, img[None])[0, cls] - after).reshape(len(rows), len(columns))
    ### END SOLUTION


# %% [markdown] discussion="occlusion_map"
# For a linear model the map is exact: it is the window's part of the sum, minus that of the fill. For
# a net, covering is an experiment ([Zeiler and Fergus, 2014](https://arxiv.org/abs/1311.2901)), and
# the fill is a part of it: a black square is not "nothing", it has four corners and a strong edge. The
# mean of the image disturbs less, and a blurred copy even less. One call for all windows is many times
# faster than one call for each, and gives the same.

# %% [markdown]
# **What you should see:** four images, and over each the drop of the logit of its own shape: filled
# with the mean, and with black. The energy ratio is the share of the map's positive part that lies on
# the object, divided by the object's share of the image: 1 means that the map knows nothing. With
# the mean it is above 3, with black much less: the net reacts to the black squares themselves.

# %% tags=["picture"]
show.occlusion(IMAGES[4:8], LABELS[4:8], MASKS[4:8], net, occlusion_map)

# %% [markdown]
# ## N.5 Ask the gradient
#
# Covering needs hundreds of answers. A gradient needs one pass back, and says for every pixel how
# much the logit changes when the pixel changes a little ([Simonyan, Vedaldi and Zisserman,
# 2014](https://arxiv.org/abs/1312.6034)). An image has several channels; the **saliency** of a pixel
# is the largest absolute slope among them:
#
# $$S[i,j] = \max_c \left|\frac{\partial\, \text{logit}_\text{cls}}{\partial x[i,j,c]}\right| .$$
#
# Take the logit, not the probability. Where the net is sure, the softmax is flat: the probability is
# 0.9999, and hardly any pixel changes it, so rounding errors are all that you see.
#
# A second map **multiplies the gradient by the image** and adds up the channels:
#
# $$G[i,j] = \sum_c x[i,j,c]\;\frac{\partial\, \text{logit}_\text{cls}}{\partial x[i,j,c]} .$$
#
# It has a property that you can check. In a net of convolutions, ReLUs, max-pooling and dense layers
# without any bias, twice the image gives twice the logit. Such a net is linear along the ray through
# $x$, so **all numbers of $G$ add up to the logit** (Euler's theorem). With biases, and with batch
# norm, something is missing in the sum.
#
# `gradient(f, x)`, from the first cell, differentiates a function of a Keras tensor. For one image,
# give it a batch of one: `model(t)[0, cls]` is a number for `t` of shape `(1, H, W, C)`.
#
# **By hand.** One pixel with two channels, $x = (3, 2)$, and $\text{logit} = \max(0, x_0 - 2x_1 + 2)
# + x_0$. At this pixel $3 - 4 + 2 = 1 > 0$, so the slopes are $(2, -2)$: $S = 2$, $G = 6 - 4 = 2$. The
# logit is $1 + 3 = 4$; the bias makes the difference.


# %% exercise="saliency"
def saliency(model, img, cls):
    """How much each pixel can change the logit of a class: the largest absolute slope of its
    channels.

    img: (H, W, C). Returns a float array (H, W), nowhere negative.
    """
    ### BEGIN SOLUTION
    slope = gradient(lambda t: model(t, training=False)[0, cls], np.asarray(img)[None])[0]
    return np.abs(slope).max(axis=-1)
    ### END SOLUTION


def gradient_times_input(model, img, cls):
    """How much each pixel contributes to the logit of a class, to first order.

    img: (H, W, C). Returns a float array (H, W), with both signs.
    """
    ### BEGIN SOLUTION
    slope = gradient(lambda t: model(t, training=False)[0, cls], np.asarray(img)[None])[0]
    return (slope * np.asarray(img)).sum(axis=-1)
    ### END SOLUTION


# %% [markdown] discussion="saliency"
# Absolute values come before the maximum: a pixel that only speaks against the class matters just as
# much. Gradient times input is exact for linear models and for nets without biases; integrated
# gradients ([Sundararajan, Taly and Yan, 2017](https://arxiv.org/abs/1703.01365)) make the sum right
# for every net, by averaging gradients along the way from black to the image. A slope says what a
# small change does. It does not say what the net would do without the object, and the two can differ
# widely.

# %% [markdown]
# **What you should see:** for four images the saliency, the gradient times the image, and the edges
# that a Sobel filter finds without any net. The energy ratios of saliency and Sobel are about the
# same, although only one of them knows what a triangle is. So a map that looks like the object proves
# nothing. (In the puzzle the trained net was in the middle, and Sobel on the right.)

# %% tags=["picture"]
show.gradients(IMAGES[4:8], LABELS[4:8], MASKS[4:8], net, saliency, gradient_times_input)

# %% [markdown]
# ## N.6 Three ways back through a ReLU
#
# The gradient goes back through a ReLU where its **input** was positive. Zeiler and Fergus went
# another way in their deconvnet: they put the signal that comes back through a ReLU itself, so only
# **positive signals** pass. **Guided backprop** ([Springenberg and others,
# 2015](https://arxiv.org/abs/1412.6806)) asks for both. With $x$ the input of the ReLU and $d$ what
# arrives at its output,
#
# $$\text{grad: } d\cdot[x>0], \qquad \text{deconv: } d\cdot[d>0], \qquad
# \text{guided: } d\cdot[x>0]\cdot[d>0] .$$
#
# The last two are not the gradient of anything. They are recipes, and their pictures are crisp.
#
# **By hand**, all four cases:
#
# | $x$ | $d$ | grad | deconv | guided |
# |---:|---:|---:|---:|---:|
# | 2 | 5 | 5 | 5 | 5 |
# | 2 | −5 | −5 | 0 | 0 |
# | −2 | 5 | 0 | 5 | 0 |
# | −2 | −5 | 0 | 0 | 0 |
#
# At $x = 0$ exactly, nothing passes in "grad" and "guided".
#
# Then take a rule through a whole net. Go forwards and write down what goes *into* each layer. Then
# go backwards from $d = 1$ for the class's logit and 0 for the others. At a ReLU, use your rule. At
# any other layer take the ordinary gradient, `back(layer, x, d)`, below, where $x$ is what went into
# that layer. What arrives at the image is the map. In this lab every ReLU is a layer of its own,
# `keras.layers.ReLU`.


# %% tags=["setup"]
def back(layer, x, dout):
    """The ordinary way back through a layer: the gradient of sum(layer(x) * dout) by x, an array.

    x: what went into the layer, dout: what comes back at its output; both with the axis of images.
    """
    dout = keras.ops.convert_to_tensor(np.asarray(dout, dtype="float32"))
    return gradient(lambda t: keras.ops.sum(layer(t) * dout), x)


# %% exercise="relu_rules"
def relu_rules(dout, x, rule):
    """What goes back through a ReLU.

    dout: what comes back at its output; x: what went into it, an array of the same shape.
    rule: "grad", "deconv" or "guided".
    Returns a NumPy array of floats of that shape.
    """
    ### BEGIN SOLUTION
    dout, x = np.asarray(dout, dtype=float), np.asarray(x, dtype=float)
    passed = np.ones(dout.shape)
    if rule in ("grad", "guided"):
        passed = passed * (x > 0)
    if rule in ("deconv", "guided"):
        passed = passed * (dout > 0)
    return dout * passed
    ### END SOLUTION


def rule_map(model, img, cls, rule):
    """What arrives at the image if each ReLU of a Sequential is passed by a rule.

    img: (H, W, C). Returns a float array (H, W, C).
    """
    ### BEGIN SOLUTION
    x, steps = np.asarray(img, dtype="float32")[None], []
    for layer in model.layers:
        steps.append((layer, x))
        x = keras.ops.convert_to_numpy(layer(x))
    dout = np.zeros(x.shape)
    dout[0, cls] = 1
    for layer, x in reversed(steps):
        if isinstance(layer, keras.layers.ReLU):
            dout = relu_rules(dout, x, rule)
        else:
            dout = back(layer, x, dout)
    return dout[0]
    ### END SOLUTION


# %% [markdown] discussion="relu_rules"
# The deconvnet's rule ignores the ReLU's input, so in a net without max-pooling its map would not
# depend on the image at all. Guided backprop drops every negative signal on the way, so what arrives
# is a sum of positive paths, and with random filters these paths reconstruct the edges of the image
# ([Nie, Zhang and Patel, 2018](https://arxiv.org/abs/1805.07039)). That explains both of its traits:
# crisp pictures, and hardly any dependence on the class. Some libraries return plain saliency in
# place of guided backprop, without a word, if they do not find the ReLU, because it is an argument of
# another layer or an operation.

# %% [markdown]
# **What you should see:** one image by the three rules, for two classes: for the shape that it shows,
# and for another one. Of the channels of a pixel the largest absolute value is shown. The gradient's
# pattern changes with the class. Guided backprop shows a clean object in both cases: it finds the
# object, and does not care what you asked. The number is the correlation of the two maps, sign and all.

# %% tags=["picture"]
show.rules(IMAGES, LABELS, MASKS, net, rule_map)

# %% [markdown]
# ## N.7 Maps for a class
#
# The end of this net is simple: `features` are the means of the last maps, and each logit is a
# weighted sum of them. Exchange the sum and the mean, and the logit becomes a mean over places. So
# each place has a score for the class, the **class activation map** ([Zhou and others,
# 2016](https://arxiv.org/abs/1512.04150)):
#
# $$M[i,j] = \sum_k A[i,j,k]\;w[k,\text{cls}], \qquad
# \text{logit}_\text{cls} = b_\text{cls} + \frac1{hw}\sum_{i,j} M[i,j] .$$
#
# Keep both signs, and do not rescale.
#
# **Grad-CAM** ([Selvaraju and others, 2017](https://arxiv.org/abs/1610.02391)) does the same for any
# net and any layer. It takes the weights from the gradient: how much does the logit rise with map
# $k$, on average over the places?
#
# $$\alpha_k = \frac1{hw}\sum_{i,j}\frac{\partial\,\text{logit}_\text{cls}}{\partial A[i,j,k]},
# \qquad G[i,j] = \max\Big(0, \sum_k \alpha_k\, A[i,j,k]\Big).$$
#
# $A$ is what the layer puts out, for example `relu4`. `until(model, layer, x)` computes it, and
# `onwards(model, layer, a)` goes on from there to the logits: both are in the first cell.
#
# *Derive it first:* what is $\alpha_k$ in a net that ends with the mean and a dense layer, and so, what
# is $G$ in terms of $M$?
#
# <details><summary>The answer</summary>
#
# $\partial\,\text{logit}/\partial A[i,j,k] = w[k,\text{cls}]/hw$ at every place, so $\alpha_k =
# w[k,\text{cls}]/hw$ and $G = \max(0, M)/hw$: the same map, up to its scale and its negative part.
# </details>
#
# **By hand.** Two places and two maps: $A[0,0] = (1, 2)$, $A[0,1] = (0, 3)$, weights $(10, -1)$ for the
# class. $M = (8, -3)$ and the logit is $b + \frac52$. Grad-CAM: $\alpha = (5, -\frac12)$ and
# $G = (4, 0)$.


# %% exercise="gradcam"
def cam(features, w, cls):
    """The score of a class at each place, for a net that ends with a mean and a dense layer.

    features: (h, w, K), the maps before the mean; w: (K, classes), the kernel of the dense layer.
    Returns a float array (h, w), with both signs.
    """
    ### BEGIN SOLUTION
    return np.asarray(features, dtype=float) @ np.asarray(w, dtype=float)[:, cls]
    ### END SOLUTION


def gradcam(model, layer, img, cls):
    """Grad-CAM: where the maps of a layer speak for a class.

    layer: the name of a layer whose output is (1, h, w, K) for one image; img: (H, W, C).
    Returns a float array (h, w), nowhere negative, neither enlarged nor rescaled.
    """
    ### BEGIN SOLUTION
    maps = until(model, layer, np.asarray(img)[None])  # (1, h, w, K)
    slope = gradient(lambda a: onwards(model, layer, a)[0, cls], maps)
    alpha = slope[0].mean(axis=(0, 1))  # (K,)
    return np.maximum(maps[0] @ alpha, 0)
    ### END SOLUTION


# %% [markdown] discussion="gradcam"
# The class map is exact: it is the logit, written as a mean over places. That Grad-CAM agrees with it
# on such a net is a good test of any implementation. The mean of the gradient comes before the
# product with the maps; if you multiply first and add up, you get another method (gradient times
# activation), and on a net with dense layers in between it is another map. The ReLU comes last,
# after the sum over the maps: it drops places that speak for other classes. The map has as few pixels
# as the layer, and enlarging it does not make it sharper.

# %% [markdown]
# **What you should see:** four images; Grad-CAM of `relu4` for the shape that they show, and for
# another shape, each enlarged to the size of the image. It lies on the object for the right class,
# and elsewhere for the other one: this map does depend on the question.

# %% tags=["picture"]
show.class_maps(IMAGES[4:8], LABELS[4:8], MASKS[4:8], net, gradcam)

# %% [markdown]
# ## N.8 A sanity check
#
# If a map explains what a net has learned, it must change when you destroy what the net has learned.
# So destroy it: shuffle the weights of some layers, and compare the maps before and after ([Adebayo
# and others, 2018](https://arxiv.org/abs/1810.03292)). A method whose map stays the same explains the
# image, not the net.
#
# Compare by **rank correlation** (Spearman's), because the scale of a map means nothing. Replace each
# number by its rank, from 0 for the smallest; equal numbers all get the **mean** of the ranks that
# they occupy. Then take the ordinary correlation of the ranks,
#
# $$\rho = \frac{\sum_i (r_i-\bar r)(s_i-\bar s)}
# {\sqrt{\sum_i (r_i-\bar r)^2\,\sum_i (s_i-\bar s)^2}} ,$$
#
# over all entries of two arrays of the same shape. If all numbers of one of them are equal, $\rho$ is 0.
#
# **By hand.** $a = (3, 1, 3, 7)$ has the ranks $(1\frac12, 0, 1\frac12, 3)$: the two threes occupy ranks
# 1 and 2. $b = (2, 4, 6, 8)$ has $(0, 1, 2, 3)$. Both have the mean $1\frac12$; the products add up to
# $0 + \frac34 + 0 + \frac94 = 3$, the squares to $4\frac12$ and $5$, so $\rho = 3/\sqrt{22.5} = 0.632$.
#
# **Shuffle** means: in each array of weights of a layer, all entries change places at random, as
# `rng.permutation` of the flattened array does, and the array keeps its shape. `copy_of(model)`,
# below, gives you a copy to shuffle: the caller still needs the model as it is.


# %% tags=["setup"]
def copy_of(model):
    """A model of the same layers and weights, which you may change without changing the first."""
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    return twin


def logits_of(model, img):
    """The logits of one image, (classes,): the simplest "map" that a method can return."""
    return logits(model, np.asarray(img)[None])[0]


# %% exercise="sanity_check"
def rank_correlation(a, b):
    """Spearman's rank correlation of all entries of two arrays of the same shape.

    a, b: of floats, whole numbers or bytes. Returns one float; 0 if all entries of a, or of b, are
    equal.
    """
    ### BEGIN SOLUTION
    ranks = []
    for array in (a, b):
        flat = np.ravel(np.asarray(array, dtype=float))
        _, which, counts = np.unique(flat, return_inverse=True, return_counts=True)
        last = np.cumsum(counts) - 1
        rank = (last - (counts - 1) / 2)[np.ravel(which)]
        ranks.append(rank - rank.mean())
    scale = np.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum())
    return float((ranks[0] * ranks[1]).sum() / scale) if scale > 0 else 0.0
    ### END SOLUTION


def sanity_check(method, model, img, layers, rng):
    """The rank correlation of a map before and after the weights of some layers are shuffled.

    method: a function of a model and an image that returns an array; img: (H, W, C).
    layers: a list of names of layers; rng: a numpy.random.Generator. The model stays as it is.
    Returns one float.
    """
    ### BEGIN SOLUTION
    twin = copy_of(model)
    for name in layers:
        layer = twin.get_layer(name)
        layer.set_weights(
            [rng.permutation(w.ravel()).reshape(w.shape) for w in layer.get_weights()]
        )
    return rank_correlation(method(model, img), method(twin, img))
    ### END SOLUTION


# %% [markdown] discussion="sanity_check"
# `rng.permutation` of an array that was not flattened only exchanges its first axis: the rows of a
# convolution's kernel. Everything else stays where it was, and the net is far from destroyed. Ties
# matter, because Grad-CAM's maps are full of zeros: if ties get ranks in reading order, two maps with
# the same empty region agree in an order that nobody computed. The test is one-sided: a method that
# fails it explains little, but one that passes need not be right. Random noise passes best of all.

# %% [markdown]
# **What you should see:** one image by four methods, in the trained net and after the layers were
# shuffled from the top down: first `logits` alone, then `conv4` and `norm4` too, and so on. The curves
# are your correlations, as means over three images. Guided backprop stays at the top: its map survives
# the loss of everything that was learned in the upper half of the net. Grad-CAM falls first. Sobel
# stays at 1, because it never looks at the net.

# %% tags=["picture"]
show.sanity(IMAGES, LABELS, net, saliency, rule_map, gradcam, sanity_check)

# %% [markdown]
# ## The gallery
#
# All your methods beside each other, on six images, and below a table over 24: the energy ratio, and
# how often the largest value lies on the object (the pointing game). No map is the right one. Read the
# columns as answers to different questions: what happens without it, what happens if it changes a
# little, which path is positive, which places speak for the class.

# %% tags=["picture"]
show.gallery(
    (IMAGES, LABELS, MASKS), net, occlusion_map, saliency, gradient_times_input, rule_map, gradcam
)

# %% [markdown]
# And on a photograph. The net has never seen one: it knows four flat shapes. Ask it all the same where
# there is a disc in this flower, and where there is a cross. Its convolutions do not mind the size.

# %% tags=["picture"]
show.flower(data.sample_photo("flower"), net, saliency, rule_map, gradcam)

# %% [markdown]
# ## What you have built
#
# * **Filters** of the first layer are pictures, with zero in mid-grey; deeper ones are shown by the
#   **patches** that they like.
# * **Neighbour embedding** puts codes on paper so that neighbours stay neighbours. Distances and sizes
#   in it mean little.
# * **Occlusion** is an experiment, and its fill is a part of the experiment.
# * A **gradient** says what a small change does. It may find the object no better than an edge filter.
# * **Guided backprop** is crisp, finds the object, and hardly minds the class or the upper layers.
# * **CAM and Grad-CAM** depend on the class and on the net, and are coarse.
# * A **sanity check** destroys the net and looks whether the map notices.
#
# ## Go on
#
# Three problems worth an evening, which nobody checks:
#
# 1. Integrated gradients: average the gradient along the way from a black image to yours, in 50
#    steps, and multiply by the image. Do the numbers now add up to the logit, with biases and batch
#    norm? What if you begin at the image's mean colour instead of black?
# 2. SmoothGrad: average the saliency of 30 noisy copies. Does the energy ratio rise? Does the map
#    still pass N.8? How much noise is best?
# 3. Multiply guided backprop by the enlarged Grad-CAM. It is crisp *and* depends on the class. Which
#    of the two would you blame if it points at the wrong place?
#
# **Where this goes next.** You asked which part of *this* image speaks for the class. What if there
# were no image, and the net could draw what it would like to see? The next lab lets it.
#
# ## Read on
#
# * M. D. Zeiler, R. Fergus, [*Visualizing and Understanding Convolutional
#   Networks*](https://arxiv.org/abs/1311.2901), 2014.
# * B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba, [*Learning Deep Features for
#   Discriminative Localization*](https://arxiv.org/abs/1512.04150), 2016.
# * J. Adebayo and others, [*Sanity Checks for Saliency Maps*](https://arxiv.org/abs/1810.03292), 2018.
# * M. Wattenberg, F. Viégas, I. Johnson, [*How to Use t-SNE
#   Effectively*](https://doi.org/10.23915/distill.00002), 2016.
