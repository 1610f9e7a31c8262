# %% [markdown]
# # A first ConvNet
#
# Somebody scans forms on which people wrote a digit into a large empty field: one in the corner,
# one in the middle, one at the lower edge. You train a net on 2,000 of them, it learns, and on new
# fields it is wrong about three times out of four. You take another net, with *the same number of
# parameters*, and it reads about three out of four right.
#
# In this lab you build both nets and let them race. Then you look at what the winner can and cannot
# do with a digit that moves, and at the trouble that both are in as soon as there are few data:
# they learn their examples by heart. Dropout and augmentation are two ways against it. You write
# both, and measure what they do.
#
# **You need** NumPy, and the convolution and pooling of Lab {filters}. Keras comes along as you go: what
# you need of it is in the text. **It takes** about 90 minutes.
#
# **How it works.** Fill in a cell that says `YOUR CODE HERE`, run it, then run the check below it.
# `hint("N.1")` gives a hint; ask again for a stronger one. Before each exercise there is a question
# to bet on. It earns no points: you learn more from a run when you have guessed first. Some cells
# train nets and take up to half a minute; the last picture takes up to a minute on a slow machine.

# %% tags=["setup"]
from functools import cache

import numpy as np

from nablab import check, data, hint, predict, quiet
from nablab.show import convnet as show

with quiet():  # without TensorFlow's log
    import keras


def load_digits(seed, train=2000, test=500, centred=False):
    """Digits on empty fields of 20×20 pixels: (x_train, y_train), (x_test, y_test).

    x: (N, 20, 20, 1), 0 for background to 1 for ink; y: (N,), whole numbers 0 to 9.
    Each digit lies at a random place, or in the middle of its field if centred. No digit of the
    training part is in the test part. The same seed gives the same fields.
    """
    return data.placed_digits(20, train, test, seed, centred=centred)


# %% [markdown]
# ## The data
#
# Every field has 20×20 pixels, and a digit of 8×8 pixels lies somewhere on it. Why not in the
# middle, as in most examples? Because then there is nothing to show: on centred digits a net
# without any convolution reads as well as one with them (you can run that race yourself after
# N.3). It is the *place* that makes the difference.
#
# **What you should see:** twelve fields, each with its label. The digit is the only bright thing on
# it, and the digits lie all over the place.

# %% tags=["picture"]
(x_some, y_some), _ = load_digits(seed=0, train=12, test=1)
show.fields(x_some, y_some)

# %% [markdown]
# ## N.1 LeNet
#
# In 1998 Yann LeCun, Léon Bottou, Yoshua Bengio and Patrick Haffner described a net that read the
# amounts on bank cheques: *Gradient-Based Learning Applied to Document Recognition*. Its plan is
# still that of most ConvNets: convolutions find pieces, pooling forgets where exactly they were, and
# dense layers decide. This is LeNet as it is built today, with ReLU instead of tanh and the maximum
# instead of the mean:
#
# | | layer | its output, for a field (20, 20, 1) |
# |---|---|---|
# | 1 | convolution, 6 filters of 5×5, padding `"same"`, ReLU | (20, 20, 6) |
# | 2 | max-pooling, 2×2, stride 2 | (10, 10, 6) |
# | 3 | convolution, 16 filters of 5×5, padding `"valid"`, ReLU | (6, 6, 16) |
# | 4 | max-pooling, 2×2, stride 2 | (3, 3, 16) |
# | 5 | flatten | (144,) |
# | 6 | dense, 120 units, ReLU | (120,) |
# | 7 | dense, 84 units, ReLU | (84,) |
# | 8 | dense, one unit for each class, **no activation** | (10,) |
#
# `"same"` keeps rows and columns by a border of zeros; `"valid"` takes only places where the whole
# filter fits. Pooling takes whole windows only: of an odd number of rows or columns the last one is
# dropped. So an image needs at least 12 rows and columns: of 12, lines 1 to 4 leave 12, 6, 2 and 1;
# of 11, nothing. All layers have biases, and strides of 1 except in pooling. The numbers that come
# out are **logits** $z_k$: any real numbers, the largest at the class that the net believes in. They
# are not probabilities; the loss will make those, $p_k = e^{z_k} / \sum_j e^{z_j}$.
#
# **In Keras** a model is a list of layers. Begin it with `keras.Input`: a model that does not know
# the shape of its images has no weights yet, and is refused. This one has nothing to do with LeNet:
#
# ```python
# model = keras.Sequential([
#     keras.Input((6, 6, 1)),                                          # without the batch
#     keras.layers.Conv2D(2, 3, padding="valid", activation="relu"),   # 2 filters of 3×3
#     keras.layers.AveragePooling2D(2),                                # 2×2, stride 2
#     keras.layers.Flatten(),
#     keras.layers.Dense(3),                                           # no activation
# ])
# ```
#
# **By hand.** Count that one's parameters. The convolution has 2 filters of $3\cdot3\cdot1$ weights
# and 2 biases: 20. Its maps are 4×4, pooled 2×2, so flatten gives $2\cdot2\cdot2 = 8$ numbers, and
# the dense layer has $8\cdot3+3 = 27$. Together 47. LeNet on fields of 20×20 has 30,986.


# %% exercise="build_lenet"
def build_lenet(input_shape, n_classes):
    """LeNet: the eight layers of the table, untrained and not compiled.

    input_shape: (H, W, C), without the batch, H and W at least 12; n_classes: a whole number.
    Returns a keras.Model from images (N, H, W, C) to logits (N, n_classes).
    """
    ### BEGIN SOLUTION
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Conv2D(6, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, padding="valid", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(120, activation="relu"),
            layers.Dense(84, activation="relu"),
            layers.Dense(n_classes),
        ]
    )
    ### END SOLUTION


# %% [markdown]
# For fields of 20×20 the five layers with weights have
#
# $$\underbrace{5{\cdot}5{\cdot}1{\cdot}6+6}_{156}+\underbrace{5{\cdot}5{\cdot}6{\cdot}16+16}_{2416}
# +\underbrace{144{\cdot}120+120}_{17{,}400}+\underbrace{120{\cdot}84+84}_{10{,}164}
# +\underbrace{84{\cdot}10+10}_{850} = 30{,}986.$$
#
# **What you should see:** the maps get smaller and more numerous from left to right. The bars below
# say where the parameters are: more than half in the first dense layer, and less than a tenth in
# both convolutions together.

# %% tags=["picture"]
show.architecture(build_lenet, (20, 20, 1), 10)

# %% [markdown]
# ## N.2 A dense twin of the same size
#
# A race is fair only if nobody has more parameters. So you need a net *without* convolutions that
# has about as many as LeNet: flatten, at least one hidden dense layer with ReLU, and a dense layer
# without activation for the logits. One hidden layer of $h$ units is enough. With $D = H W C$ numbers
# in an image and $n$ classes it has
#
# $$P(h) \;=\; \underbrace{D\,h + h}_{\text{into the hidden layer}} \;+\; \underbrace{h\,n + n}_{\text{out of it}} \;=\; h\,(D + n + 1) + n$$
#
# parameters. Choose $h$ so that $P(h)$ comes as near as it can to a given **budget**; **within 2 %**
# is enough. You are asked only for budgets that one hidden layer can meet that closely.
#
# **By hand.** Images of (2, 3, 1) have $D = 6$ numbers; let there be $n = 3$ classes. Then
# $P(h) = 10h + 3$. For a budget of 104, $h = 10$ gives 103, and $h = 11$ gives 113: take 10.
#
# `Dense` wants its number of units as a Python `int`. `np.prod` gives a NumPy number: put `int(...)`
# around it.


# %% exercise="build_dense_twin"
def build_dense_twin(input_shape, n_classes, budget):
    """A dense net with about `budget` parameters: at most 2 % more or less.

    input_shape: (H, W, C); n_classes, budget: whole numbers.
    Returns a keras.Model from images (N, H, W, C) to logits (N, n_classes): flatten, one hidden
    dense layer or more with ReLU, and a dense layer without activation; all with biases.
    """
    ### BEGIN SOLUTION
    D = int(np.prod(input_shape))
    h = max(1, round((budget - n_classes) / (D + n_classes + 1)))
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(h, activation="relu"),
            keras.layers.Dense(n_classes),
        ]
    )
    ### END SOLUTION


# %% [markdown]
# ## N.3 A fair race
#
# **Training in Keras** takes two calls. `compile` says how to learn, and `fit` learns. After that the
# model, called like a function, gives the logits of new images:
#
# ```python
# model.compile(
#     optimizer=keras.optimizers.Adam(0.002),
#     loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
# )
# model.fit(x_train, y_train, batch_size=32, epochs=6, verbose=0)
# logits = keras.ops.convert_to_numpy(model(x_test))      # (N, n_classes), now an array
# ```
#
# *Sparse* says that the labels are whole numbers; `from_logits=True` that the net ends without a
# softmax; without it Keras takes your logits for probabilities. The optimiser Adam is the subject of
# Lab {optimisers}; 0.002 is the size of its steps. An **epoch** is once through all training images, in a new
# order each time, in steps of one batch of 32. (For more images than fit into memory at once there
# is `model.predict(x, verbose=0)`, which takes them in batches.) Pass the arguments by name, as here.
#
# The **accuracy** is the share of images whose largest logit is at the right label:
#
# $$\text{accuracy} = \frac1N \sum_{i=1}^{N} \big[\operatorname{argmax}_k z_{ik} = y_i\big].$$
#
# **By hand.** Logits $(2, 5, -1)$, $(0, -3, -1)$, $(-4, -2, -3)$ and labels $1, 2, 1$: the largest
# are at 1, 0 and 1, so two of three are right. Note that a largest logit may be negative.
#
# Now the race. Train LeNet on the *training* part, exactly as above; train a dense twin with
# LeNet's `count_params()` as its budget in just the same way; and report what both read right of the
# *test* part. Call `keras.utils.set_random_seed(seed)` before you build, so that a run can be
# repeated; once for both nets or before each of them, as you like.
#
# **How it is checked.** `check` lets your nets race on a few hundred prepared images that are so easy
# that the right accuracies are known beforehand. The digits follow in the cell after it.


# %% exercise="compare"
def compare(seed, parts=None):
    """Trains LeNet and a dense twin of its size alike, and tests both.

    seed: a whole number, for the data, the initial weights and the order of the images.
    parts: the data, ((x_train, y_train), (x_test, y_test)), x of any (N, H, W, C), 10 classes;
        load_digits(seed) if None.
    Returns a dict: "acc_dense" and "acc_conv", the accuracies on the test part, 0 to 1, and
    "params_dense" and "params_conv", the numbers of parameters.
    """
    ### BEGIN SOLUTION
    (x_train, y_train), (x_test, y_test) = load_digits(seed) if parts is None else parts
    keras.utils.set_random_seed(seed)
    shape = x_train.shape[1:]
    conv = build_lenet(shape, 10)
    dense = build_dense_twin(shape, 10, conv.count_params())

    def accuracy(model):
        model.compile(
            optimizer=keras.optimizers.Adam(0.002),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )
        model.fit(x_train, y_train, batch_size=32, epochs=6, verbose=0)
        logits = keras.ops.convert_to_numpy(model(x_test))
        return float(np.mean(logits.argmax(axis=1) == y_test))

    return {
        "acc_dense": accuracy(dense),
        "acc_conv": accuracy(conv),
        "params_dense": dense.count_params(),
        "params_conv": conv.count_params(),
    }
    ### END SOLUTION


# %% [markdown]
# **What you should see:** LeNet far above its twin at the same number of parameters. The other points
# are dense nets of other sizes: they gain with size, and with ten times as many parameters as LeNet
# they are still far below it. What the dense net lacks is not size. (This cell trains five nets.)


# %% tags=["picture"]
def dense_accuracy(budget, seed=0):
    """The accuracy of a dense net of another size, trained in the same way."""
    (x_train, y_train), (x_test, y_test) = load_digits(seed)
    keras.utils.set_random_seed(seed)
    model = build_dense_twin((20, 20, 1), 10, budget)
    model.compile(
        optimizer=keras.optimizers.Adam(0.002),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(x_train, y_train, batch_size=32, epochs=6, verbose=0)
    logits = keras.ops.convert_to_numpy(model(x_test))
    return model.count_params(), np.mean(logits.argmax(axis=1) == y_test)


show.race(compare, dense_accuracy, budgets=(10_000, 100_000, 300_000))

# %% [markdown]
# Try it on centred digits, `compare(0, load_digits(0, centred=True))`: there the twin is as good as
# LeNet. A convolution is not magic. It is an *assumption*, that a piece means the same
# wherever it lies, built into the net. Where that does not help, the convolution does not either.
#
# ## N.4 What a shift does
#
# So is LeNet blind to where a digit lies? It is often said. Measure it: train on digits in the
# middle, test on digits that are moved.
#
# Let $x$ be images $(N, H, W, C)$, with $f$ for one of their $C$ channels. Moved by $s$ pixels **to
# the right** they are
#
# $$x'[n, r, c, f] = \begin{cases} x[n, r, c - s, f] & \text{if } 0 \le c - s < W,\\ 0 & \text{else (background)}\end{cases}$$
#
# so that a negative $s$ moves to the left. What leaves the field is gone: it does *not* come in again
# on the other side, as it would with `np.roll`.
#
# **By hand.** The row $(1, 2, 3, 4)$ moved by 1 is $(0, 1, 2, 3)$; moved by $-2$ it is $(3, 4, 0, 0)$;
# moved by 4, or by 7, there is only background.
#
# The accuracy of a model on images that are moved by each of some shifts is its **shift curve**.


# %% exercise="shift_curve"
def shift_curve(model, x, y, shifts):
    """The accuracy of a model on images moved sideways, for each of some shifts.

    model: a keras.Model from (N, H, W, C) to logits (N, n_classes), perhaps not compiled: call it.
    x: (N, H, W, C), y: (N,) labels; shifts: whole numbers of pixels, positive to the right, any
        size. Each is a shift of x itself. Vacated pixels are background, 0.
    Returns a float array (len(shifts),): accuracies from 0 to 1.
    """
    ### BEGIN SOLUTION
    W = x.shape[2]
    curve = []
    for s in shifts:
        moved = np.zeros_like(x)
        if 0 <= s < W:
            moved[:, :, s:] = x[:, :, : W - s]
        elif -W < s < 0:
            moved[:, :, : W + s] = x[:, :, -s:]
        logits = keras.ops.convert_to_numpy(model(moved))
        curve.append(np.mean(logits.argmax(axis=1) == y))
    return np.array(curve)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** two steep hills. In the middle both nets read more than nine in ten. One
# pixel away LeNet has lost nearly half of that, and its twin more than half; two pixels away LeNet
# still reads about a third, and its twin hardly more than chance would, which is 1 in 10. Further out
# LeNet is even *below* chance here and there: it does not guess, it takes the pieces that it finds in
# the wrong places for those of other digits. Its *maps* move along with the digit, but the dense
# layers behind them have a weight for each place. A ConvNet is not blind to where things are: it has
# to be shown, and in N.3 it was, since it was trained on digits everywhere.


# %% tags=["picture"]
def trained_on_centred(seed=0):
    """LeNet and its twin, trained on digits in the middle of the field, and test images of them."""
    (x_train, y_train), test = load_digits(seed, centred=True)
    keras.utils.set_random_seed(seed)
    lenet = build_lenet((20, 20, 1), 10)
    twin = build_dense_twin((20, 20, 1), 10, lenet.count_params())
    for model in (lenet, twin):
        model.compile(
            optimizer=keras.optimizers.Adam(0.002),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )
        model.fit(x_train, y_train, batch_size=32, epochs=6, verbose=0)
    return lenet, twin, test


show.shifts(trained_on_centred, shift_curve, range(-6, 7))

# %% [markdown]
# ## N.5 Three ways to pool
#
# The layer that is meant to forgive small moves is the pooling. Three kinds are in use, each channel by
# itself. With windows of 2×2 pixels that start at every second row and column,
#
# $$\text{max:}\quad y[i,j] = \max_{u,v\in\{0,1\}} x[2i+u,\,2j+v],\qquad
# \text{avg:}\quad y[i,j] = \tfrac14\sum_{u,v\in\{0,1\}} x[2i+u,\,2j+v],$$
#
# where only whole windows count: there are $\lfloor H/2\rfloor$ rows of them and $\lfloor W/2\rfloor$
# columns. And **global** (average) pooling takes *one* mean over all pixels of a map, whatever its
# size. Min Lin, Qiang Chen and Shuicheng Yan put it in place of the dense layers (*Network In
# Network*, 2013), and many nets since have it.
#
# Here you write them in NumPy: Keras, its pooling layers and `keras.ops` are refused in this exercise
# and in the next two. Convert to floats first: bytes (`uint8`) hold 0 to 255, and their sums overflow.
#
# **By hand.** One map of three rows and five columns; the last row and the last column are in no
# window:
#
# $$x=\begin{pmatrix}1&3&-4&-8&9\\5&-1&-2&-2&0\\6&0&7&1&3\end{pmatrix},\qquad
# \text{max: }(5,\,-2),\quad \text{avg: }(2,\,-4),\quad \text{global: }\tfrac{18}{15}=1.2$$


# %% exercise="pool"
def pool(x, kind):
    """Pools images, each channel by itself.

    x: (N, H, W, C), floats, whole numbers or bytes; H and W at least 2.
    kind: "max" or "avg", windows of 2×2 with stride 2, whole windows only: returns floats
        (N, H // 2, W // 2, C); or "global", the mean over all pixels: returns floats (N, C).
    Raises ValueError for any other kind.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    if kind == "global":
        return x.mean(axis=(1, 2))
    if kind not in ("max", "avg"):
        raise ValueError(f'kind is "max", "avg" or "global", not {kind!r}')
    N, H, W, C = x.shape
    h, w = H // 2, W // 2
    windows = x[:, : 2 * h, : 2 * w].reshape(N, h, 2, w, 2, C)
    return windows.max(axis=(2, 4)) if kind == "max" else windows.mean(axis=(2, 4))
    ### END SOLUTION


# %% [markdown]
# **What you should see:** a digit and the same digit one pixel further to the right, each pooled in
# three ways. The pixels change a lot and the pooled maps less: the number below each pair is the
# length of their difference (the root of the sum of its squares), in per cent of the length of the
# upper one. The global mean does not change at all. It cannot tell *where*; and of one map it keeps
# only one number.

# %% tags=["picture"]
(x_one, y_one), _ = load_digits(seed=3, train=1, test=1)
show.pools(x_one[0], pool)

# %% [markdown]
# ## N.6 Dropout
#
# Now to the trouble with few data. Take only 500 training images, train LeNet on them for 28 epochs,
# and watch two numbers: the loss on those images, and the loss on 500 others that the net does not
# learn from. This is LeNet as you built it; the cure comes after the picture.
#
# **What you should see:** after some hesitation the training loss goes down to nearly nothing, as it
# should. The other one goes down with it at first, turns, and *rises*, by jerks: from there on the
# net gets more and more sure of answers that are wrong. The distance between the two curves is the
# **gap**; a wide gap is the sign of **overfitting**.


# %% tags=["picture"]
@cache  # N.7 shows these curves again
def loss_curves(change=None, max_shift=0, max_angle=0, thousands=14, seed=0):
    """LeNet's loss on 500 training images and on 500 others, before training and after each thousand
    images, which are two epochs: each of the 500 twice, every time through `change` if there is one.
    """
    (x_train, y_train), (x_val, y_val) = load_digits(seed, train=500, test=500)
    x_many, y_many = np.concatenate([x_train] * 2), np.concatenate([y_train] * 2)
    rng = np.random.default_rng(seed)
    keras.utils.set_random_seed(seed)
    model = build_lenet((20, 20, 1), 10)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss=loss)
    losses = []
    for number in range(thousands + 1):
        if number:
            x = x_many
            if change is not None:
                x = np.stack([change(image, rng, max_shift, max_angle, False) for image in x])
            model.fit(x, y_many, batch_size=32, verbose=0)
        parts = (x_train, y_train), (x_val, y_val)
        losses.append([float(loss(y, model(x))) for x, y in parts])
    return np.array(losses)  # (thousands + 1, 2)


show.overfitting(loss_curves)

# %% [markdown]
# Geoffrey Hinton's cure (with Nitish Srivastava and others, *Dropout: A Simple Way to Prevent Neural
# Networks from Overfitting*, 2014): in training, switch off units at random, each by itself and anew
# in every step, so that no unit can rely on one other. At **inference**, when the trained net is
# used, all of them work.
#
# Let $r$ be the **rate**, the probability that an entry is *dropped*, $0 \le r < 1$. For each entry
# $i$ of $x$ draw whether it is dropped, independently of all others:
#
# $$m_i = \begin{cases} 0 & \text{with probability } r\\[2pt] \dfrac{1}{1-r} & \text{with probability } 1-r\end{cases}\qquad y_i = m_i\,x_i \quad\text{(training)},\qquad y_i = x_i,\; m_i = 1 \quad\text{(inference)}$$
#
# The survivors are scaled *up*, so that the expectation stays what it was:
# $r\cdot 0 + (1-r)\cdot\frac{x_i}{1-r} = x_i$. That is called *inverted* dropout, and it is what
# Keras does. Beware of older texts: some scale *down* at inference instead, and some use the same
# letter for the probability of **keeping** an entry.
#
# The **mask** $m$ holds the scale, so the backward pass is short: $\dfrac{\partial L}{\partial x_i} = m_i\,\dfrac{\partial L}{\partial y_i}$, with the *same* mask.
#
# **By hand.** Let $r = \tfrac14$ and $x = (3, 6, -9, 12)$, and say the second entry is dropped. Then
# $m = (\tfrac43, 0, \tfrac43, \tfrac43)$ and $y = (4, 0, -12, 16)$. If $\partial L/\partial y = (3, 3, 3, 6)$,
# then $\partial L/\partial x = (4, 0, 4, 8)$.
#
# All random numbers come from `rng`, a NumPy generator: `rng.random(shape)` draws numbers from 0 to 1
# (without 1).


# %% exercise="dropout"
def dropout(x, rate, training, rng):
    """Inverted dropout.

    x: an array of floats of any shape; rate: the probability of dropping an entry, 0 <= rate < 1;
    training: True or False; rng: a numpy.random.Generator, the only source of random numbers.
    Returns (y, mask), both float arrays of the shape of x, with y = x * mask: the mask is 0 or
    1 / (1 - rate) in training, and 1 everywhere at inference.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    mask = (rng.random(x.shape) >= rate) / (1 - rate) if training else np.ones(x.shape)
    return x * mask, mask
    ### END SOLUTION


def dropout_bwd(dout, mask):
    """The gradient of the loss with respect to x, from that with respect to y, and the mask."""
    ### BEGIN SOLUTION
    return np.asarray(dout, dtype=float) * mask
    ### END SOLUTION


# %% [markdown]
# **What you should see:** 100 inputs of 1 go through dropout and are averaged, 2,000 times. The mean of
# such a unit stays at 1 for every rate, and its spread grows with the rate: dropout is noise that is
# right on average.

# %% tags=["picture"]
show.dropped(dropout, rates=(0.1, 0.5, 0.8))

# %% [markdown]
# ## N.7 More data from the same data
#
# The other cure costs nothing but thought. You know that a digit stays the same digit if it is moved
# by a pixel or turned by a few degrees. So show the net each image moved and turned, in a different way
# every time. This is called **augmentation**.
#
# `augment` changes one image $(H, W, 1)$ at random:
#
# * It **moves** it by whole pixels: one draw for rows and one for columns, independent, each uniform
#   on $-\texttt{max\_shift}, \dots, \texttt{max\_shift}$, both ends included.
# * It **turns** it about its centre by an angle uniform between $-\texttt{max\_angle}$ and
#   $\texttt{max\_angle}$ degrees: any number, not whole degrees only.
# * If `flip` is true, it **mirrors** it left to right with probability ½.
#
# In any order; what comes in from outside is background, 0. (Shifts by fractions of a pixel, uniform
# between the same ends, are accepted too.)
#
# Moving pixels *forward* leaves holes. Go backward: ask of every pixel $(r, c)$ of the result where
# it comes from. For a turn by $\theta$ followed by a move of $d$ rows down and $e$ columns to the
# right, with the centre at $(r_0, c_0) = \big(\frac{H-1}{2}, \frac{W-1}{2}\big)$, whole or not:
#
# $$\begin{pmatrix} r_\text{from} \\ c_\text{from}\end{pmatrix} = \begin{pmatrix}\cos\theta & \sin\theta\\ -\sin\theta & \cos\theta\end{pmatrix}\begin{pmatrix} r - d - r_0 \\ c - e - c_0\end{pmatrix} + \begin{pmatrix} r_0 \\ c_0\end{pmatrix}$$
#
# That is seldom a whole pixel. Take the nearest one, or mix the four around it, or draw a smooth curve
# through more of them, as `scipy.ndimage` does: all three are right. (A smooth curve overshoots a
# little at a sharp edge, and that is right too.) For the nearest, round with `np.rint`; `astype(int)`
# alone cuts off. `np.cos` and `np.sin` want radians: `np.deg2rad` converts degrees to them.
# `np.mgrid[:H, :W]` gives all $r$ and $c$ at once. Do without a loop over pixels: N.8 calls your
# function thousands of times.
#
# **By hand.** An image of 3×3, so $r_0 = c_0 = 1$. Only moved, by $d = 0$ and $e = 1$, pixel $(0, 2)$ of the
# result comes from $(0, 1)$, and $(0, 0)$ from $(0, -1)$: background. Only turned, by $\theta = 90°$,
# pixel $(0, 1)$, which is $(-1, 0)$ from the centre, comes from $(0, 1) + (1, 1) = (1, 2)$.
#
# **And the label?** It stays what it was, so a change is allowed only if a person would still read the
# same digit. Set `LABEL_SAFE` to the letters of what is safe for *all* digits: one string, in the
# order of the alphabet, without commas or spaces, in the form `"bd"`:
#
# * a: moves by up to 2 pixels, where nothing leaves the field
# * b: turns by up to 10°
# * c: turns by up to 180°
# * d: mirroring left to right with probability ½


# %% exercise="augment"
def augment(x, rng, max_shift, max_angle, flip):
    """One image, moved, turned and perhaps mirrored at random.

    x: (H, W, 1), floats, 0 for background; rng: a numpy.random.Generator, the only source of
    random numbers; max_shift: pixels, a whole number; max_angle: degrees; flip: True or False.
    Returns a float array (H, W, 1); x itself stays as it is. With 0, 0 and False it equals x.
    """
    ### BEGIN SOLUTION
    H, W, _ = x.shape
    if flip and rng.random() < 0.5:
        x = x[:, ::-1]
    angle = np.deg2rad(rng.uniform(-max_angle, max_angle))
    down, right = rng.integers(-max_shift, max_shift, size=2, endpoint=True)
    r, c = np.mgrid[:H, :W]
    u, v = r - down - (H - 1) / 2, c - right - (W - 1) / 2  # from the centre, (H, W) each
    rows = np.rint(np.cos(angle) * u + np.sin(angle) * v + (H - 1) / 2).astype(int)
    columns = np.rint(-np.sin(angle) * u + np.cos(angle) * v + (W - 1) / 2).astype(int)
    inside = (rows >= 0) & (rows < H) & (columns >= 0) & (columns < W)
    out = np.zeros(x.shape)
    out[inside] = x[rows[inside], columns[inside]]
    return out
    ### END SOLUTION


# The letters of what leaves every digit's label right, in the order of the alphabet.
LABEL_SAFE = "ab"  ### SOLUTION None

# %% [markdown]
# **What you should see:** 36 versions of one field, with the original framed in the upper left. Each
# lies a little elsewhere and leans a little differently, and each is still the same digit. The line
# below them says how much **ink** they hold, that is the sum of their pixels: rounding to whole pixels
# loses a little of it or doubles it.

# %% tags=["picture"]
(x_one, y_one), _ = load_digits(seed=34, train=1, test=1)
show.contact_sheet(x_one[0], augment, max_shift=2, max_angle=10)

# %% [markdown]
# Now the loss curves of N.6 again, on the same 500 images: as they are, with light augmentation
# (2 pixels, 10°) and with heavy augmentation (5 pixels, 30°).
#
# **What you should see:** with augmentation the training loss falls more slowly, since the net never
# sees the same image twice, and the gap is far narrower. More is not better: the heavy one makes
# the task so hard that in the same time the net learns less of it.


# %% tags=["picture"]
show.gaps(loss_curves, {"none": (), "light": (augment, 2, 10), "heavy": (augment, 5, 30)})

# %% [markdown]
# ## N.8 Learning by heart, and how to prevent it
#
# How much is an image worth? Draw a **learning curve**: the accuracy on the test part after learning
# from $n$ images, for several $n$; plain, with augmentation, with dropout.
#
# First `dropout_lenet`: your LeNet with a `keras.layers.Dropout(rate)` right after *each of the two
# hidden dense layers* (lines 6 and 7 of the table), as Alex Krizhevsky and others did in their net of
# 2012. Rate 0 is plain LeNet. Keras uses the layer in `fit` and leaves it out when you call the model.
#
# Then `learning_curve`. For **each** $n$ in the list:
#
# 1. take the **first** $n$ training images and labels, and nothing else of the training part;
# 2. repeat them $\lfloor 6000/n \rfloor$ times, so that every net sees about 6,000 images and few data
#    do not mean a short training. With augmentation every one of the copies goes through
#    `augment(image, rng, 2, 10, False)`, without a flip; make `rng = np.random.default_rng(seed)` once
#    for all $n$ or anew for each;
# 3. call `keras.utils.set_random_seed(seed)`, then build a **new** net, `dropout_lenet` with rate ½
#    if `with_dropout`, else 0, and compile it as in N.3;
# 4. fit it for **one** epoch of batches of 32 on the copies, shuffled, as `fit` does by itself;
# 5. take its accuracy on the test part, **as it is**: nobody augments test data, and no test image is
#    ever learned from.
#
# **By hand.** For $n = 700$ there are $\lfloor 6000/700\rfloor = 8$ copies: 5,600 images, 175 batches.
#
# **How it is checked.** With data that were prepared for it. In some of them only the first $n$
# labels are right, so whoever takes others learns nonsense. In some, part of the *test* labels are
# wrong, so whoever reads them all "right" has learned from the test part. In some, each test image is
# there twenty times, so whoever changes it in the test is found out. With augmentation your net has to
# learn, from ten digits in the middle, to read the same ten where they moved, and to keep left and
# right apart. And in one all 300 labels were drawn at random, after Chiyuan Zhang and others
# (*Understanding deep learning requires rethinking generalization*, 2017): there your nets, with
# dropout and without, are tested on images that they have seen.


# %% exercise="learning_curve"
def dropout_lenet(input_shape, n_classes, rate):
    """LeNet with dropout after each of its two hidden dense layers; not compiled.

    input_shape: (H, W, C); rate: the probability of dropping. Returns a keras.Model to logits.
    """
    ### BEGIN SOLUTION
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Conv2D(6, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, padding="valid", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(120, activation="relu"),
            layers.Dropout(rate),
            layers.Dense(84, activation="relu"),
            layers.Dropout(rate),
            layers.Dense(n_classes),
        ]
    )
    ### END SOLUTION


def learning_curve(n_list, with_aug, with_dropout, seed=0, parts=None):
    """Test accuracies after learning from the first n images, by the five steps above.

    n_list: whole numbers of images, at most 6000 each; with_aug, with_dropout: True or False;
    seed: a whole number; parts: ((x_train, y_train), (x_test, y_test)) with 10 classes,
    load_digits(seed) if None.
    Returns a float array (len(n_list),): accuracies from 0 to 1.
    """
    ### BEGIN SOLUTION
    (x_train, y_train), (x_test, y_test) = load_digits(seed) if parts is None else parts
    rng = np.random.default_rng(seed)
    curve = []
    for n in n_list:
        copies = 6000 // n
        x_many = np.concatenate([x_train[:n]] * copies)
        y_many = np.concatenate([y_train[:n]] * copies)
        if with_aug:
            x_many = np.stack([augment(image, rng, 2, 10, False) for image in x_many])
        keras.utils.set_random_seed(seed)
        net = dropout_lenet(x_train.shape[1:], 10, 0.5 if with_dropout else 0.0)
        net.compile(
            optimizer=keras.optimizers.Adam(0.002),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )
        net.fit(x_many, y_many, batch_size=32, epochs=1, verbose=0)
        logits = keras.ops.convert_to_numpy(net(x_test))
        curve.append(np.mean(logits.argmax(axis=1) == y_test))
    return np.array(curve)
    ### END SOLUTION


# %% [markdown]
# The random labels of the check show what dropout prevents: a plain LeNet gets more than 80 % of them
# right, all by heart; with dropout it gets 70 % at most.
#
# **What you should see:** left, the plain curve rises with $n$: more images are better than any trick.
# Augmentation is ahead where there are few images; at 960 it is not, since the data show the digits
# at many places by then and the harder task would need a longer training. Dropout *costs* here: at
# 960 images the net reads about half of what the plain one reads. With half of its hidden units off
# in each step it learns slowly, and some 180 steps are too few for it. Dropout hinders learning by
# heart, and other learning too; so short a training shows only the second. Each point is one
# training: with another seed it moves, often by a tenth, so small differences mean nothing.
#
# Right, the case for which augmentation is made: 200 digits from the middle of the field to learn
# from, and digits up to 2 pixels away from it to read. What the data do not show, the augmentation
# does.


# %% tags=["picture"]
def centred_then_moved(seed=0):
    """200 digits in the middle of the field, and 400 others that are moved by up to 2 pixels."""
    train, (x_test, y_test) = load_digits(seed, 200, 400, centred=True)
    rng = np.random.default_rng(seed)
    x_test = np.stack(
        [np.roll(image, rng.integers(-2, 3, size=2), axis=(0, 1)) for image in x_test]
    )
    return train, (x_test, y_test)  # nothing wraps around: the digits are far from the edges


show.learning_curves(learning_curve, n_list=(60, 240, 960), seed=1, moved=centred_then_moved())

# %% [markdown]
# ## What you have built
#
# A ConvNet, the fair opponent that shows what its convolutions are worth, and the two most common
# cures for overfitting with the measurements to judge them by. Keep the order: look at the two loss
# curves first, and reach for a cure when there is a gap.
