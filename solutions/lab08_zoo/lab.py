# %% [markdown]
# # A zoo of convolutions
#
# A convolution makes two bets: that what matters is *near*, and that it means the same *wherever* it
# is. Change either bet a little, and you get another animal. Leave holes in the filter, and it sees
# far. Let it look only back, and it can predict. Run it backwards, and it draws. Give every place its
# own weights, or every channel its own filter, or add a third axis for time.
#
# Each of these is part of somebody's network for a reason. In this lab you write them, mostly in a few
# lines of NumPy, and put some to work: one hears which way a tone glides, one marks the discs in images
# of any size, and one tells a film from the same film played backwards.
#
# **You need** NumPy, the convolution of Lab {filters}, output sizes and receptive fields of
# Lab {sizes}, and for the last three exercises the Keras of Lab {convnet}. **It takes** about 120
# minutes. Some of the last cells train a net, for about ten seconds each.
#
# **How it works.** Fill in a cell that says `YOUR CODE HERE`, run it, then run the check below it.
# `hint("N.1")` gives a hint; ask again for a stronger one. Your functions must not change the arrays
# and lists that they are given. Arrays hold floats, whole numbers or bytes; compute in floats. Before
# each exercise there is a question to bet on. It earns no points.

# %% tags=["setup"]
import numpy as np

from nablab import check, data, hint, predict, quiet
from nablab.show import zoo as show

with quiet():  # without TensorFlow's log
    import keras


def fit(model, x, y, epochs, batch_size, loss=None):
    """Trains a model with Adam(0.01), as Lab {convnet} does; the loss is a cross-entropy from logits
    if none is given. Returns the model."""
    loss = loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss)
    model.fit(x, y, epochs=epochs, batch_size=batch_size, verbose=0)
    return model


# %% [markdown]
# ## N.1 Holes, and only the past
#
# A signal is an array `x` of shape `(T, C)`: $T$ moments, oldest first, with $C$ numbers each. A
# filter `w` of shape `(k, C, F)` reads $k$ moments and makes $F$ numbers. Spread its entries out, so
# that they are $d$ moments apart, and it is **dilated**:
#
# $$y[t, f] = \sum_{u=0}^{k-1}\sum_{c=0}^{C-1} x[t + u\,d,\; c]\;w[u, c, f],
# \qquad t = 0,\dots,T - d\,(k-1) - 1 .$$
#
# With $d = 1$ this is the valid correlation of Lab {filters}: the filter is not flipped, and nothing is
# padded. With $d = 4$ and $k = 3$ it spans 9 moments and still has 3 entries. It reaches further for
# the same price.
#
# A model that predicts must not look ahead. A **causal** convolution gives as many outputs as there
# are moments, and output $t$ reads moment $t$ and earlier ones only:
#
# $$y[t, f] = \sum_{u=0}^{k-1}\sum_{c=0}^{C-1} x[t - (k-1-u)\,d,\; c]\;w[u, c, f],
# \qquad t = 0,\dots,T-1,$$
#
# where $x$ counts as 0 before its first moment. So the *last* entry of the filter, $u = k-1$, reads the
# present, and the first reads $(k-1)\,d$ moments back. $T$ may be shorter than that reach.
#
# **By hand.** One channel, one filter: $x = (1, 2, 3, 4, 5)$, $w = (1, 10)$, $d = 2$.
#
# * Dilated: $y[0] = 1\cdot1 + 10\cdot3 = 31$, then 42 and 53. Three outputs, $5 - 2\cdot1$.
# * Causal: $y[0] = 1\cdot 0 + 10\cdot 1 = 10$, then 20, and then 31, 42, 53 again.


# %% exercise="causal"
def dilated_conv1d(x, w, d=1):
    """A valid correlation along time, with a filter whose entries are d moments apart.

    x: (T, C), w: (k, C, F), d: a whole number, 1 or more; T is larger than d·(k − 1).
    Returns a NumPy array (T − d·(k − 1), F).
    """
    ### BEGIN SOLUTION
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    n = len(x) - d * (len(w) - 1)
    return sum(x[u * d : u * d + n] @ w[u] for u in range(len(w)))
    ### END SOLUTION


def causal_conv1d(x, w, d=1):
    """The same with zeros before the first moment, so that no output reads what comes later.

    x: (T, C), w: (k, C, F), d: a whole number, 1 or more; T is 1 or more.
    Returns a NumPy array (T, F), with which N.2 computes.
    """
    ### BEGIN SOLUTION
    before = np.zeros((d * (len(w) - 1), np.shape(x)[1]))
    return dilated_conv1d(np.concatenate([before, x]), w, d)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** which moments (to the right) each output (downwards) reads, for three
# convolutions with three entries. The diagonal is the present. In a causal convolution there is nothing
# to the right of it. With "same" padding, as in Lab {sizes}, an output also reads the next moment.

# %% tags=["picture"]
show.who_reads_what(dilated_conv1d, causal_conv1d)

# %% [markdown] discussion="causal"
# All the padding of a causal convolution is in front, $d\,(k-1)$ zeros, so that the last entry of the
# filter reads the present. With one zero less in front and one more behind, the net sees the moment
# that it should predict: training goes wonderfully, and the net is useless. A dilated filter does what
# one with $d-1$ zeros between its entries does, at a $d$-th of the cost. The holes come from wavelets
# ("à trous", Holschneider and others 1989); Yu and Koltun brought them to networks that label pixels
# ([2016](https://arxiv.org/abs/1511.07122)).

# %% [markdown]
# ## N.2 WaveNet's block, and how far it hears
#
# WaveNet ([van den Oord and others, 2016](https://arxiv.org/abs/1609.03499)) makes sound one moment at
# a time, 16,000 times a second, each moment from those before it. To carry a syllable it must hear
# thousands of moments back. It stacks causal convolutions whose dilations double: 1, 2, 4, …, 512, and
# then from 1 again.
#
# How far back does the last layer hear? Count the moments that its output $t$ can depend on, including
# moment $t$ itself. One layer with $k$ entries and dilation $d$ adds $d\,(k-1)$ moments. Hence, for
# layers with dilations $d_1, \dots, d_n$, all with $k$ entries and stride 1,
#
# $$R = 1 + (k-1)\,(d_1 + \dots + d_n).$$
#
# **By hand.** $k = 2$ and dilations 1, 2, 4: $R = 1 + 7 = 8$. With $k = 3$ it is 15. With no layer
# at all it is 1.
#
# Each layer is more than a convolution. It is a **gated block**. With $*$ the causal convolution of N.1
# at dilation $d$, $\odot$ the product entry by entry and $\sigma(a) = 1/(1+e^{-a})$,
#
# $$z = \tanh(w_f * x) \odot \sigma(w_g * x),\qquad
# \text{out} = x + z\,w_r,\qquad \text{skip} = z\,w_s .$$
#
# The *filter* $w_f$ says what, the *gate* $w_g$ says how much of it. Both are `(k, C, F)`. The matrices
# $w_r$, `(F, C)`, and $w_s$, `(F, S)`, mix the $F$ numbers of each moment: $z\,w_r$ and $z\,w_s$ are
# matrix products. `out`, `(T, C)`, goes to the next layer. `skip`, `(T, S)`, goes straight to the end of
# the net, where the skips of all layers are added. Our block has no biases.
#
# **By hand.** Two moments, all sizes 1, $k = 2$, $d = 1$. Let $x = (\ln 3, \ln 3)$, $w_f = (0, 1)$,
# $w_g = (1, 0)$, $w_r = 2$, $w_s = 10$. The filter reads the present, $\tanh(\ln 3) = 0.8$ twice. The
# gate reads the moment before: $\sigma(0) = 0.5$, then $\sigma(\ln 3) = 0.75$. So $z = (0.4, 0.6)$,
# $\text{out} = (\ln 3 + 0.8,\; \ln 3 + 1.2)$ and $\text{skip} = (4, 6)$.


# %% exercise="wavenet"
def wavenet_rf(dilations, k):
    """How many moments an output of a stack of causal layers can depend on.

    dilations: a list of whole numbers, 1 or more, one for each layer; it may be empty.
    k: the number of entries of each filter. Returns a whole number.
    """
    ### BEGIN SOLUTION
    return 1 + (k - 1) * sum(dilations)
    ### END SOLUTION


def gated_block(x, wf, wg, wr, ws, d=1):
    """One layer of WaveNet.

    x: (T, C), wf and wg: (k, C, F), wr: (F, C), ws: (F, S), d: the dilation.
    Returns two NumPy arrays, out (T, C) and skip (T, S).
    """
    ### BEGIN SOLUTION
    z = np.tanh(causal_conv1d(x, wf, d)) / (1 + np.exp(-causal_conv1d(x, wg, d)))
    return x + z @ wr, z @ ws
    ### END SOLUTION


# %% [markdown]
# **What you should see:** on the left, the connections through four layers of dilation 1, 2, 4, 8: a
# fan of 16 moments, and one path to each of them. On the right, one second of sound, and how much of it
# WaveNet's dilations cover. Ten layers, 1 to 512, hear 1,024 moments, 64 thousandths of a second. The
# same series three times, 30 layers, hears 192 thousandths. A whole second needs it 16 times, 160
# layers.

# %% tags=["picture"]
show.fan_and_second(wavenet_rf, [1, 2, 4, 8], k=2, rate=16_000)

# %% [markdown]
# **Say why** (nobody checks it): four layers with dilation 8 would be as deep as these four and reach
# twice as far back. Which moments would such a stack never hear?

# %% [markdown] discussion="wavenet"
# Doubling dilations make every moment within reach count: with $k = 2$ there is exactly one path from
# each of the $2^n$ moments to the output, like the digits of a binary number. Layers of equal dilation
# reach far too, but leave gaps. tanh and sigmoid are the gates of an LSTM without its memory; the
# residual lets 30 such layers train. The same blocks, without holes, became the gated convolutions of
# language models ([Dauphin and others, 2017](https://arxiv.org/abs/1612.08083)), and "temporal
# convolutional networks" ([Bai and others, 2018](https://arxiv.org/abs/1803.01271)).

# %% [markdown]
# ## N.3 Backwards: the transposed convolution
#
# A net that labels pixels, or draws, must get from small maps to large ones. A convolution with stride
# makes maps smaller; reverse its connections, and they get larger. Lab {sizes} wrote a convolution as a
# matrix $M$. The **transposed convolution** multiplies by $M^\top$. You have met it in Lab {backprop}:
# it is the way back to `dx`.
#
# Without a matrix it is a *stamp*. Each number of the small map `y`, `(h, w, F)`, stamps its filter
# onto the large one, times that number; where stamps overlap, they add up. With the filter `w`,
# `(kh, kw, C, F)`, of the convolution that it reverses, and its stride $s = (s_h, s_w)$,
#
# $$\text{out}[i\,s_h + u,\; j\,s_w + v,\; c] \;\mathrel{+}=\; \sum_f y[i, j, f]\;w[u, v, c, f]$$
#
# for all places $(i, j)$ and entries $(u, v)$, into zeros of the shape
# $\big((h-1)\,s_h + k_h,\; (w-1)\,s_w + k_w,\; C\big)$: just as large as the stamps need. Nothing is cut
# off. It goes from $F$ channels to $C$, the opposite way to the convolution. (A stride may be larger
# than the filter: then the pixels between the stamps stay 0. Nothing follows the last stamp. Keras's
# `Conv2DTranspose` takes the kernel as `(kh, kw, out, in)`, which is our `w` as it is.)
#
# **By hand.** One row of one channel: $y = (1, 3)$, $w = (1, 10, 100)$, stride 2. The stamps are
# $(1, 10, 100, 0, 0)$ and $(0, 0, 3, 30, 300)$, the result is $(1, 10, 103, 30, 300)$.
#
# **How do you know that it is right?** For the convolution with the same filter and stride, and for
# every $x$ and $y$ of fitting shapes, the sums of products agree:
#
# $$\sum \operatorname{conv}(x)\cdot y \;=\; \sum x\cdot \operatorname{conv}^\top(y).$$
#
# This is what "transposed" means, and it is a check that needs no second implementation.
#
# **The checkerboard.** In the example one pixel gets two stamps and the others get one. In two
# directions that makes a pattern of squares, which nets that draw leave on everything
# ([Odena and others, 2016](https://doi.org/10.23915/distill.00003)). `checkerboard(k, s)` says for one
# direction whether there is such a pattern. Take a filter of length $k$ and stride $s$, and count how
# many stamps reach each pixel of a very long row, *far from its ends*. If all counts are equal, the
# answer is `False`; if they differ, `True`. For $k = 3$, $s = 2$ the counts are 2, 1, 2, 1 …: `True`. For
# $k = 4$, $s = 2$ all are 2: `False`. For $k = 1$, $s = 2$ they are 1, 0, 1, 0 …: `True`.


# %% exercise="transpose"
def conv_transpose2d(y, w, s):
    """The adjoint of the valid correlation with filter w and stride s.

    y: (h, w, F), w: (kh, kw, C, F), s: two whole numbers, 1 or more, for rows and columns.
    Returns an array ((h − 1)·s[0] + kh, (w − 1)·s[1] + kw, C).
    """
    ### BEGIN SOLUTION
    y, w = np.asarray(y, dtype=float), np.asarray(w, dtype=float)
    (rows, columns, _), (kh, kw, C, _) = y.shape, w.shape
    out = np.zeros(((rows - 1) * s[0] + kh, (columns - 1) * s[1] + kw, C))
    for i in range(rows):
        for j in range(columns):
            r, c = i * s[0], j * s[1]
            out[r : r + kh, c : c + kw] += w @ y[i, j]  # (kh, kw, C)
    return out
    ### END SOLUTION


def checkerboard(k, s):
    """Whether stamps of length k at every s-th pixel reach some pixels more often than others, far
    from the ends.

    k, s: whole numbers, 1 or more. Returns True or False.
    """
    ### BEGIN SOLUTION
    return k % s != 0
    ### END SOLUTION


# %% [markdown]
# **What you should see:** above, the stamps of three numbers in a row, and their sum. Below, how many
# stamps reach each pixel, for filters of 3×3, 4×4 and 5×5 with stride 2 and 3×3 with stride 3. The map is
# your transposed convolution of ones with a filter of ones. The titles say what your `checkerboard`
# predicts.

# %% tags=["picture"]
show.stamps(conv_transpose2d, checkerboard)

# %% [markdown] discussion="transpose"
# Reading and stamping are the same connections, seen from either end, so the size formula is reversed
# too: $(h-1)\,s + k$ is the smallest input from which a valid convolution makes $h$ outputs. A stride
# that does not fit the size loses rows on the way down, and no adjoint brings them back, which is why
# frameworks have an "output padding". A net may learn weights that level the checkerboard out, or it may
# not; enlarging first and convolving afterwards avoids it. Zeiler and others introduced the layer as
# "deconvolution" ([2010](https://doi.org/10.1109/CVPR.2010.5539957)), a name that promises an inverse,
# which it is not.

# %% [markdown]
# ## N.4 Weights that are not shared, or only here and there
#
# A convolution looks near, and it uses the same weights everywhere. Keep the first bet and drop the
# second: a **locally connected** layer has a filter of its own for each place. That pays where position
# itself means something: in pictures of faces that are all cut out alike, eyes are above and chins are
# below ([Taigman and others, 2014](https://doi.org/10.1109/CVPR.2014.220)). For an image `x` of shape
# `(H, W, C)` and weights `w` of shape `(oh, ow, kh, kw, C, F)`,
#
# $$\text{out}[i,j,f] = \sum_{u,v,c} x[i+u,\,j+v,\,c]\;\,w[i,j,\;u,v,c,f],$$
#
# with stride 1 and no padding, so that $o_h = H - k_h + 1$ and $o_w = W - k_w + 1$.
#
# Between the two lies the **tiled** convolution ([Le and others,
# 2010](https://papers.nips.cc/paper/4136-tiled-convolutional-neural-networks)): $t \times t$ filters
# take turns like the tiles of a floor. The weights are `(t, t, kh, kw, C, F)`, and place $(i, j)$ uses
# those at $(i \bmod t,\; j \bmod t)$. With $t = 1$ it is a convolution. With $t$ as large as the output
# nothing is shared any more; $t$ may be larger still, and then some filters are not used.
#
# **By hand.** One row of one channel, $x = (1, 2, 3, 4)$, and filters of length 1. The locally connected
# layer with the weights $(1, 0, 10, 5)$ gives $(1, 0, 30, 20)$. The tiled one with $t = 2$ whose filters
# `w[0, 0]` and `w[0, 1]` are 1 and 10 gives $(1, 20, 3, 40)$.


# %% exercise="local"
def locally_connected(x, w):
    """A layer that looks near, with its own filter at each place.

    x: (H, W, C), w: (oh, ow, kh, kw, C, F) with oh = H − kh + 1 and ow = W − kw + 1.
    Returns an array (oh, ow, F).
    """
    ### BEGIN SOLUTION
    oh, ow, kh, kw, _, F = np.shape(w)
    out = np.zeros((oh, ow, F))
    for i in range(oh):
        for j in range(ow):
            out[i, j] = np.einsum("uvc,uvcf->f", x[i : i + kh, j : j + kw], w[i, j])
    return out
    ### END SOLUTION


def tiled(x, w):
    """A convolution whose t × t filters take turns.

    x: (H, W, C), w: (t, t, kh, kw, C, F).
    Returns an array (H − kh + 1, W − kw + 1, F).
    """
    ### BEGIN SOLUTION
    t, _, kh, kw, _, _ = np.shape(w)
    rows, columns = np.arange(np.shape(x)[0] - kh + 1), np.arange(np.shape(x)[1] - kw + 1)
    return locally_connected(x, np.asarray(w)[rows[:, None] % t, columns % t])
    ### END SOLUTION


# %% [markdown]
# **What you should see:** the answers to an image that is the same grey everywhere. Any pattern in them
# is made by the weights alone.
# Shared weights answer the same everywhere. Tiled ones repeat in both directions, every two pixels and
# every three. Unshared ones answer at each place as they like.

# %% tags=["picture"]
show.sharing(tiled, locally_connected)

# %% [markdown] discussion="local"
# The three layers have the same connections and differ only in which weights must be equal. The
# convolution is the case in which all places agree: give every place the same weights, and you can test
# the layers against each other. Sharing buys data: each place of each image is an example for the one
# filter. A tiled layer followed by pooling over neighbours can learn to ignore more than shifts, because
# the pooled filters differ: Le and others made it for that. Keras 3 has dropped its locally connected
# layers; vision transformers keep the idea, because they learn a vector for each position.

# %% [markdown]
# ## N.5 A cheaper convolution, and an activation that is learned
#
# A convolution looks at neighbours and at channels at once, with $k_h k_w C F$ weights. A **depthwise
# separable** convolution does it in two steps. First, each channel gets $m$ filters of its own, which
# see no other channel. Then a 1×1 convolution mixes the channels. For `x` of shape `(H, W, C)`, `wd` of
# shape `(kh, kw, C, m)` and `wp` of shape `(C·m, F)`, with stride 1 and no padding,
#
# $$z[i,j,\;c\,m + q] = \sum_{u,v} x[i+u,\,j+v,\,c]\;w_d[u,v,c,q],\qquad
# \text{out}[i,j,f] = \sum_{n} z[i,j,n]\;w_p[n,f].$$
#
# The $m$ maps of channel 0 come first in $z$, then those of channel 1. Together that is
# $k_h k_w C m + C m F$ weights. There is no bias, and no activation between the steps.
#
# **By hand.** One row of two channels, $x = \big((1,5),(2,6),(3,7)\big)$, $m = 1$, filters of length 2:
# $(1, 0)$ for channel 0 and $(0, 1)$ for channel 1. Then $z = \big((1,6),(2,7)\big)$, and with
# $w_p = (10, 1)$ the result is $(16, 27)$.
#
# The other animal of this exercise is an activation. ReLU is the larger of two numbers, $a$ and $0$.
# **Maxout** ([Goodfellow and others, 2013](https://arxiv.org/abs/1302.4389)) is the largest of $k$
# numbers that have all been learned. The layer before it makes $k\,m$ numbers for $m$ units; the first
# $k$ of the last axis belong to unit 0, the next $k$ to unit 1:
#
# $$\operatorname{maxout}(x, k)[\dots, j] = \max_{0 \le p < k}\; x[\dots,\; j\,k + p].$$
#
# **By hand.** $\operatorname{maxout}\big((3, -1, -4, -2, 0, 7),\; 2\big) = (3, -2, 7)$. With the pairs
# $(a, 0)$ it is ReLU, with $(a, -a)$ the absolute value.


# %% exercise="separable"
def depthwise_separable(x, wd, wp):
    """Each channel by itself, then a mix of all.

    x: (H, W, C), wd: (kh, kw, C, m), wp: (C·m, F).
    Returns an array (H − kh + 1, W − kw + 1, F).
    """
    ### BEGIN SOLUTION
    x, wd, wp = (np.asarray(a, dtype=float) for a in (x, wd, wp))
    kh, kw, C, m = wd.shape
    oh, ow = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    z = np.zeros((oh, ow, C, m))
    for u in range(kh):
        for v in range(kw):
            z += x[u : u + oh, v : v + ow, :, None] * wd[u, v]
    return z.reshape(oh, ow, C * m) @ wp
    ### END SOLUTION


def maxout(x, k):
    """For each unit the largest of its k numbers.

    x: an array of one or more axes; the length of the last one is a multiple of k.
    Returns an array whose last axis is k times shorter.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x)
    return x.reshape(*x.shape[:-1], -1, k).max(axis=-1)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** on the left, how many weights both kinds of convolution have, with equally many
# channels in and out: the more channels, the nearer the saving comes to a factor of 9. On the right,
# maxout units of one number $a$ with 2, 3 and 5 straight pieces. Each is a bowl, as the maximum of
# straight lines always is.

# %% tags=["picture"]
show.cheaper_and_bent(maxout)

# %% [markdown] discussion="separable"
# Separable means that the filter is a product: $w[u,v,c,f] = \sum_q w_d[u,v,c,q]\,w_p[cm+q, f]$. So every
# separable convolution is an ordinary one, but not every ordinary one is separable. Xception
# ([Chollet, 2017](https://arxiv.org/abs/1610.02357)) and MobileNet
# ([Howard and others, 2017](https://arxiv.org/abs/1704.04861)) are built of it. Fewer multiplications do
# not always mean less time: the depthwise part moves many numbers for little arithmetic. The maximum of
# affine functions is convex, and with enough pieces it comes as near as you like to any convex function;
# the difference of two maxout units comes as near to any continuous one.

# %% [markdown]
# ## N.6 A label for each pixel, at any size
#
# Which pixels belong to a disc? `data.discs` draws discs among thin bars of the *same colours*, so the
# colour of a pixel does not tell. A net has to see a neighbourhood, and still answer for each pixel. An
# **encoder** pools, so that a convolution sees far; then a **decoder** enlarges again. There, each
# enlarged map is joined with the encoder's map of the same size (`keras.layers.Concatenate`), because
# pooling has forgotten where exactly things were. This is a small U-Net
# ([Ronneberger and others, 2015](https://arxiv.org/abs/1505.04597)).
#
# **How good is it?** Counting right pixels flatters a net that answers "no disc" everywhere. Take the
# **intersection over union** of two masks of equal shape. A pixel is *in* a mask if its number is above
# 0.5 (0.5 itself is outside):
#
# $$\text{IoU} = \frac{\text{pixels in both}}{\text{pixels in at least one}},
# \qquad\text{and } 1 \text{ if no pixel is in either.}$$
#
# **By hand.** The masks $(1, 1, 0, 0)$ and $(0, 1, 1, 0)$ have one pixel in both and three in at least
# one: $\tfrac13$. If the arrays hold several images, all their pixels count together; no mean over
# images is taken.
#
# `build_segmenter` returns a new Keras model, not compiled:
#
# * it takes images of **any size** whose sides are multiples of 4: `keras.Input((None, None, 3))`. A
#   convolution works at any size, and so does pooling; a dense layer after Flatten does not;
# * it returns for each pixel the **probability**, 0 to 1, that it is in a disc: `(H, W, 1)`;
# * it has at most 20,000 parameters.
#
# How you build it is up to you. It is trained on 200 images of 24×24 with the line below. On new images
# of that size, and on images of *other sizes that it has never seen*, it should reach an IoU of 0.65, and
# 0.1 more than the best answer from colour alone: a threshold on red minus blue, which reaches about 0.6.
# Both must hold.
#
# ```python
# fit(build_segmenter(), *data.discs(200), epochs=8, batch_size=10, loss="binary_crossentropy")
# ```


# %% exercise="segmenter"
def iou(mask, pred):
    """The intersection over union of two masks.

    mask, pred: arrays of one shape, any, of truth values or of numbers; above 0.5 is inside.
    Returns a number from 0 to 1; 1 if both are empty.
    """
    ### BEGIN SOLUTION
    mask, pred = np.asarray(mask) > 0.5, np.asarray(pred) > 0.5
    either = np.sum(mask | pred)
    return float(np.sum(mask & pred) / either) if either else 1.0
    ### END SOLUTION


def build_segmenter():
    """A new Keras model, not compiled: images (H, W, 3) of any size that 4 divides to probabilities
    (H, W, 1), at most 20,000 parameters."""
    ### BEGIN SOLUTION
    layers, same = keras.layers, {"padding": "same", "activation": "relu"}
    x = keras.Input((None, None, 3))
    a = layers.Conv2D(8, 3, **same)(x)  # (H, W, 8)
    b = layers.Conv2D(16, 3, **same)(layers.MaxPooling2D(2)(a))  # (H/2, W/2, 16)
    c = layers.Conv2D(24, 3, **same)(layers.MaxPooling2D(2)(b))  # (H/4, W/4, 24)
    up = layers.Conv2DTranspose(16, 2, strides=2, activation="relu")(c)
    up = layers.Conv2D(16, 3, **same)(layers.Concatenate()([up, b]))
    up = layers.Conv2DTranspose(8, 2, strides=2, activation="relu")(up)
    up = layers.Concatenate()([up, a])
    return keras.Model(x, layers.Conv2D(1, 3, padding="same", activation="sigmoid")(up))
    ### END SOLUTION


# %% [markdown]
# **What you should see:** three images of three sizes. The net was trained on the first size only. Below
# each image is the right mask, and below that your net's answer with its IoU. That one net works with
# inputs of any size is one of the reasons for convolution.


# %% tags=["picture"]
def trained_segmenter():
    """Your net, trained with the line above."""
    bce = "binary_crossentropy"
    return fit(build_segmenter(), *data.discs(200), epochs=8, batch_size=10, loss=bce)


show.painted(
    trained_segmenter, iou, [data.discs(1, size, 7) for size in ((24, 24), (32, 48), (60, 36))]
)

# %% [markdown] discussion="segmenter"
# A convolution's weights do not depend on the size of its input, so a net of convolutions, poolings and
# enlargements alone is one function for all sizes; a dense layer after Flatten would fix the size. Long
# and others made nets "fully convolutional" for this reason
# ([2015](https://arxiv.org/abs/1411.4038)). The variants enlarge with transposed convolutions, by
# repeating pixels, or never pool and use dilation instead, and all of them pass. The same form now draws:
# the nets that remove the noise in diffusion models are U-Nets.

# %% [markdown]
# ## N.7 Which way does the tone glide?
#
# Bats and radars send **chirps**, tones whose pitch glides. `data.chirps` makes signals of 128 moments,
# `(n, 128, 1)`, each with one chirp at a random place in noise, and its kind: 0 up, 1 down, 2 up and
# down, 3 down and up. The phase is random too, so two chirps of one kind need not agree in a single
# moment.
#
# To know what a net is worth, try the simplest rival first. The **nearest neighbour** gives a signal the
# label of the known signal that is most like it: the label $y_i$ of the $x_i$ with the smallest squared
# distance $\sum_{t,c} (x[t,c] - x_i[t,c])^2$. If several are equally near, the first of them counts.
#
# **By hand.** The known signals are $(0, 0)$, $(1, 3)$ and $(4, 4)$, with the labels 5, 7 and 5. The signal
# $(1, 1)$ has the squared distances 2, 4 and 18, so it is a 5; $(2, 3)$ has 13, 1 and 5, so it is a 7.
#
# `build_listener` returns a new Keras model, not compiled, from `(128, 1)` to four logits (no softmax),
# with at most 20,000 parameters. It is trained on 400 signals with the line below and should label 75 %
# of new ones correctly:
#
# ```python
# fit(build_listener(), *data.chirps(400), epochs=10, batch_size=32)
# ```


# %% exercise="listener"
def nearest_neighbour(x_train, y_train, x):
    """For each signal of x the label of the nearest signal of x_train.

    x_train: (n, T, C), y_train: (n,) whole numbers, x: (m, T, C).
    Returns an array of m labels.
    """
    ### BEGIN SOLUTION
    x_train, x = np.asarray(x_train, dtype=float), np.asarray(x, dtype=float)
    nearest = [np.sum((x_train - one) ** 2, axis=(1, 2)).argmin() for one in x]
    return np.asarray(y_train)[nearest]
    ### END SOLUTION


def build_listener():
    """A new Keras model, not compiled: signals (128, 1) to 4 logits, at most 20,000 parameters."""
    ### BEGIN SOLUTION
    layers, same = keras.layers, {"padding": "same", "activation": "relu"}
    return keras.Sequential(
        [
            keras.Input((128, 1)),
            layers.Conv1D(16, 9, **same),
            layers.MaxPooling1D(2),
            layers.Conv1D(24, 9, **same),
            layers.MaxPooling1D(2),
            layers.Conv1D(24, 9, **same),
            layers.GlobalMaxPooling1D(),
            layers.Dense(4),
        ]
    )
    ### END SOLUTION


# %% [markdown]
# **What you should see:** one chirp of each kind, and the share of 400 new ones that three rivals label
# correctly: a dense net, the nearest neighbour, and your listener. The dashed line is guessing. A
# convolution along time learns once, for all places, what a glide is.


# %% tags=["picture"]
def build_dense():
    """A dense net with one hidden layer, of 8,516 parameters."""
    layers = keras.layers
    hidden = [layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(4)]
    return keras.Sequential([keras.Input((128, 1)), *hidden])


show.listeners(
    nearest_neighbour, build_listener, build_dense, fit, data.chirps(400), data.chirps(400, 1)
)

# %% [markdown] discussion="listener"
# A filter of nine moments is a small detector of a pitch; two poolings later, one of nine entries spans
# 60 moments and hears how pitches follow each other. The maximum over time then asks only whether,
# not where. The nearest neighbour needs an example near each place and phase, and so does the dense net:
# both would need many more signals. Nets of this kind were first made for speech: the time-delay network
# of Waibel and others ([1989](https://doi.org/10.1109/29.21701)) is a convolution along time.

# %% [markdown]
# ## N.8 A third axis, and which way time runs
#
# A film is an array `x`, `(T, H, W, C)`. A **3-D convolution** slides along all three axes, and its
# filters span several frames. With `w` of shape `(kt, kh, kw, C, F)`, stride 1 and no padding,
#
# $$\text{out}[t,i,j,f] = \sum_{a,u,v,c} x[t+a,\,i+u,\,j+v,\,c]\;w[a,u,v,c,f],$$
#
# of shape $(T-k_t+1,\; H-k_h+1,\; W-k_w+1,\; F)$. The filter is not flipped.
#
# **By hand.** Three frames of one row, one channel: $(1, 2)$, $(3, 5)$, $(4, 4)$. The filter $(-1, +1)$
# along time, of height and width 1, gives the differences of neighbouring frames, $(2, 3)$ and $(1, -1)$.
#
# What is it good for? `data.motion` gives films of six frames, 12×12, in which a texture drifts to the
# right, and each of them backwards as well. *A film and its reverse have the same frames*, only in
# another order. A net that looks at each frame by itself and then averages cannot tell them apart. One
# whose filters span two frames can, because it compares them.
#
# `build_motion_net` returns a new Keras model, not compiled, from films `(6, 12, 12, 1)` to two logits
# (no softmax), forwards and backwards, with at most 5,000 parameters. How you build it is up to you. It
# is trained on 100 films and their reverses, with the line below, and should get 90 of 100 new ones right:
#
# ```python
# fit(build_motion_net(), *data.motion(100), epochs=5, batch_size=20)
# ```


# %% exercise="motion"
def conv3d_valid(x, w):
    """A valid correlation along time, rows and columns.

    x: (T, H, W, C), w: (kt, kh, kw, C, F).
    Returns an array (T − kt + 1, H − kh + 1, W − kw + 1, F).
    """
    ### BEGIN SOLUTION
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    T, H, W = (n - k + 1 for n, k in zip(x.shape[:3], w.shape[:3], strict=True))
    out = np.zeros((T, H, W, w.shape[4]))
    for a, u, v in np.ndindex(w.shape[:3]):
        out += x[a : a + T, u : u + H, v : v + W] @ w[a, u, v]
    return out
    ### END SOLUTION


def build_motion_net():
    """A new Keras model, not compiled: films (6, 12, 12, 1) to 2 logits, at most 5,000 parameters."""
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((6, 12, 12, 1)),
            keras.layers.Conv3D(8, (2, 3, 3), activation="relu"),
            keras.layers.Conv3D(8, (2, 3, 3), activation="relu"),
            keras.layers.GlobalAveragePooling3D(),
            keras.layers.Dense(2),
        ]
    )
    ### END SOLUTION


# %% [markdown]
# **What you should see:** on the left, one row of a film, with time downwards: a texture that drifts
# makes slanted stripes, and backwards they slant the other way. A filter that spans frames is an edge
# detector for slanted stripes. On the right, your net beside one of the same kind whose filters span a
# single frame: it gets exactly half of the films right.


# %% tags=["picture"]
def build_frame_net():
    """The same with filters that see one frame at a time."""
    return keras.Sequential(
        [
            keras.Input((6, 12, 12, 1)),
            keras.layers.Conv3D(8, (1, 3, 3), activation="relu"),
            keras.layers.Conv3D(8, (1, 3, 3), activation="relu"),
            keras.layers.GlobalAveragePooling3D(),
            keras.layers.Dense(2),
        ]
    )


show.films(build_motion_net, build_frame_net, fit, data.motion(100), data.motion(100, seed=1))

# %% [markdown] discussion="motion"
# A motion is an orientation in space and time, which is how Adelson and Bergen described how we see it
# ([1985](https://doi.org/10.1364/JOSAA.2.000284)): filters slanted in space-time respond to one
# direction. The mean over frames forgets their order, so no training helps a net that takes it after
# looking at single frames. Convolutions in three dimensions came to films with Ji and others
# ([2013](https://doi.org/10.1109/TPAMI.2012.59)) and C3D
# ([Tran and others, 2015](https://arxiv.org/abs/1412.0767)); medicine uses them for volumes, where the
# third axis is depth.

# %% [markdown]
# ## Go on
#
# Nobody checks these; each is worth an evening.
#
# * **Hear the next moment.** Stack the blocks of N.2 in Keras and predict a series. Before you praise the
#   net, fit an autoregressive model, a linear combination of the last 32 moments, by least squares. On a
#   linear series the net will not beat it. On which series will it?
# * **Level the checkerboard.** Train two nets to mark the discs of N.6, one with transposed convolutions
#   of 3×3 and stride 2 and one that enlarges first, and look at the first outputs after a few steps.
# * **Share a little.** Put a tiled layer into the net of N.7. How many tiles can it have before 400
#   signals are too few?
#
# Every animal here makes a bet on what stays the same when something moves. **The next lab's question:**
# which movements, exactly, and what about a turn?
