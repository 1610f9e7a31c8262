# %% [markdown]
# # Initialisation and activation statistics
#
# A network learns by small steps from where it starts. So it has to start somewhere, and nobody
# knows where: you draw its first weights at random. *How large should they be?* It sounds like a
# detail. For a network of two layers it is one. For twenty layers it decides whether anything is
# learned at all.
#
# In this lab you send a signal through twenty layers and a gradient back, work out on paper how
# large the weights must be, and check it by measurement. Then you meet three ways in which units
# are lost, and in the end you repair a network that cannot learn, without training it.
#
# **You need** NumPy, the chain rule (Lab {backprop}) and a little Keras (Lab {convnet}). **It takes** about 70
# minutes; no cell runs longer than half a minute.
#
# **How it works.** Fill in a cell that says `YOUR CODE HERE`, run it, then run the check below it.
# `hint("N.1")` gives a hint; ask again for a stronger one. Before each exercise there is a question
# to bet on, for no points.

# %% tags=["setup"]
import math

import numpy as np

from nablab import check, data, hint, predict, quiet
from nablab.show import initialisation as show

with quiet():  # without TensorFlow's log
    import keras

images, LABELS = data.digits()
DIGITS = ((images - images.mean()) / images.std()).reshape(-1, 64)  # (1797, 64)


def activate(z, act):
    """φ(z), what a layer does to its sums: act is "linear", "relu", "tanh" or "gelu"."""
    z = np.asarray(z, dtype=float)
    if act == "gelu":  # N.5 takes it apart
        return keras.ops.convert_to_numpy(keras.activations.gelu(z))
    return {"linear": z, "relu": np.maximum(z, 0), "tanh": np.tanh(z)}[act]


def slope(z, act):
    """φ′(z), how fast that changes with the sums."""
    z = np.asarray(z, dtype=float)
    if act == "gelu":  # a central difference, as in Lab {backprop}
        return (activate(z + 1e-3, act) - activate(z - 1e-3, act)) / 2e-3
    return {"linear": np.ones_like(z), "relu": (z > 0) * 1.0, "tanh": 1 - np.tanh(z) ** 2}[act]


# %% [markdown]
# ## A puzzle to begin with
#
# Three networks of twenty layers, each of 200 ReLU units. They read the same 200 random numbers.
# Their weights are normal random numbers around 0, and the networks differ in a single setting: the
# standard deviation of these weights is 0.05 in the first, 0.1 in the second, 0.2 in the third.
# *Which of them can still tell its input from nothing at the end? In which do the numbers stay of a
# size that you can compute with?*

# %% tags=["picture"]
show.three_starts()

# %% [markdown]
# Half of 0.1, and the signal has died on the way; twice 0.1, and it is about a million times what
# it was. In between everything stays as it is. So 0.1 is right. *Why 0.1, and would it be right for
# 500 units?* You will be able to say in N.3. First you have to count.
#
# ## N.1 How many numbers does a unit read?
#
# Every number that a layer puts out is a sum of products. Two counts describe its kernel:
#
# * **fan_in**: how many products there are in the sum for one output number.
# * **fan_out**: how many of these sums contain one given input number. (At the border of an image,
#   or with strides, it may be fewer; that does not count.)
#
# With Keras's order of axes:
#
# | kind | shape of the kernel | fan_in | fan_out |
# |---|---|---|---|
# | `"dense"` | $(n, m)$ | $n$ | $m$ |
# | `"conv"` | $(k_1, \dots, k_d, C, F)$ | $k_1\cdots k_d\cdot C$ | $k_1\cdots k_d\cdot F$ |
# | `"depthwise"` | $(k_1, \dots, k_d, C, M)$ | $k_1\cdots k_d$ | $k_1\cdots k_d\cdot M$ |
#
# A convolution's window has $d$ sides $k_1 \dots k_d$ (two for an image, one for a sound), reads
# $C$ channels and makes $F$ maps. With no side at all, $d = 0$, it is a dense layer, so the kind
# `"conv"` is right for a dense kernel too. A *depthwise* convolution has no sum over the channels:
# each of the $C$ channels has $M$ filters for itself, and an output reads one channel only.
#
# **By hand.** The kernel $(3, 5, 7, 11)$ of a convolution: $3\cdot5\cdot7 = 105$ products in a sum,
# and $3\cdot5\cdot11 = 165$ sums with one input number. The depthwise kernel $(3, 5, 7, 2)$: fan_in
# $= 15$, fan_out $= 30$.
#
# **And Keras?** Its initialisers see a shape and do not know what it is for: they count a depthwise
# kernel like an ordinary one, and find $3\cdot5\cdot7 = 105$ instead of 15. The weights that its He
# initialisers draw for a `DepthwiseConv2D` are therefore smaller than intended, here by a factor of
# $\sqrt7$.


# %% exercise="fans"
def fans(shape, kind="conv"):
    """Fan-in and fan-out of a kernel.

    shape: the kernel's sides, a tuple or a list of whole numbers; kind: "dense", "conv" or
    "depthwise".
    Returns two whole numbers, fan_in and fan_out.
    Raises ValueError for any other kind, for a dense shape without exactly two axes, and for a
    shape of fewer than two axes (conv) or three (depthwise).
    """
    ### BEGIN SOLUTION
    least = {"dense": 2, "conv": 2, "depthwise": 3}
    if kind not in least:
        raise ValueError(f"kind is {kind!r}; it should be one of {', '.join(least)}")
    if len(shape) < least[kind] or (kind == "dense" and len(shape) > 2):
        raise ValueError(f"{tuple(shape)} is not the shape of a {kind} kernel")
    *window, inputs, outputs = shape
    places = math.prod(window)  # 1 without a window
    return (places if kind == "depthwise" else places * inputs), places * outputs
    ### END SOLUTION


# %% [markdown]
# **What you should see:** a convolution over a line of places, with a window of 3, two channels in
# and three out. On the left the lines that end in one output number, on the right those that start
# from one input number. Count them, and compare with the result of your function.

# %% tags=["picture"]
show.fan_lines(fans)

# %% [markdown]
# ## N.2 Draw the first weights
#
# Two recipes are everywhere. You will see in N.3 and N.4 where they come from; here you write them.
#
# **He normal** (also called Kaiming normal): normal numbers with mean 0 and
#
# $$\operatorname{Var} W = \frac{2}{\text{fan\_in}},\qquad\text{that is, a standard deviation of } \sqrt{2/\text{fan\_in}}.$$
#
# **Glorot uniform** (also called Xavier uniform): all numbers between $-a$ and $a$ equally likely,
# with
#
# $$a = \sqrt{\frac{6}{\text{fan\_in} + \text{fan\_out}}}.$$
#
# A uniform number between $-a$ and $a$ has the variance $a^2/3$, so this is a variance of
# $2/(\text{fan\_in} + \text{fan\_out})$. It lies between 1/fan_in and 1/fan_out.
#
# **By hand.** For a dense kernel $(8, 4)$: He's standard deviation is $\sqrt{2/8} = 0.5$, Glorot's
# bound is $\sqrt{6/12} \approx 0.707$ and its standard deviation $0.707/\sqrt3 \approx 0.408$.
#
# Both recipes are in Keras, and two things about them surprise many people. First, `Dense` and
# `Conv2D` use **Glorot uniform unless you ask for something else**, even with `activation="relu"`.
# The second you will find yourself: below are 160,000 numbers from each of Keras's two recipes. Look
# closely at the edges of the left one.

# %% tags=["picture"]
show.keras_draws()

# %% [markdown]
# Is what `keras.initializers.HeNormal` draws really a normal distribution? Set the constant
# `KERAS_HE_NORMAL` to `"normal"` or, if numbers beyond some bound are missing, to `"truncated"`.
# (Its standard deviation is $\sqrt{2/\text{fan\_in}}$ in any case: Keras sees to that.) In your own
# function both are accepted, as long as the standard deviation is right.
#
# Draw from the generator that you are given, so that the same seed gives the same weights.


# %% exercise="draws"
def he_normal(shape, rng):
    """Weights of mean 0 and variance 2 / fan_in, normal.

    shape: the shape of a dense kernel or a convolution kernel; rng: a NumPy generator, as
    np.random.default_rng(seed) makes it.
    Returns a float array of that shape. Use your fans.
    """
    ### BEGIN SOLUTION
    fan_in, _ = fans(shape)
    return rng.normal(0, math.sqrt(2 / fan_in), shape)
    ### END SOLUTION


def glorot_uniform(shape, rng):
    """Uniform weights between -a and a, with a² = 6 / (fan_in + fan_out)."""
    ### BEGIN SOLUTION
    fan_in, fan_out = fans(shape)
    bound = math.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, shape)
    ### END SOLUTION


# What keras.initializers.HeNormal draws from: "normal" or "truncated".
KERAS_HE_NORMAL = "truncated"  ### SOLUTION None

# %% [markdown]
# **What you should see:** a bell and a box. The dashed lines mark what the recipes ask for: one
# standard deviation to each side on the left, the bounds on the right.

# %% tags=["picture"]
show.draws(he_normal, glorot_uniform)

# %% [markdown]
# ## N.3 Twenty layers forward
#
# Now derive the 2. Take one unit of a dense layer without bias. It reads $n$ numbers
# $x_1, \dots, x_n$ (so $n$ is fan_in) and makes
#
# $$z = w_1x_1 + \dots + w_nx_n,\qquad y = \varphi(z).$$
#
# The weights are drawn independently of each other and of the inputs, symmetrically around 0 and
# with variance $s^2$. How large is $y$, on average?
#
# 1. *The mean of $z$ is 0*, because each $w_i$ is as often positive as negative.
# 2. *The variance of $z$* is the mean of $z^2$. Multiply the sum by itself: the mixed terms
#    $w_iw_jx_ix_j$ have mean 0, and of the others each contributes $E[w_i^2]\,E[x_i^2]$, with $E$
#    for the mean. So
#    $$\operatorname{Var} z = n\,s^2\,E[x^2].$$
#    Note that the mean *square* of the inputs counts, not their variance. They are outputs of a
#    ReLU, and their mean is not 0.
# 3. *ReLU halves the mean square.* $z$ and $-z$ are equally likely, so half of the sum of squares
#    belongs to negative $z$, and that half is cut away:
#    $$E[y^2] = \tfrac12\operatorname{Var} z = \tfrac12\,n\,s^2\,E[x^2].$$
# 4. *Keep it.* The mean square of $y$ equals that of $x$ exactly if
#    $$\tfrac12\,n\,s^2 = 1,\qquad s^2 = \frac2n = \frac{2}{\text{fan\_in}}.$$
#
# This is the recipe of Kaiming He and colleagues (2015). For $n = 200$ it says
# $s = \sqrt{2/200} = 0.1$, and the puzzle is solved (for 500 units it says 0.063). For another
# variance, $s^2 = \text{scale}/n$, the mean square is multiplied by scale/2 in each layer and the
# size by $\sqrt{\text{scale}/2}$. Twenty times in a row, $\sqrt{1/2}$ makes $2^{-10}$, about a
# thousandth.
#
# **By hand.** The sums $z = (-3, 1, 3, -1)$ have the mean square $20/4 = 5$. After the ReLU,
# $y = (0, 1, 3, 0)$ has the mean square $10/4 = 2.5$: half. Its mean is 1, so its variance is
# $2.5 - 1^2 = 1.5$ and its *standard deviation* $\sqrt{1.5} \approx 1.22$, taken as
# $\sqrt{\text{mean of squares} - \text{square of the mean}}$.
#
# **And the first layer?** Let its inputs be standard normal and scale 2. Then $z$ has the variance
# 2 and $y$ the mean square 1. A normal number $z$ of deviation $\sigma$ (and many inputs make $z$
# normal) gives $\max(z, 0)$ the mean $\sigma/\sqrt{2\pi}$; take that as known. Here it is
# $\sqrt2/\sqrt{2\pi} = 1/\sqrt\pi \approx 0.564$. So the standard deviation is
# $\sqrt{1 - 1/\pi} \approx 0.826$: expect 0.826, not 1.
#
# **Measure it.** In `propagate` the batch is 100 examples of `width` standard normal numbers. Each
# layer has `width` units, no biases, and new normal weights with mean 0 and variance
# `scale / width`. Record for each layer the **standard deviation of all numbers of its output, after
# the activation**, all examples and units together. Use `activate(z, act)` from the first cell.


# %% exercise="propagate"
def propagate(depth, width, act, scale, rng):
    """How large the outputs of each layer of a deep network are.

    depth, width: whole numbers; act: "linear", "relu", "tanh" or "gelu"; scale: the variance of
    the weights, times their fan-in; rng: a NumPy generator.
    Returns a float array (depth,): the standard deviation of each layer's output after its
    activation, over all 100 examples and all units; first layer first.
    """
    ### BEGIN SOLUTION
    x = rng.normal(size=(100, width))
    stds = []
    for _ in range(depth):
        W = rng.normal(0, math.sqrt(scale / width), (width, width))
        x = activate(x @ W, act)  # (100, width)
        stds.append(x.std())
    return np.array(stds)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** on the left a fan. Each line is another ReLU network; there are five for
# each scale. Only scale 2 stays level. The others are straight lines on this axis, because each layer
# multiplies by the same factor. Lines of one scale spread a little, since 200 units are not
# infinitely many. On the right are other activations, each at scale 1 and at scale 2. A linear layer
# needs scale 1, tanh limits itself, and GELU lets less through than ReLU: at scale 2 the signal
# fades slowly, at scale 1 fast.

# %% tags=["picture"]
show.forward(propagate)

# %% [markdown]
# ## N.4 Twenty layers back
#
# Learning needs the way back as well. With $x$ as a row, $z = xW$ and $y = \varphi(z)$, the chain
# rule turns the gradient $dy$ of a loss with respect to the output into the gradient with respect to
# the input:
#
# $$dx = \big(dy \odot \varphi'(z)\big)\,W^{\mathsf T}$$
#
# where $\odot$ multiplies entry by entry. One entry of $dx$ is a sum again. But now it has as many
# terms as the input number has outputs: **fan_out** instead of fan_in. A ReLU's slope is 1 for half
# of the units and 0 for the other half, so the mean square is halved once more, and the gradient
# keeps its size if the variance of the weights is $2/\text{fan\_out}$.
#
# You cannot have both unless fan_in and fan_out are equal. Xavier Glorot and Yoshua Bengio (2010)
# took a value between the two for tanh. Near 0, tanh is a line of slope 1 and halves nothing, so
# forwards 1/fan_in would be right and backwards 1/fan_out, and between them lies
# $2/(\text{fan\_in} + \text{fan\_out})$. He and colleagues observed that for ReLU either is good
# enough: with $2/\text{fan\_in}$ a layer multiplies the gradient's mean square by fan_out/fan_in, and
# over many layers that cancels, since the outputs of one are the inputs of the next. What is left is
# the width of the last layer over the width of the first.
#
# **By hand.** One example, three inputs, two ReLU units:
#
# $$dy = (1, 2),\qquad z = (3, -1),\qquad W=\begin{pmatrix}2&5\\-1&4\\3&6\end{pmatrix}.$$
#
# The second unit is off, so $dy\odot\varphi'(z) = (1, 0)$, and $dx$ is the first column of $W$:
# $(2, -1, 3)$.
#
# **Measure it.** `back_step` is one step back. In `grad_propagate` a batch of 100 examples of
# standard normal numbers goes forward first, through layers without biases whose weights are normal
# with mean 0 and variance **`scale / fan_out`**. Then a gradient of standard normal numbers, of the
# output's shape, goes back by your `back_step`. Record the standard deviation of the gradient, over
# all its numbers, after each layer: **nearest to the output first**. `width` is a whole number for
# equal layers, or a list of `depth + 1` widths, from the input's to the output's: `[300, 500, 300]`
# are two layers, with kernels $(300, 500)$ and $(500, 300)$. Use `activate(z, act)` and
# `slope(z, act)` from the first cell.


# %% exercise="grad_propagate"
def grad_propagate(depth, width, act, scale, rng):
    """How large the gradient is after each layer on its way back.

    depth: a whole number; width: a whole number, or a list of depth + 1 of them, input first;
    act: "linear", "relu", "tanh" or "gelu"; scale: the variance of the weights, times their
    fan-out; rng: a NumPy generator.
    Returns a float array (depth,): the standard deviation of the gradient with respect to each
    layer's input, over all 100 examples and all units; the layer nearest to the output first.
    """
    ### BEGIN SOLUTION
    widths = [width] * (depth + 1) if np.ndim(width) == 0 else list(width)
    x = rng.normal(size=(100, widths[0]))
    passed = []
    for layer in range(depth):
        fan_in, fan_out = widths[layer], widths[layer + 1]
        W = rng.normal(0, math.sqrt(scale / fan_out), (fan_in, fan_out))
        z = x @ W
        x = activate(z, act)
        passed.append((z, W))
    g = rng.normal(size=x.shape)
    stds = []
    for z, W in reversed(passed):
        g = back_step(g, z, W, act)
        stds.append(g.std())
    return np.array(stds)
    ### END SOLUTION


def back_step(dy, z, w, act):
    """The gradient with respect to a dense layer's input.

    dy: (N, m), with respect to its output; z: (N, m), its sums before the activation; w: (n, m),
    its kernel; act: as above. Returns a float array (N, n).
    """
    ### BEGIN SOLUTION
    return (np.asarray(dy, dtype=float) * slope(z, act)) @ np.asarray(w, dtype=float).T
    ### END SOLUTION


# %% [markdown]
# **What you should see:** on the left the fan once more, for gradients, from the layer nearest to
# the output to the one nearest to the input. On the right is a ReLU network with layers of 100 and
# 400 units by turns. With weights of variance 2/fan_out the line is level, apart from chance; with
# 2/fan_in it jumps up and down by a factor of two, and *does not drift* either.

# %% tags=["picture"]
show.backward(grad_propagate, back_step)

# %% [markdown]
# ## N.5 A smooth rectifier
#
# ReLU has a kink and a flat half. The **GELU** of Dan Hendrycks and Kevin Gimpel (2016), the usual
# activation of transformers, is a smooth relative: it multiplies a number by the probability that a
# standard normal number is smaller,
#
# $$\operatorname{gelu}(x) = x\,\Phi(x),\qquad \Phi(x) = \tfrac12\Big(1 + \operatorname{erf}\frac{x}{\sqrt2}\Big).$$
#
# The error function erf used to be expensive, so a second form is in use as well:
#
# $$\operatorname{gelu\_tanh}(x) = \tfrac12\,x\,\Big(1 + \tanh\!\big(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\big)\Big).$$
#
# They are close and not equal. `keras.activations.gelu` computes the exact one unless you say
# `approximate=True`; weights that were trained with one should be used with the same.
#
# For the slope you need $\varphi(x) = e^{-x^2/2}/\sqrt{2\pi}$, the normal density, which is the
# slope of $\Phi$. (It is not the activation $\varphi$ of N.3; the letter is taken twice.) By the
# product rule
#
# $$\operatorname{gelu}'(x) = \Phi(x) + x\,\varphi(x).$$
#
# **By hand.** $\Phi(1) = 0.841345$ and $\varphi(1) = 0.241971$. So
# $\operatorname{gelu}(1) = 0.841345$, $\operatorname{gelu}(-1) = -(1 - 0.841345) = -0.158655$, and
# the slopes there are $0.841345 + 0.241971 = 1.083316$ and $0.158655 - 0.241971 = -0.083316$: yes,
# negative. $\operatorname{gelu\_tanh}(1) = 0.841192$ differs in the fourth decimal.
#
# **A tool.** NumPy has no erf. Python has: `math.erf` takes one number at a time, and
# `np.vectorize(math.erf)` takes arrays. If SciPy happens to be installed, `scipy.special.erf` does
# so faster; nablab does not need it.


# %% exercise="gelu"
def gelu(x):
    """The exact GELU, x Φ(x). x: a number or an array, of floats or whole numbers. Returns floats
    of the same shape."""
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    return x * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2))) / 2
    ### END SOLUTION


def gelu_tanh(x):
    """The form of GELU with tanh. x: as in gelu."""
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    ### END SOLUTION


def gelu_grad(x):
    """The slope of the exact GELU. x: as in gelu."""
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    below = (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2))) / 2
    return below + x * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** left, GELU beside ReLU: the same far out, and with a dip to $-0.17$ on
# the negative side. In the middle is its slope, which overshoots 1 and falls below 0. Right, the
# difference between the two forms, in ten-thousandths: never as much as 5.

# %% tags=["picture"]
show.gelus(gelu, gelu_tanh, gelu_grad)

# %% [markdown]
# ## N.6 Units that never fire
#
# A ReLU has a price. If a unit's sum is negative for *every* example, its output is 0, its slope is
# 0, and no gradient comes through: its weights do not move any more. Unless the layers before it
# happen to change what it reads, it stays at 0 for good. Such a unit is **dead**. How many dead units
# does a network have?
#
# A unit is dead *on a batch* if its output is 0 for all examples in it. For a convolution a unit is
# a **channel**, dead if it is 0 at all places of all examples. The fraction of a layer is the
# number of its dead units over the number of its units.
#
# **By hand.** Four ReLU units on three examples:
#
# | | A | B | C | D |
# |---|---|---|---|---|
# | example 0 | 0.2 | 0 | 0 | 1.5 |
# | example 1 | 0 | 0 | 3.0 | 0.1 |
# | example 2 | 0 | 0 | 0 | 0.7 |
#
# Only B is dead: $1/4$. A and C are 0 most of the time, but alive.
#
# Report each layer whose output is that of a ReLU, in the model's order. There are two ways to
# write one. It may be an argument, `Dense(64, activation="relu")` (or `Activation("relu")`); then
# `layer.activation` is `keras.activations.relu`. Or it is a separate layer, `keras.layers.ReLU()`.
# Leave all other layers out: a layer of logits has no dead units.


# %% exercise="dead_fraction"
def dead_fraction(model, x):
    """The fraction of dead units in each ReLU layer.

    model: a built Keras model, sequential or functional, not nested; x: a batch of its inputs, an
    array.
    Returns a list of floats, one for each layer whose output is a ReLU's, in the order of
    model.layers.
    """
    ### BEGIN SOLUTION
    fractions = []
    for layer in model.layers:
        argument = getattr(layer, "activation", None) is keras.activations.relu
        if argument or isinstance(layer, keras.layers.ReLU):
            out = keras.ops.convert_to_numpy(keras.Model(model.inputs[0], layer.output)(x))
            largest = out.reshape(-1, out.shape[-1]).max(axis=0)  # (units,)
            fractions.append(float(np.mean(largest == 0)))
    return fractions
    ### END SOLUTION


# %% [markdown]
# **What you should see:** a network of three hidden ReLU layers, before training and after five
# epochs on the digits with plain gradient descent, at three learning rates. Steps that are too
# large throw units to where no example reaches them, and few come back. With rate 1 the third layer
# is dead, or almost: the network gives every image (almost) the same answer, and no gradient, or
# hardly any, is left to change that.

# %% tags=["picture"]
show.dead_units(DIGITS, LABELS, dead_fraction)

# %% [markdown]
# ## N.7 Why not start at zero?
#
# If the size of the first weights causes such trouble, why not set them all to 0? Or all to 0.5?
#
# Take a small network with $K$ hidden tanh units, no biases and one output,
#
# $$h = \tanh(xW_1),\qquad \hat y = h\,w_2,\qquad L = \frac1{2N}\sum_{i=1}^N(\hat y_i - y_i)^2,$$
#
# with $x$ of shape $(N, D)$, $W_1$ of shape $(D, K)$ and $w_2$ of shape $(K,)$. With the errors
# $e = \hat y - y$ the gradients are
#
# $$dw_2 = \frac1N\,h^{\mathsf T}e,\qquad dW_1 = \frac1N\,x^{\mathsf T}\big(e\,w_2^{\mathsf T}\odot(1-h^2)\big).$$
#
# Column $k$ of $dW_1$ depends on unit $k$ only through its own $h_k$ and its own $w_2[k]$. If two
# units begin with equal weights, they have equal gradients, take equal steps, and stay equal for
# ever. They do the work of one. And if everything is 0, then $h = 0$ and $w_2 = 0$, so both
# gradients are 0: nothing moves at all. **Random numbers break this symmetry**; that, and not only
# their size, is what they are for.
#
# **By hand.** One example $x = (1)$, $y = 1$, two units, $W_1 = (0\;\;0)$, $w_2 = (1, 2)$. Then
# $h = (0, 0)$, $\hat y = 0$ and $e = -1$. So $dw_2 = (0, 0)$ and $dW_1 = -1\cdot(1, 2)$. One step
# with rate 0.1 leads to $W_1 = (0.1\;\;0.2)$ and leaves $w_2$ as it was. Both gradients are taken
# *before* either of the weights changes.
#
# **Count.** A unit is its $D$ incoming weights and its outgoing one. Two units are the same if none
# of these $D + 1$ numbers differs by more than $10^{-6}$: after many steps equal units may differ in
# their last bits.
#
# **The experiment.** `break_symmetry` uses the data `WAVE_X, WAVE_Y` of the next cell: 41 points of
# a curve, each with its place and a 1 as inputs. All weights start at 0 for `"zeros"`, at 0.5 for
# `"constant"`, and as normal numbers of standard deviation 0.5 from `np.random.default_rng(seed)`
# for `"random"`, $W_1$ first and then $w_2$ (the count does not depend on the order). Train 500
# steps with rate 0.1 and count the units.

# %% tags=["setup"]
place = np.linspace(-2, 2, 41)
WAVE_X = np.stack([place, np.ones(41)], axis=1)  # (41, 2)
WAVE_Y = np.sin(2 * place) + 0.5 * place  # (41,)


# %% exercise="break_symmetry"
def break_symmetry(init="random", width=8, seed=0):
    """How many distinct hidden units there are after training.

    init: "zeros", "constant" or "random"; width: how many hidden units; seed: for the draws.
    Returns a whole number. Uses your train_net and distinct_units.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    D = WAVE_X.shape[1]
    if init == "random":
        w1, w2 = rng.normal(0, 0.5, (D, width)), rng.normal(0, 0.5, width)
    else:
        value = {"zeros": 0.0, "constant": 0.5}[init]
        w1, w2 = np.full((D, width), value), np.full(width, value)
    return distinct_units(*train_net(WAVE_X, WAVE_Y, w1, w2, 0.1, 500))
    ### END SOLUTION


def train_net(x, y, w1, w2, lr, steps):
    """Gradient descent on all examples at once.

    x: (N, D), y: (N,); w1: (D, K), w2: (K,), the weights to start from; lr: the learning rate;
    steps: how many. Returns the new w1 and w2, and leaves those it was given as they are.
    """
    ### BEGIN SOLUTION
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    w1, w2 = np.array(w1, dtype=float), np.array(w2, dtype=float)
    for _ in range(steps):
        h = np.tanh(x @ w1)  # (N, K)
        e = h @ w2 - y  # (N,)
        dw2 = h.T @ e / len(x)
        dw1 = x.T @ (np.outer(e, w2) * (1 - h**2)) / len(x)  # (D, K)
        w1, w2 = w1 - lr * dw1, w2 - lr * dw2
    return w1, w2
    ### END SOLUTION


def distinct_units(w1, w2):
    """How many of the K units with incoming weights w1 (D, K) and outgoing ones w2 (K,) differ
    from each other by more than 1e-6 in some weight. Returns a whole number."""
    ### BEGIN SOLUTION
    units = np.vstack([w1, w2]).T  # (K, D + 1)
    found = []
    for unit in units:
        if all(np.abs(unit - other).max() > 1e-6 for other in found):
            found.append(unit)
    return len(found)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** above, the curve and what each network has learned of it; below, the path
# of each unit's two incoming weights during training, from the small dot to the large one. On the
# left nothing moves. In the middle eight units walk as one. On the right they go their own ways, and
# only there does the network come close to the curve.

# %% tags=["picture"]
show.symmetry(WAVE_X, WAVE_Y, train_net, distinct_units)

# %% [markdown]
# ## N.8 Let the data set the scale
#
# Formulas assume much: independent inputs, a known activation, no pooling, no skip connection.
# Dmytro Mishkin and Jiri Matas (*All You Need Is a Good Init*, 2016) measure instead. Layer by
# layer, from the first to the last, they send a batch of data through, take the standard deviation
# of the layer's sums, and divide its kernel by that. They call it **LSUV**, layer-sequential
# unit-variance initialisation. (They begin with orthogonal kernels; you take the kernels as they
# are, and only scale them.)
#
# For each layer with a `kernel` (dense layers and convolutions), in the order of the model:
#
# 1. Compute what the layer reads on the batch $x$, with all earlier layers already done.
# 2. Compute its output **before its activation**, $z$, and the standard deviation $s$ of all its
#    numbers: all examples, places and units together.
# 3. If $s$ is within 0.01 of 1, the layer is done. Otherwise replace the kernel $W$ by $W/s$ and
#    measure again; give up after 20 rounds.
#
# Why again? Without biases once is enough: $z$ is then proportional to $W$. But a bias is **not**
# scaled, and with the same bias $W/s$ does not give $z/s$.
#
# **By hand.** One unit, two examples, $W = 4$, inputs $-1$ and $1$. Then $z = (-4, 4)$ and $s = 4$,
# so $W$ becomes 1 and $z = (-1, 1)$. With a bias of 10 it is $z = (6, 14)$ and again $s = 4$: one
# unit's bias moves the mean and not the spread. Two units with biases 1 and $-1$ and the same
# weight: $z = (-3, 5)$ and $(-5, 3)$, all four together have the mean 0 and the mean square
# $(9 + 25 + 25 + 9)/4 = 17$, so $s = \sqrt{17} \approx 4.12$. $W/s = 0.970$ gives the mean square
# $0.970^2 + 1 = 1.94$ and $s = 1.39$: not done, and each further round helps less, since these
# biases alone have $s = 1$ already. With the small biases of a fresh network two or three rounds are
# enough.
#
# **How to measure before the activation.** `keras.Model(model.inputs[0], layer.input)` computes what
# a layer reads; for that the model has to be functional, or sequential and built. An activation is an
# attribute like any other: set `layer.activation = keras.activations.linear`, call `layer(...)`,
# and **put the old one back**.


# %% exercise="lsuv"
def lsuv(model, x):
    """Scale the kernels of a model, layer by layer, until each layer's sums have deviation 1.

    model: a built Keras model, sequential or functional, not nested, no layer used twice;
    x: a batch of its inputs, an array.
    Changes the kernels of the layers that have one, in place, and nothing else. Returns the model.
    """
    ### BEGIN SOLUTION
    for layer in model.layers:
        if not hasattr(layer, "kernel"):
            continue
        seen = keras.Model(model.inputs[0], layer.input)(x)
        for _ in range(20):
            activation, layer.activation = layer.activation, keras.activations.linear
            s = float(np.std(keras.ops.convert_to_numpy(layer(seen))))
            layer.activation = activation
            if abs(s - 1) < 0.01:
                break
            layer.kernel.assign(layer.kernel / s)
    return model
    ### END SOLUTION


# %% [markdown]
# **What you should see:** the sums of five layers of a small ConvNet on a hundred digits. Above, as
# Keras starts it by default, but with weights divided by four to make it worse; below, after your
# `lsuv`. Above, the histograms shrink to a line; below, they are equally wide in every layer.

# %% tags=["picture"]
keras.utils.set_random_seed(1)
small = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(10),
    ]
)
small.set_weights([weight / 4 for weight in small.get_weights()])
show.before_and_after(small, DIGITS[:100].reshape(-1, 8, 8, 1), lsuv)

# %% [markdown]
# ## Does it matter?
#
# Here is the whole lab in one run: twenty hidden layers of 64 ReLU units, trained on the digits by
# plain gradient descent with rate 0.02, three times: once as Keras starts it by default (Glorot
# uniform: with equal widths that is scale 1), once with `kernel_initializer="he_normal"`, and once
# from the default after your `lsuv`. *Which of them will learn?* The dashed line is
# $\ln 10 \approx 2.30$, the loss of a network that gives every digit the same probability. It takes
# about 10 seconds.

# %% tags=["picture"]
show.three_trainings(DIGITS, LABELS, lsuv)

# %% [markdown]
# In twelve epochs the default hardly leaves the dashed line. Its signal has shrunk to a thousandth
# on the way up, its gradient on the way down, and a step of gradient descent is as small as its
# gradient. Do not conclude that this network *cannot* be trained from there: with more epochs or a
# higher rate it does start to learn, and Adam, which divides by the gradient's size (Lab
# {optimisers}), gets it going at once, if more slowly than from He's start. With normalisation
# layers and skip connections (Lab {normalisation}) a bad start does much less harm. They are, after
# all, other answers to the question of this lab.
#
# ## What you have built
#
# * **fan_in** counts the terms of a forward sum, **fan_out** those of a backward one. A
#   convolution's window multiplies both.
# * A ReLU layer multiplies the mean square by
#   $\tfrac12\cdot\text{fan\_in}\cdot\operatorname{Var}W$: a variance of **2/fan_in** keeps the size
#   of the signal, **2/fan_out** that of the gradient, and either is good enough.
# * Keras's `Dense` and `Conv2D` start with **Glorot uniform**. For deep ReLU networks ask for
#   `"he_normal"`; it is a *truncated* normal distribution of the right deviation.
# * **GELU** is $x\,\Phi(x)$, and Keras computes exactly that.
# * A ReLU unit that is 0 on all examples is **dead**. Equal units stay equal, so weights must start
#   **random**.
# * **LSUV** measures instead of assuming.
#
# **Where this goes next.** Lab {optimisers} is about the steps themselves: momentum, Adam and learning rates.
#
# ## Read on
#
# * X. Glorot, Y. Bengio, *Understanding the Difficulty of Training Deep Feedforward Neural
#   Networks*, 2010.
# * K. He, X. Zhang, S. Ren, J. Sun, *Delving Deep into Rectifiers: Surpassing Human-Level
#   Performance on ImageNet Classification*, 2015.
# * D. Mishkin, J. Matas, *All You Need Is a Good Init*, 2016.
# * D. Hendrycks, K. Gimpel, *Gaussian Error Linear Units (GELUs)*, 2016.
# * B. Poole and others, *Exponential Expressivity in Deep Neural Networks through Transient Chaos*,
#   2016: what happens to a signal in a network that is infinitely wide.
