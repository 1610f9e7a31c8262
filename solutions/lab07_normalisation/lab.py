# %% [markdown]
# # Normalisation and residual networks
#
# A deep network is a chain of layers, and each of them is trained on the outputs of the one before.
# If these are a thousand times too large, or shift from one batch to the next, the layer chases a
# moving target.
#
# Two ideas from 2015 made networks of a hundred layers trainable. **Normalisation** brings the
# numbers back to the same size and place, again and again. **Residual connections** let them take a
# way around. In this lab you build both, take their gradients apart, and find out that the first one
# alone makes deep networks *worse*.
#
# **You need** NumPy with axes and broadcasting, backpropagation (Lab {backprop}), convolutional layers in
# Keras (Lab {convnet}). **It takes** about 100 minutes.
#
# **How it works.** Fill in a cell that says `YOUR CODE HERE`, run it, then run the check below it:
# it tells you what is right and, if something is not, shows you where. `hint("N.1")` gives a hint;
# ask again for a stronger one. Before each exercise there is a question to bet on. It earns no
# points: you learn more from a run when you have guessed first.

# %% tags=["setup"]
import numpy as np

from nablab import check, data, hint, predict, quiet
from nablab.show import normalisation as show

with quiet():  # without TensorFlow's log
    import keras

    from nablab.autodiff import value_and_gradients

FLOWER = data.sample_photo("flower") / 255  # (213, 320, 3), 0 is black and 1 is full light
CHINA = data.sample_photo("china") / 255

# %% [markdown]
# ## A puzzle to begin with
#
# One photograph, three times: as it was taken, underexposed, and in fog. *How many pixels have kept
# their value? And how would you undo darkness and fog, without being told what was done?*

# %% tags=["picture"]
show.lights(FLOWER)

# %% [markdown]
# For you it is the same flower. For a layer that multiplies pixels by weights it is three inputs
# with almost nothing in common: a filter that answers 4 to the first answers 1 to the second.
#
# But each of the three is the first one *times a number plus a number*. If you subtract the mean and
# divide by the spread, you get rid of both numbers without knowing them:
#
# $$\hat x \;=\; \frac{x-\mu}{\sigma}$$
#
# That is all there is to normalisation. What makes it interesting is the question **over which
# numbers you take the mean**: those of one image, of one channel, of one batch? And what do you do
# if, at the time of use, there is no batch?
#
# ## N.1 Batch normalisation
#
# Take a batch of $N$ examples with $D$ features each, $x$ of shape $(N, D)$. **Batch
# normalisation** (Sergey Ioffe and Christian Szegedy, 2015) treats every feature $d$ by itself,
# over the batch:
#
# $$\mu_d=\frac1N\sum_{n} x_{nd},\qquad
# \sigma_d^2=\frac1N\sum_{n}(x_{nd}-\mu_d)^2,\qquad
# \hat x_{nd}=\frac{x_{nd}-\mu_d}{\sqrt{\sigma_d^2+\varepsilon}},\qquad
# y_{nd}=\gamma_d\,\hat x_{nd}+\beta_d$$
#
# Three details, each a well-known source of bugs:
#
# * The variance is the **biased** one: divided by $N$, not by $N-1$.
# * $\varepsilon$ is **under the root**. It avoids a division by 0 for a feature that is the same in
#   the whole batch. Keras's value is $10^{-3}$.
# * $\gamma$ and $\beta$, one number for each feature, are learned. They let the network choose
#   another mean and another spread, which then no longer depend on all weights of the layers before.
#
# **In use there is no batch.** A single image must get the same answer, whatever other images come
# with it. So while it trains, the layer remembers. It has a **moving mean** $m_d$ and a **moving
# variance** $v_d$, and every batch changes them a little, by the **momentum** $\alpha$:
#
# $$m_d \leftarrow \alpha\,m_d+(1-\alpha)\,\mu_d,\qquad v_d \leftarrow \alpha\,v_d+(1-\alpha)\,\sigma_d^2$$
#
# Keras's momentum is .99: *the share of the old value*. (PyTorch calls $1-\alpha$ momentum and
# remembers the unbiased variance. Here you do it as Keras does.)
#
# * **In training** $y$ is computed from the batch's own $\mu$ and $\sigma^2$; $m$ and $v$ are only
#   updated.
# * **At inference** $y$ is computed from $m$ and $v$ instead; they are only read, and come back as
#   they were.
#
# **By hand.** $N=4$, $D=2$, $\gamma=(2,3)$, $\beta=(10,-1)$, and to make it easy $\varepsilon=1$:
#
# $$x=\begin{pmatrix}1&6\\5&10\\5&10\\5&14\end{pmatrix},\quad \mu=(4,10),\quad \sigma^2=(3,8),\quad
# \sqrt{\sigma^2+\varepsilon}=(2,3),\quad
# \hat x=\begin{pmatrix}-\frac32&-\frac43\\[2pt]\frac12&0\\[2pt]\frac12&0\\[2pt]\frac12&\frac43\end{pmatrix},\quad
# y=\begin{pmatrix}7&-5\\11&-1\\11&-1\\11&3\end{pmatrix}$$
#
# With momentum $\frac34$, the moving mean goes from $(0,2)$ to $(\frac34\cdot0+\frac14\cdot4,\;
# \frac34\cdot2+\frac14\cdot10)=(1,4)$, and the moving variance from $(1,4)$ to $(\frac32,5)$.


# %% exercise="batchnorm_fwd"
def batchnorm_fwd(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
    """Batch normalisation, in training or at inference.

    x: (N, D); gamma, beta, mm (the moving mean) and mv (the moving variance): (D,); arrays of floats
    or whole numbers, which stay as they are. training: True or False.
    Returns y (N, D), the new mm and mv (D,), and a cache: whatever your batchnorm_bwd will need, in
    arrays, numbers, lists, tuples or dicts. The cache is used in training only.
    """
    ### BEGIN SOLUTION
    x, gamma, beta, mm, mv = (np.asarray(a, dtype=float) for a in (x, gamma, beta, mm, mv))
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)  # NumPy's var is the biased one
        mm = momentum * mm + (1 - momentum) * mean
        mv = momentum * mv + (1 - momentum) * var
    else:
        mean, var = mm, mv
    root = np.sqrt(var + eps)
    x_hat = (x - mean) / root
    return gamma * x_hat + beta, mm, mv, (x_hat, root, gamma)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** on the left three features of very different mean and spread; in the
# middle what your layer makes of them in training, all alike. On the right is the moving mean of
# the last one, batch by batch, starting from 0. With momentum .9 it has arrived after some 35
# batches. With Keras's .99 it still has two thirds of the way to go after 40. *What does a network
# answer at inference until then?*

# %% tags=["picture"]
show.train_and_remember(batchnorm_fwd)

# %% [markdown]
# ## N.2 Backwards: what cannot be changed
#
# Going backwards you are given `dout`: how the loss $L$ changes with each number of $y$. You want to
# know how it changes with $x$, $\gamma$ and $\beta$. The last two are quick, since
# $y=\gamma\hat x+\beta$. For $x$ there is a catch: $x_{md}$ is not only in $\hat x_{md}$. It is in
# $\mu_d$ and in $\sigma_d^2$ too, and so in the output of *every* example of the batch. Work all of
# that out, and this remains for each feature (the index $d$ is left out):
#
# $$\frac{\partial \hat x_n}{\partial x_m}\;=\;\frac{1}{\sqrt{\sigma^2+\varepsilon}}
# \Big(\,[n=m]\;-\;\frac1N\;-\;\frac{\hat x_n\,\hat x_m}{N}\Big)$$
#
# $[n=m]$ is 1 if $n$ and $m$ are the same and 0 otherwise: the direct path. The second term comes
# through the mean, the third through the variance. The chain rule does the rest:
# $\mathrm{d}x_m=\sum_n \gamma\;\mathrm{dout}_n\;\partial\hat x_n/\partial x_m$. Three sums; none
# needs a loop.
#
# **What it means.** Add the same number to a feature in the whole batch, and nothing changes after
# the layer. Multiply it by a positive number, and (almost) nothing changes. So the gradient must say
# that neither helps. *Its sum over the batch is 0*, and, if $\varepsilon$ is small compared with
# $\sigma^2$, *its sum of products with $\hat x$ is 0.* The two subtracted terms remove exactly these
# two directions.
#
# **By hand.** The batch of N.1, whose roots were $(2,3)$. Both features have
# $\gamma/\sqrt{\sigma^2+\varepsilon}=1$.
#
# $$\mathrm{dout}=\begin{pmatrix}4&0\\0&3\\0&0\\0&9\end{pmatrix}\;\Rightarrow\;
# \mathrm{d}\gamma=(-6,\,12),\quad \mathrm{d}\beta=(4,\,12),\quad
# \mathrm{d}x=\begin{pmatrix}\frac34&1\\[2pt]-\frac14&0\\[2pt]-\frac14&-3\\[2pt]-\frac14&2\end{pmatrix}$$
#
# In the second column: the mean of dout is 3, the mean of $\mathrm{dout}\cdot\hat x$ is
# $9\cdot\frac43/4=3$, so the first entry is $0-3-3\cdot(-\frac43)=1$. Both columns sum to 0.


# %% exercise="batchnorm_bwd"
def batchnorm_bwd(dout, cache):
    """Backwards through your batchnorm_fwd as it computes in training.

    dout: (N, D), how the loss changes with y; cache: what your batchnorm_fwd returned.
    Returns dx (N, D), dgamma (D,), dbeta (D,).
    """
    ### BEGIN SOLUTION
    x_hat, root, gamma = (np.asarray(a, dtype=float) for a in cache)
    dout = np.asarray(dout, dtype=float)
    through_mean = dout.mean(axis=0)
    through_variance = x_hat * (dout * x_hat).mean(axis=0)
    dx = gamma / root * (dout - through_mean - through_variance)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** one feature of a batch of twelve, sorted by $\hat x$. At the top is what
# comes in; almost all of it pushes upwards, and more so on the right. The two grey rows are the parts
# that ask to shift and to stretch the whole feature. The layer undoes both, so your gradient leaves
# both out. The last row is what remains.

# %% tags=["picture"]
show.what_remains(batchnorm_fwd, batchnorm_bwd)

# %% [markdown]
# ## N.3 One formula, five layers
#
# Inside a convolutional network the array $x$ has the shape $(N, H, W, C)$: image, row, column,
# channel. Every normalisation layer computes $(x-\mu)/\sqrt{\sigma^2+\varepsilon}$. They differ in
# the **axes** that $\mu$ and $\sigma^2$ are averaged over:
#
# | kind | averaged over | so there is one mean for | known as |
# |---|---|---|---|
# | `"bn"` | $N, H, W$ | each channel | batch norm (Ioffe, Szegedy 2015) |
# | `"ln_keras"` | $C$ | each pixel of each image | `keras.layers.LayerNormalization()` |
# | `"ln_chw"` | $H, W, C$ | each image | layer norm (Ba, Kiros, Hinton 2016), on images |
# | `"in"` | $H, W$ | each channel of each image | instance norm (Ulyanov, Vedaldi, Lempitsky 2016) |
# | `("gn", g)` | $H, W$, and the channels of one group | each group of each image | group norm (Wu, He 2018) |
#
# Beware of the name *layer norm*: papers on images mean the third row, and Keras's layer computes the
# second unless you name the axes. They are not the same.
#
# **Groups** are neighbours: with 6 channels in 2 groups the first group is 0, 1, 2 and the second
# 3, 4, 5. It takes one trick to write that with axes: reshape $x$ to $(N, H, W, g, C/g)$, so that the
# groups have their own axis, average, and reshape back. For `("gn", g)` the axes are those *of the
# reshaped array*.
#
# There is no $\gamma$ and no $\beta$ here, the variance is biased, and $\varepsilon$ is always
# $10^{-3}$.
#
# **By hand.** Two images of one row and two pixels, with two channels:
#
# | | image 0, pixel 0 | image 0, pixel 1 | image 1, pixel 0 | image 1, pixel 1 |
# |---|---|---|---|---|
# | channel 0 | 1 | 5 | 11 | 15 |
# | channel 1 | 3 | 7 | 17 | 21 |
#
# `"bn"` has two means, 8 and 12, one for each row. `"ln_keras"` has four, 2, 6, 14 and 18, one for
# each column of this table. `"ln_chw"` has two, 4 and 16, one for each image. `"in"` has four: 3 and
# 5, 13 and 19. And `("gn", 2)`, with one channel in a group, has the same four; `("gn", 1)` has the
# same two as `"ln_chw"`.


# %% exercise="normalise"
def norm_axes(kind):
    """The axes that a kind of normalisation averages over.

    kind: "bn", "ln_keras", "ln_chw", "in" or ("gn", g).
    Returns a tuple of axes of an array (N, H, W, C), for ("gn", g) of (N, H, W, g, C // g).
    Axes may be counted from the front or from the back.
    """
    ### BEGIN SOLUTION
    if isinstance(kind, (tuple, list)):
        return (1, 2, 4)
    return {"bn": (0, 1, 2), "ln_keras": (3,), "ln_chw": (1, 2, 3), "in": (1, 2)}[kind]
    ### END SOLUTION


def normalise(x, kind):
    """(x - mean) / sqrt(variance + 0.001), with mean and biased variance over the axes of a kind.

    x: (N, H, W, C), floats, whole numbers or bytes; g divides C. kind: as for norm_axes.
    Returns a float array (N, H, W, C).
    """
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    shape = x.shape
    if isinstance(kind, (tuple, list)):
        x = x.reshape(*shape[:3], kind[1], -1)  # (N, H, W, g, C/g)
    axes = tuple(norm_axes(kind))
    mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    return ((x - mean) / np.sqrt(var + 1e-3)).reshape(shape)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** five copies of a block of numbers: channels to the right, images to the
# back, pixels downwards. Orange numbers share their mean and variance with the number in the near
# upper left corner, according to *your* axes. Only in the first block does the orange reach other
# images.

# %% tags=["picture"]
show.cubes(norm_axes)

# %% [markdown]
# **What you should see:** the two photographs of a batch, the flower in fog and the pavilion at
# dusk, after each kind. Batch norm takes both together: the foggy one stays light and the dark one
# dark. After `"ln_chw"` both have the same light and full contrast, and the puzzle from the beginning
# is solved. Instance norm does so for each channel by itself, which also removes the tint of the
# whole picture. Keras's layer norm compares the three channels of a pixel: light is gone, only colour
# is left. (With three channels, groups make nothing new: one group is `"ln_chw"`, three are `"in"`.)

# %% tags=["picture"]
fog = 0.3 * FLOWER[::2, ::2] + 0.6
dusk = 0.35 * CHINA[::2, ::2]
show.looks(np.stack([fog, dusk]), normalise)

# %% [markdown]
# ## N.4 The company an example keeps
#
# In the cube of batch norm the orange runs through all images. So in training, what batch norm makes
# of an image depends on which others happen to be in its batch. How much, and what helps?
#
# Take one image, `x[0]`, and put it into batches of $b$, each time with other companions. From $x$ of
# shape $(N,H,W,C)$ make the batches like this: the first has `x[0]` and the companions `x[1]` to
# `x[b-1]`, the second has `x[0]` and the next $b-1$ images, and so on, as many whole batches as there
# are companions for. Normalise each batch by itself, and keep the result for `x[0]`.
#
# That gives, for each of the $H\cdot W\cdot C$ numbers of `x[0]`, as many values as there are
# batches. If the company did not matter they would be equal. Take their **standard deviation over
# the batches** (divided by the number of batches, as `np.std` does), and then the mean of all these
# deviations: one number for each $b$.
#
# **By hand.** Five "images" of one pixel and one channel, $x=(0,\;2,\,-2,\,2,\,4)$, and batch norm.
#
# * $b=2$: the batches $(0,2)$, $(0,-2)$, $(0,2)$, $(0,4)$. After normalisation you only see which of
#   two numbers is larger: 0 becomes $-1$, $1$, $-1$, $-1$, up to $\varepsilon$. The standard
#   deviation is .866.
# * $b=3$: the batches $(0,2,-2)$ and $(0,2,4)$. 0 becomes $0$ and $-1.225$; standard deviation
#   .612.
# * $b=4$: one batch $(0,2,-2,2)$; a companion is left over. The deviation of a single value is 0, so
#   use only sizes with two batches or more.


# %% exercise="batch_size_effect"
def batch_size_effect(x, sizes):
    """How much the normalised x[0] depends on its company, by the size of the batch.

    x: (N, H, W, C); sizes: whole numbers from 2 up, each with at least two batches.
    Returns a dict with the keys "bn" and "ln" (for the kind "ln_keras"). Under each is a list with
    one number for each size, in the order of sizes: the standard deviation of the normalised x[0]
    over the batches, averaged over its numbers. Use your normalise.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    effect = {"bn": [], "ln": []}
    for size in sizes:
        others = size - 1
        batches = [
            np.concatenate([x[:1], x[start : start + others]])
            for start in range(1, len(x) - others + 1, others)
        ]
        for name, kind in (("bn", "bn"), ("ln", "ln_keras")):
            became = np.stack(
                [normalise(batch, kind)[0] for batch in batches]
            )  # (batches, H, W, C)
            effect[name].append(float(became.std(axis=0).mean()))
    return effect
    ### END SOLUTION


# %% [markdown]
# **What you should see:** digits of 64 pixels, each pixel a feature. The line of batch norm falls,
# from 8 on with a slope of about $-\frac12$: four times the batch, half the effect. Layer norm does
# not look at the batch: 0, drawn at the bottom. In batches of 2 the company moves a number with a
# spread of about 1 by half of that. Group norm was made for such cases: for images so large that only
# a few fit into memory at once.

# %% tags=["picture"]
digits, _ = data.digits()
some = np.random.default_rng(0).permutation(digits)[:1025].reshape(-1, 1, 1, 64)
show.company(some, batch_size_effect)

# %% [markdown]
# ## N.5 A way around
#
# Kaiming He and colleagues (2016) observed what nobody had expected: with more layers a network got
# worse *on its training data*. It should not. The deeper network could do what the shallower one
# does and let the remaining layers pass on their inputs. Evidently doing nothing is hard to learn for
# a layer that starts from noise.
#
# So let the layer start by doing nothing. A **residual block** computes what should be *added*:
#
# $$y=\operatorname{relu}\big(F(x)+s(x)\big),\qquad
# F(x)=N_2\big(W_2 * \operatorname{relu}(N_1(W_1 * x))\big)$$
#
# $W_1$ and $W_2$ are 3×3 convolutions (`padding="same"`) to `filters` channels; $W_1$ has the
# `stride`, $W_2$ has stride 1. $N_1$ and $N_2$ are normalisation layers, and $s$ is the
# **shortcut**:
#
# * if the shape stays as it is, $s(x)=x$: nothing to learn, nothing in the way;
# * if the number of channels changes **or** the stride is not 1, a **projection**: a 1×1 convolution
#   with as many filters and the same stride, followed by its own normalisation $N_s$.
#
# Conventions, all of them:
#
# * `norm` is `"bn"` (`BatchNormalization()`), `"ln"` (`LayerNormalization()`), both with Keras's
#   defaults, or `None`: no normalisation at all.
# * A convolution before a normalisation has **no bias**: the normalisation would subtract it again.
#   With `norm=None` the convolutions have one.
# * The $\gamma$ of $N_2$ **starts at 0** (`gamma_initializer="zeros"`; Goyal and colleagues, 2017);
#   all others start at 1. So a fresh block has $F(x)=0$ and, if the shape stays, returns
#   $\operatorname{relu}(x)$: its input, if that is the output of a ReLU.
# * The last ReLU comes **after** the sum. The shortcut itself has none.
#
# **By hand.** Parameters of a block from 8 to 16 channels with stride 2 and batch norm: $W_1$ has
# $9\cdot8\cdot16=1152$, $W_2$ has $9\cdot16\cdot16=2304$, the projection $8\cdot16=128$, and three
# norms have $2\cdot16=32$ each, $\gamma$ and $\beta$: **3680** trainable parameters in all. (Keras's
# `summary` counts another 96, the moving means and variances.) From 16 to 16 channels with stride
# 1: $2\cdot2304+2\cdot32=$ **4672**.


# %% exercise="residual_block"
def residual_block(x, filters, stride=1, norm="bn"):
    """A residual block of two 3×3 convolutions.

    x: a Keras tensor (batch, H, W, C). norm: "bn", "ln" or None.
    Returns a Keras tensor (batch, ceil(H / stride), ceil(W / stride), filters).
    Build it from keras.layers: Conv2D, BatchNormalization, LayerNormalization, ReLU, Add.
    """

    ### BEGIN SOLUTION
    def conv_norm(h, size, stride, gamma="ones"):
        h = keras.layers.Conv2D(
            filters, size, strides=stride, padding="same", use_bias=norm is None
        )(h)
        if norm is None:
            return h
        layer = {"bn": keras.layers.BatchNormalization, "ln": keras.layers.LayerNormalization}[norm]
        return layer(gamma_initializer=gamma)(h)

    h = keras.layers.ReLU()(conv_norm(x, 3, stride))
    h = conv_norm(h, 3, 1, gamma="zeros")
    shortcut = x
    if stride != 1 or x.shape[-1] != filters:
        shortcut = conv_norm(x, 1, stride)
    return keras.layers.ReLU()(keras.layers.Add()([h, shortcut]))
    ### END SOLUTION


# %% [markdown]
# **What you should see:** a photograph on its way through 1, 4 and 16 fresh layers: at the top
# through your blocks, at the bottom through as many ordinary convolutions with batch norm and ReLU.
# Yours pass it on untouched. At the bottom the colours are wrong after one layer, most details are
# lost after four, and after 16 there is little more than an outline.

# %% tags=["picture"]
show.passing_on(FLOWER, residual_block)

# %% [markdown]
# ## N.6 Deep, with and without
#
# Now build small versions of the two networks of the paper, with the same number of convolutions, once
# with shortcuts and once without. Both take images (20, 20, 1) and return 10 **logits** (no softmax):
#
# 1. a 3×3 convolution to `base` channels, normalisation, ReLU;
# 2. three **stages** of `n` blocks each, to `base`, `2 * base` and `4 * base` channels. The first
#    block of the second and of the third stage has stride 2, all others have stride 1: the maps
#    have the sizes 20, 10 and 5;
# 3. the mean of every channel (`GlobalAveragePooling2D`);
# 4. a dense layer to 10.
#
# A block is your `residual_block(…, norm="bn")` for `build_resnet`. For `build_plain` it is *3×3
# convolution, batch norm, ReLU* twice, the first with the block's stride, and no shortcut. There
# **every** $\gamma$ starts at 1 (with 0 nothing would come through). All 3×3 convolutions are `same`
# and have no bias, since a normalisation follows. All norms are `BatchNormalization()`.
#
# The cell suggests how to divide the work: one function builds either network and takes the block as
# an argument. The checks call only the last two functions.
#
# **By hand.** There are $1+3\cdot n\cdot2+1=6n+2$ layers one after the other, so $n=1$ has 8 and
# $n=9$ has 56. For $n=1$ and `base=8` the plain network trains 72 + 16 for the first convolution and its
# norm, 1,184 for the two of the first stage, 3,520 and 13,952 for the others, and 330 for the dense
# layer: **19,074** in all. The residual one has two projections more, $128+32$ and $512+64$:
# **19,810**.


# %% exercise="networks"
def plain_block(x, filters, stride):
    """3×3 convolution, batch norm, ReLU, twice; the first convolution has the stride."""
    ### BEGIN SOLUTION
    for step in (stride, 1):
        x = keras.layers.Conv2D(filters, 3, strides=step, padding="same", use_bias=False)(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    return x
    ### END SOLUTION


def network(n, base, block):
    """The network of the text, built by calls of block(x, filters, stride): a Keras model for images
    (20, 20, 1) that returns 10 logits."""
    ### BEGIN SOLUTION
    inputs = keras.Input((20, 20, 1))
    x = keras.layers.Conv2D(base, 3, padding="same", use_bias=False)(inputs)
    x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    for stage in range(3):
        for number in range(n):
            x = block(x, base * 2**stage, 2 if stage > 0 and number == 0 else 1)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(10)(x))
    ### END SOLUTION


def build_resnet(n, base):
    """A residual network of 6n + 2 layers."""
    return network(n, base, residual_block)


def build_plain(n, base):
    """The same network without shortcuts."""
    return network(n, base, plain_block)


# %% [markdown]
# **What you should see:** your two networks for $n=2$. Each box is a convolution, as high as its maps
# and as wide as its number of channels. Arcs are shortcuts; the two with a dot have a projection.

# %% tags=["picture"]
show.two_networks(build_resnet, build_plain)

# %% [markdown]
# ## N.7 Who hears the loss?
#
# A layer learns by its gradient. So ask how large the gradient of each layer is. If it is almost 0,
# the layer stays as it is; if it is a hundred times that of another layer, no learning rate suits
# both.
#
# For a batch $x$ with labels $y$ let $L$ be the **mean cross-entropy from logits**, with the model
# called as in training (`training=True`; it is fine that this changes the moving averages). A layer
# $\ell$ may have several weights (kernel and bias, $\gamma$ and $\beta$); take all numbers of
# all its gradients together:
#
# $$g_\ell=\Big(\sum_{w\,\in\,\text{trainable weights of }\ell}\;\sum_i\Big(\frac{\partial L}{\partial w_i}\Big)^2\Big)^{1/2}$$
#
# Return one number for every layer of `model.layers` that has trainable weights, in that order, which
# goes from the input to the output. Leave out layers without any, such as a ReLU.
#
# One function computes the gradients, whatever backend Keras uses:
#
# ```python
# value, gradients = value_and_gradients(lambda: loss_of_the_batch, model.trainable_variables)
# ```
#
# It calls the function, which takes no arguments and returns one number, and differentiates it with
# respect to each of the variables, in their order. `model.trainable_variables` goes through the
# layers in the order of `model.layers`, and each layer has its `layer.trainable_variables`.
#
# **By hand.** A single dense layer with two outputs, all weights 0, and one example $x=(3, 4)$ with
# label 0. Both logits are 0, both probabilities $\frac12$, and the gradient with respect to the logits
# is $(\frac12-1,\,\frac12)=(-\frac12,\frac12)$. With respect to the kernel it is
# $\begin{pmatrix}-1.5&1.5\\-2&2\end{pmatrix}$, and to the bias $(-.5,.5)$:
# $g=\sqrt{2.25+2.25+4+4+.25+.25}=\sqrt{13}\approx3.61$.


# %% exercise="grad_norm_by_depth"
def grad_norm_by_depth(model, x, y):
    """How large each layer's gradient is, from the input to the output.

    model: a Keras model that returns logits; x: a batch of its inputs; y: (batch,) whole numbers.
    Returns a list of floats, one for each layer of model.layers with trainable weights.
    """

    ### BEGIN SOLUTION
    def loss():
        logits = model(keras.ops.convert_to_tensor(x), training=True)
        losses = keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)
        return keras.ops.mean(losses)

    _, gradients = value_and_gradients(loss, model.trainable_variables)
    norms, left = [], iter(gradients)
    for layer in model.layers:
        squares = [float(keras.ops.sum(next(left) ** 2)) for _ in layer.trainable_variables]
        if squares:
            norms.append(sum(squares) ** 0.5)
    return norms
    ### END SOLUTION


# %% [markdown]
# **What you should see:** the gradients of all 3×3 convolutions in fresh networks of 8, 20 and 56
# layers, from the input (left) to the output (right); each step upwards is a factor of ten. The left
# picture is *with batch norm and without shortcuts*: the gradient grows from layer to layer on its
# way back, and with 56 layers the first ones get hundreds of times what the last ones get. It does
# not vanish, it explodes. On the right is the same with shortcuts (and all $\gamma$ set to 1, so that
# there is something to compare): all gradients are within a factor of about ten.
#
# This takes some seconds.

# %% tags=["picture"]
(images, labels), _ = data.placed_digits()
show.who_hears(images[:64], labels[:64], build_plain, build_resnet, grad_norm_by_depth)

# %% [markdown]
# Batch norm keeps the *forward* signal at the same size at any depth, and you pay for it on the way
# back. Greg Yang and colleagues (2019) derived for wide dense networks that the gradient then grows
# exponentially with the depth, and that no other activation and no other scale of the first weights
# helps. Shortcuts do: the gradient has a way around every block.
#
# And the networks as you built them, with the last $\gamma$ of each block at 0? There the convolutions
# in the blocks have a gradient of exactly 0 at the first step: what is multiplied by 0 does not hear
# the loss. Only the $\gamma$ themselves move, and from the second step on the convolutions do too.
#
# **Do not conclude** that shortcuts always win. In a network of 8 layers nothing explodes. There the
# plain one was well ahead after 120 steps of SGD in all of our runs, because the residual one must
# first open its blocks. Shortcuts are for depth.
#
# ## N.8 Fold it away
#
# At inference $m$ and $v$ are fixed, so batch norm is a multiplication and an addition. The
# convolution before it is also multiplications and an addition. So one convolution can do both:
# choose new weights such that
#
# $$w' * x + b' \;=\; \gamma\,\frac{(w * x + b)-m}{\sqrt{v+\varepsilon}}+\beta\qquad\text{for every }x .$$
#
# There is one $\gamma$, $\beta$, $m$ and $v$ for each **output** channel $f$, and `conv_w` has the
# shape $(k_h,k_w,C,F)$. Tools that prepare a network for a phone do this: the layer is gone, and the
# answers are the same.
#
# **By hand.** One weight $w=2$, $b=5$, $\gamma=6$, $\beta=1$, $m=1$, $v=8$, $\varepsilon=1$. The
# norm is $6\,(z-1)/3+1=2z-1$, and of $z=2x+5$ it makes $4x+9$: $w'=4$, $b'=9$.


# %% exercise="fold_bn"
def fold_bn(conv_w, conv_b, gamma, beta, mm, mv, eps):
    """One convolution that replaces a convolution and the batch normalisation after it, at inference.

    conv_w: (kh, kw, C, F); conv_b, gamma, beta, mm (the moving mean), mv (the moving variance): (F,).
    Returns the new weights (kh, kw, C, F) and the new bias (F,), as float arrays.
    """
    ### BEGIN SOLUTION
    conv_w, conv_b, gamma, beta, mm, mv = (
        np.asarray(a, dtype=float) for a in (conv_w, conv_b, gamma, beta, mm, mv)
    )
    factor = gamma / np.sqrt(mv + eps)  # (F,), along the last axis of conv_w
    return conv_w * factor, (conv_b - mm) * factor + beta
    ### END SOLUTION


# %% [markdown]
# **What you should see:** a small residual network that trains for some seconds. On the left is its
# accuracy on fresh images after each of four epochs, once with the statistics of the batch, as in
# training, and once at inference. The first is at nine in ten when the second is hardly better than
# guessing! Then, in a fifth epoch, no weight is trained any more: the network only looks at the
# batches, with momentum .9, and its inference catches up. Only the moving averages were behind, as in
# the picture of N.1. *A network that seems to have learned nothing may just not remember it yet.* On
# the right are the outputs of its first convolution and norm against those of your one folded
# convolution.

# %% tags=["picture"]
(images, labels), (fresh, fresh_labels) = data.placed_digits()
show.trained_and_folded(images[:2000], labels[:2000], fresh, fresh_labels, build_resnet, fold_bn)

# %% [markdown]
# ## What you have built
#
# * **Normalisation** removes a factor and a shift. The layers differ in the axes of the mean, and the
#   name of a layer does not always tell you which: look the axes up.
# * **Batch norm** is two functions. In training it uses the batch's mean and biased variance and
#   remembers them; at inference it uses what it remembers.
# * Its **gradient** leaves out what the layer undoes: shifting and stretching.
# * In training an example's output depends on its **company**, and more so in a small batch. Layer,
#   instance and group norm look at one image only.
# * A **residual block** starts by doing nothing, and lets the gradient go around it. Batch norm
#   alone makes the gradients of a deep network explode at the start.
# * At inference batch norm can be **folded** into the convolution before it.
#
# Why batch norm helps is disputed. Ioffe and Szegedy said that it keeps the inputs of a layer from
# shifting. Shibani Santurkar and colleagues (2018) added such shifts on purpose, after the norm, and
# it helped all the same. Their explanation is a smoother loss.
#
# **Where this goes next.** Almost every deep network since then uses the two ideas of this lab. A
# Transformer, for example, is a stack of residual blocks with a layer norm in each.
#
# ## Read on
#
# * S. Ioffe, C. Szegedy, *Batch Normalization: Accelerating Deep Network Training by Reducing
#   Internal Covariate Shift*, 2015.
# * K. He, X. Zhang, S. Ren, J. Sun, *Deep Residual Learning for Image Recognition*, 2016.
# * J. L. Ba, J. R. Kiros, G. E. Hinton, *Layer Normalization*, 2016. D. Ulyanov, A. Vedaldi, V.
#   Lempitsky, *Instance Normalization: The Missing Ingredient for Fast Stylization*, 2016. Y. Wu,
#   K. He, *Group Normalization*, 2018.
# * P. Goyal and colleagues, *Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour*, 2017.
# * S. Santurkar, D. Tsipras, A. Ilyas, A. Madry, *How Does Batch Normalization Help
#   Optimization?*, 2018.
# * G. Yang, J. Pennington, V. Rao, J. Sohl-Dickstein, S. S. Schoenholz, *A Mean Field Theory of
#   Batch Normalization*, 2019.
#
# The photographs are `flower.jpg` by vultilion and `china.jpg` by danielbuechele (both CC BY 2.0),
# as scikit-learn carries them, scaled down.
