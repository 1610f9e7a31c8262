# %% [markdown]
# # Adversarial examples and defence
#
# A network that reads 98 of 100 digits right seems to know what digits look like. In this lab you
# take its digits and change every pixel a little, so little that you would not call it another
# digit. The network then reads something else, and it is sure of it.
#
# You begin with the attack that takes one line. Then you find out why it works, make it stronger,
# and choose what the network shall say. After that you change sides: you train a network that
# withstands you, and you unmask one that only seems to.
#
# **You need** NumPy, gradients (Lab {backprop}) and Keras models (Lab {convnet}). **It takes** about
# 90 minutes.
#
# **How it works.** Fill in a cell that says `YOUR CODE HERE`, run it, then run the check below it:
# it tells you what is right and, if something is not, shows you where. `hint("N.1")` gives a hint;
# ask again for a stronger one. Before each exercise there is a question to bet on. It earns no
# points: you learn more from a run when you have guessed first.

# %% tags=["setup"]
from functools import cache

import numpy as np

from nablab import check, data, hint, predict, quiet
from nablab.show import adversarial as show

with quiet():  # without TensorFlow's log
    import keras

    from nablab.autodiff import value_and_gradients

DIGITS, LABELS = data.digits()  # (1797, 8, 8), 0 is paper and 1 is ink; (1797,)
ORDER = np.random.default_rng(0).permutation(len(DIGITS))
X, Y = DIGITS[ORDER, :, :, None].astype("float32"), LABELS[ORDER]
X_TRAIN, Y_TRAIN, X_TEST, Y_TEST = X[397:], Y[397:], X[:397], Y[:397]


def gradient(model, x, y):
    """The slope of the loss in every pixel: ∂L/∂x for each image, with L = −ln p(y).

    model: a Keras model that gives logits; x: (N, ...) images; y: (N,) integer labels.
    Returns a NumPy array of float32 with the shape of x. The model runs as it does when it is used
    (training=False), and nothing in it changes.
    """
    pixels = keras.Variable(np.asarray(x, dtype="float32"))
    labels = keras.ops.convert_to_tensor(np.asarray(y))

    def loss():
        logits = model(pixels, training=False)
        each = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
        return keras.ops.sum(each)  # no image has a part in the loss of another one

    _, (slope,) = value_and_gradients(loss, [pixels])
    return keras.ops.convert_to_numpy(slope)


def accuracy(model, x, y):
    """The share of the images that the model reads right, one float."""
    logits = model(np.asarray(x, dtype="float32"), training=False)
    answers = keras.ops.convert_to_numpy(logits).argmax(axis=1)
    return float(np.mean(answers == np.asarray(y)))


# %% [markdown]
# Two networks for the digits, both of which give ten **logits**: one number for each class, before
# the softmax. In this lab a network's images have pixels from 0, paper, to 1, ink.


# %% tags=["setup"]
def build_cnn():
    """A small convolutional net for digits (8, 8, 1), compiled."""
    layers = keras.layers
    return compiled(
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(10),
    )


def build_mlp():
    """A dense net with one hidden layer for digits (8, 8, 1), compiled."""
    layers = keras.layers
    return compiled(layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10))


def compiled(*layers):
    model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss)
    return model


@cache
def trained(build, seed=0):
    """A net that has learned the 1,400 digits for training. Each is trained only once."""
    keras.utils.set_random_seed(seed)
    model = build()
    model.fit(X_TRAIN, Y_TRAIN, batch_size=50, epochs=15, verbose=0)
    return model


# %% [markdown]
# ## A puzzle to begin with
#
# Four digits, and below them the same four with a faint pattern added. The pattern itself is in the
# middle row, drawn ten times as strong. Below each digit stands what the convolutional net reads.
# *Where did the patterns come from, and why does noise of the same strength not do it?*

# %% tags=["picture"]
show.puzzle(trained(build_cnn), X_TEST, Y_TEST)

# %% [markdown]
# ## N.1 One step up the loss
#
# Training asks how the loss changes with the **weights**, and walks down. Turn the question round:
# keep the weights, ask how the loss changes with the **pixels**, and walk up. That is what the
# function `gradient` above is for: `gradient(model, x, y)` has one slope for each pixel of each
# image.
#
# You are allowed to change every pixel by at most $\varepsilon$. Which change raises the loss most,
# if the slopes stay what they are? A pixel with a positive slope should rise as far as it may, one
# with a negative slope should fall as far as it may; how steep the slope is does not matter. This
# is the **fast gradient sign method** of Goodfellow, Shlens and Szegedy
# ([2015](https://arxiv.org/abs/1412.6572)):
#
# $$x' \;=\; \operatorname{clip}\Big(x + \varepsilon\,\operatorname{sign}\frac{\partial
# L(x,y)}{\partial x},\; 0,\; 1\Big), \qquad L(x, y) = -\ln p(y\mid x).$$
#
# $\operatorname{sign}$ is 1, −1 or, for a slope of exactly 0, 0: such a pixel stays. $y$ is the
# right label, and $\operatorname{clip}$ keeps every pixel between paper and ink.
#
# **By hand.** Three pixels, $x = (0.5,\, 0.95,\, 0.3)$, with the slopes $(0.2,\, 3,\, -0.01)$ and
# $\varepsilon = 0.1$. The step is $(0.1,\, 0.1,\, -0.1)$, and $x' = (0.6,\, 1,\, 0.2)$: the second
# pixel is cut off at 1.


# %% exercise="fgsm"
def fgsm(model, x, y, eps):
    """The images after one step of eps against the model, in every pixel.

    model: a Keras model that gives logits; it stays as it is. x: (N, ...), from 0 to 1, of floats
    or whole numbers, which stays as it is; y: (N,) the right labels, integers; eps: at least 0.
    Returns a NumPy array of floats with the shape of x, from 0 to 1.
    """
    ### BEGIN SOLUTION
    return np.clip(x + eps * np.sign(gradient(model, x, y)), 0, 1)
    ### END SOLUTION


# %% [markdown] discussion="fgsm"
# The sign is what "at most ε in every pixel" makes of the gradient. If the allowed change were "at
# most ε in Euclidean length", the best step would be the gradient itself, scaled to that length. The
# label is the right one, not the model's answer: for images that the model reads wrong anyway the
# two differ, and a step away from the wrong answer may lead back to the right one. A small step
# along the gradient was used before, by Szegedy and others
# ([2013](https://arxiv.org/abs/1312.6199)), who found these examples with a slow optimiser and
# called them adversarial.

# %% [markdown]
# **What you should see:** six test digits, the difference to your `fgsm` times ten, and the changed
# digits with what the net reads. Blue pixels got paler, orange ones darker. Below, the share read
# right by the two nets, clean and changed. The nets lose much more to your step than to random
# steps of the same size, on the right of each pair.

# %% tags=["picture"]
show.one_step(
    {"convolutional": trained(build_cnn), "dense": trained(build_mlp)}, X_TEST, Y_TEST, fgsm
)

# %% [markdown]
# ## N.2 Why is it so easy?
#
# It seemed natural to blame the twists of deep networks. But the simplest model of all shows the
# same weakness. Take a linear classifier for two classes, with weights $w$ and a bias $b$: if
# $m(x) = w\cdot x + b$ is positive, the answer is "yes". Let the right answer for all images here be
# "yes", so that $m$ is the **margin**: how far the model is from a mistake.
#
# Now every pixel may change by at most $\varepsilon$; forget about paper and ink for a moment, and
# do not clip. *Derive it first:* how small can the margin get?
#
# $$m_\text{worst}(x) \;=\; \min_{|\delta_i|\le\varepsilon} m(x+\delta)$$
#
# <details><summary>The answer</summary>
#
# $w\cdot(x+\delta) = w\cdot x + \sum_i w_i\delta_i$. Every term is as small as it can be for
# $\delta_i = -\varepsilon\operatorname{sign}(w_i)$, where it is $-\varepsilon\,|w_i|$. So
#
# $$m_\text{worst}(x) = w\cdot x + b - \varepsilon\,\lVert w\rVert_1, \qquad \lVert w\rVert_1 =
# \sum_i |w_i| .$$
#
# </details>
#
# The margin falls by a sum over **all** pixels. Each of them may change so little that nobody sees
# it, but there are many, and they all pull in the same direction. The **smallest ε** that turns the
# answer is the one at which the worst margin is 0. For an image with a margin of 0 or less it is 0:
# the model is wrong, or undecided, without your help.
#
# **By hand.** $w = (1, -3)$, $b = 0.5$, $x = (2, 0)$. The margin is 2.5, $\lVert w\rVert_1 = 4$.
# With $\varepsilon = 0.5$ the worst margin is $2.5 - 0.5\cdot4 = 0.5$, and the smallest ε that turns
# the answer is $2.5/4 = 0.625$.


# %% exercise="worst_case_linear"
def worst_case_linear(w, b, x, eps):
    """The smallest margin within eps of each image, for a linear classifier.

    w: (D,), not 0 everywhere; b: a number; x: (N, D), one image in each row; eps: at least 0.
    All are floats or whole numbers. Returns (N,) floats, which may be negative.
    """
    ### BEGIN SOLUTION
    w, x = np.asarray(w, dtype=float), np.asarray(x, dtype=float)
    return x @ w + b - eps * np.abs(w).sum()
    ### END SOLUTION


def smallest_eps(w, b, x):
    """The smallest eps at which the worst margin of each image is not positive any more.

    w: (D,), not 0 everywhere; b: a number; x: (N, D). Returns (N,) floats, none negative.
    """
    ### BEGIN SOLUTION
    w, x = np.asarray(w, dtype=float), np.asarray(x, dtype=float)
    return np.maximum(x @ w + b, 0) / np.abs(w).sum()
    ### END SOLUTION


# %% [markdown] discussion="worst_case_linear"
# The worst δ is FGSM's step, because the gradient of a linear margin is $w$ itself: on a linear
# model one step is all that there is to know. The sum of $|w_i|$ appears because the largest change
# of a pixel was bounded; with a bound on the Euclidean length of δ it would be the Euclidean length
# of $w$. The two norms are called dual, and regularising $w$ by the one defends against the other.
# Goodfellow and others conclude that networks are easy to deceive not because they are so crooked
# but because they are so straight.

# %% [markdown]
# **What you should see:** a linear classifier that tells 3s from 8s, and the smallest ε for each
# test digit: your number from the formula against one that was found by trying. Beside it, the
# margin of one digit as ε grows, your straight line, and the margins after random changes of the
# same size: chance hardly ever comes near the worst case.

# %% tags=["picture"]
show.straight_lines(X_TRAIN, Y_TRAIN, X_TEST, Y_TEST, worst_case_linear, smallest_eps)

# %% [markdown]
# ## N.3 Many small steps
#
# FGSM measures the slopes once and trusts them all the way. A network is not linear: after some way
# the slopes are others, and the step leads past the top. So go in small steps, and measure anew at
# each one. After each step come back into the allowed region: pixels within $\varepsilon$ of the
# original image (the "ball") and between 0 and 1. This is **projected gradient descent**, though on
# the loss you go up. Since Madry and others ([2018](https://arxiv.org/abs/1706.06083)) it is what
# a defence has to withstand.
#
# $$z_0 = x, \qquad z_{t+1} = \operatorname{clip}\Big(\operatorname{clip}\big(z_t +
# \alpha\operatorname{sign}\tfrac{\partial L(z_t, y)}{\partial x},\; x-\varepsilon,\;
# x+\varepsilon\big),\; 0,\; 1\Big)$$
#
# The gradient is taken at $z_t$, where you are; the ball is around $x$, where you came from. After
# `steps` steps return $z$.
#
# **The start.** If `rng` is None, start at $x$. If it is a NumPy generator, start at a random point:
# add to every pixel a number of its own, drawn evenly between $-\varepsilon$ and $\varepsilon$
# (`rng.uniform`), and clip to 0 and 1. All random numbers come from `rng`.
#
# **By hand.** A model whose loss rises with both pixels, everywhere. $x = (0.5,\,0.96)$,
# $\varepsilon = 0.1$, $\alpha = 0.04$, no random start: after one step $(0.54,\,1)$, after two
# $(0.58,\,1)$, after three $(0.6,\,1)$. The first pixel is stopped by the ball, the second by ink.


# %% exercise="pgd"
def pgd(model, x, y, eps, alpha, steps, rng=None):
    """The images after some steps of alpha up the loss, projected after each one.

    model: a Keras model that gives logits; it stays as it is. x: (N, ...), from 0 to 1, which stays
    as it is; y: (N,) the right labels; eps, alpha: floats; steps: at least 0; rng: None, or a
    numpy.random.Generator for the start.
    Returns a NumPy array of floats with the shape of x: within eps of x, and from 0 to 1.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    z = x if rng is None else np.clip(x + rng.uniform(-eps, eps, x.shape), 0, 1)
    for _ in range(steps):
        z = z + alpha * np.sign(gradient(model, z, y))
        z = np.clip(np.clip(z, x - eps, x + eps), 0, 1)
    return z
    ### END SOLUTION


# %% [markdown] discussion="pgd"
# Which of the two clips comes first does not matter: both regions are boxes around $x$, and the
# nearest point of their intersection is found pixel by pixel. What matters is that it happens after
# every step; if you project only at the end, the gradients are measured outside. A random start
# helps because the slopes at a data point can be misleading: a net may be flat exactly there and
# nowhere else. Some code keeps the best of several starts. One step with α = ε and without a random
# start is FGSM.

# %% [markdown]
# **What you should see:** left, the mean loss of the test digits step by step, for your PGD with
# $\varepsilon = 0.2$, from the clean digits and from random starts, and FGSM's loss as a dashed line.
# PGD gets above it. Right, the loss of one digit along the line on which FGSM goes, further and
# further: it is nearly flat at the digit, rises, and falls again. A step that is too long leads past
# the top.

# %% tags=["picture"]
show.climb(trained(build_cnn), X_TEST, Y_TEST, fgsm, pgd, gradient)

# %% [markdown]
# ## N.4 Make it say 3
#
# So far any wrong answer was welcome. Now choose one. A **targeted** attack takes the loss that the
# model would have if the target were the right label, and walks **down**:
#
# $$z_0 = x, \qquad z_{t+1} = \operatorname{clip}\Big(\operatorname{clip}\big(z_t -
# \alpha\operatorname{sign}\tfrac{\partial L(z_t, \text{target})}{\partial x},\; x-\varepsilon,\;
# x+\varepsilon\big),\; 0,\; 1\Big)$$
#
# There is no random start here. The right label appears nowhere: the attack does not need to know
# it.
#
# **By hand.** Three classes with the logits $(0,\; x_0,\; 2x_1)$, $x = (0.5,\,0.5)$ and target 1,
# $\varepsilon = 0.25$, $\alpha = 0.1$. More of $x_0$ makes class 1 more probable, more of $x_1$ makes
# it less so. After one step $(0.6,\,0.4)$, after two $(0.7,\,0.3)$, after three $(0.75,\,0.25)$.


# %% exercise="targeted"
def targeted(model, x, target, eps, alpha, steps):
    """The images after some steps of alpha towards chosen labels, projected after each one.

    model: a Keras model that gives logits; it stays as it is. x: (N, ...), from 0 to 1, which stays
    as it is; target: (N,) the labels that the model shall give; eps, alpha: floats; steps: at
    least 0.
    Returns a NumPy array of floats with the shape of x: within eps of x, and from 0 to 1.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    z = x
    for _ in range(steps):
        z = z - alpha * np.sign(gradient(model, z, target))
        z = np.clip(np.clip(z, x - eps, x + eps), 0, 1)
    return z
    ### END SOLUTION


# %% [markdown] discussion="targeted"
# Two signs are turned compared with PGD, or rather one sign and one label. To walk up the loss of
# the right label, and to walk down the loss of another one, are different attacks: the first takes
# the nearest way out, the second goes to a certain place. Targeted attacks are the ones that worry
# people. Painted stop signs that were read as speed limits ([Eykholt and others,
# 2018](https://arxiv.org/abs/1707.08945)) and a turtle that was read as a rifle from all sides
# ([Athalye and others, 2018](https://arxiv.org/abs/1707.07397)) were made like this.

# %% [markdown]
# **What you should see:** every digit made into every other one. The row is the digit, the column
# the target, and the diagonal holds the digits as they were. A green frame says that the net reads
# the target. With $\varepsilon = 0.2$ most of them succeed, and mostly you would still read the row.

# %% tags=["picture"]
show.every_target(trained(build_cnn), X_TEST, Y_TEST, targeted)

# %% [markdown]
# ## N.5 How much does it withstand?
#
# One number says nothing about robustness. What one draws is a curve: the accuracy on images that
# may have been changed by at most $\varepsilon$, for several $\varepsilon$. It begins at the accuracy
# on clean images.
#
# Write `acc_vs_eps`. For each $\varepsilon$ of a list, attack the clean images and take the accuracy
# on the result. With `attack="pgd"` use your `pgd` with $\alpha = \varepsilon/4$, 10 steps and no
# random start. With `attack="fgsm"` use your `fgsm`.
#
# **By hand.** Images of one pixel. The model answers 1 above 0.5 and 0 below. Pixels
# $0.45,\, 0.3,\, 0.58,\, 0.9$ with labels $0, 0, 1, 1$. At $\varepsilon = 0$ all four are right. At
# $\varepsilon = 0.1$ the first one is pushed to 0.55 and the third to 0.48: accuracy $\frac12$. At
# $\varepsilon = 0.25$ the second is lost too: $\frac14$.


# %% exercise="acc_vs_eps"
def acc_vs_eps(model, x, y, eps_list, attack="pgd"):
    """The accuracy under attack, for each eps.

    model: a Keras model that gives logits; x: (N, ...), from 0 to 1; y: (N,) labels; eps_list: a
    list or an array of numbers, in any order; attack: "pgd" or "fgsm".
    Returns a NumPy array of floats with one accuracy for each eps, in the order of eps_list.
    """
    ### BEGIN SOLUTION
    found = []
    for eps in eps_list:
        if attack == "fgsm":
            made = fgsm(model, x, y, eps)
        else:
            made = pgd(model, x, y, eps, eps / 4, 10, None)
        found.append(accuracy(model, made, y))
    return np.array(found)
    ### END SOLUTION


# %% [markdown] discussion="acc_vs_eps"
# A larger ball contains the smaller one, so the true worst case can only get worse as ε grows. PGD
# follows that closely, though nothing forces it to: it is an attempt at the worst case. FGSM jumps
# to the border of the ball, so its curve may rise again. If a curve of yours rises, or if it does
# not reach 0 at an ε that turns every image grey, suspect the attack before you praise the defence
# ([Carlini and others, 2019](https://arxiv.org/abs/1902.06705), have a checklist).

# %% [markdown]
# **What you should see:** the curves of both nets, solid for PGD and dashed for FGSM. All begin
# near 1, and PGD's lie below FGSM's. By $\varepsilon = 0.3$ PGD leaves next to nothing; FGSM still
# leaves a few digits.

# %% tags=["picture"]
show.curves(
    {"convolutional": trained(build_cnn), "dense": trained(build_mlp)}, X_TEST, Y_TEST, acc_vs_eps
)

# %% [markdown]
# Why do you read these digits at all, although the net does not? *Say in two sentences what you
# think that you use and the net does not. There is no check for this.*
#
# ## N.6 Learn from the attack
#
# If a network falls for certain images, show them to it. **Adversarial training** learns from the
# worst images within $\varepsilon$ instead of the given ones:
#
# $$\min_\theta\; \sum_n\; \max_{|\delta_i|\le\varepsilon}\; L_\theta(x_n+\delta, y_n)$$
#
# The inner maximum is your attack; one step of FGSM is enough here. The outer minimum is ordinary
# training. The two must take turns: **as soon as the weights change, the worst images are others.**
# So for every batch,
#
# 1. attack the batch with `fgsm`, against the model with the weights that it has at this moment;
# 2. let the model learn from the attacked images and the right labels: one step of its optimiser,
#    `model.train_on_batch(images, labels)`.
#
# Write `adversarial_train`. `build()` returns a new compiled model. In each epoch go through all
# images once, in batches of 50 and in a new random order; the last batch may be smaller. The model
# learns from the attacked images only.
#
# **By hand.** One image with one pixel, $x = 0.5$, label 0, and the logits $(0,\; 2x)$, so the weights
# are $(0, 2)$ and no bias. Let $\varepsilon = 0.1$ and the optimiser be plain descent with rate 1. The
# loss rises with the pixel, so the attacked pixel is 0.6, and the net gives it the logits $(0, 1.2)$,
# the probabilities $(0.2315,\, 0.7685)$. The gradient of the weights is $0.6\cdot(-0.7685,\,0.7685)$,
# and the new weights are $(0.4611,\, 1.5389)$.


# %% exercise="adversarial_train"
def adversarial_train(build, x, y, eps, epochs):
    """A new model, trained on images that are attacked batch by batch.

    build: a function without arguments that returns a new compiled model, which gives logits.
    x: (N, ...), from 0 to 1, and y: (N,) integer labels; both stay as they are. eps: at least 0;
    epochs: how often all images are gone through.
    Returns the model.
    """
    ### BEGIN SOLUTION
    model = build()
    for _ in range(epochs):
        order = np.random.permutation(len(x))
        for start in range(0, len(x), 50):
            batch = order[start : start + 50]
            model.train_on_batch(fgsm(model, x[batch], y[batch], eps), y[batch])
    return model
    ### END SOLUTION


# %% [markdown] discussion="adversarial_train"
# The order of the two steps is the idea: attack the current weights, then learn. If you attack the
# whole data at the start of each epoch you save nothing but a loop, and the images are out of date
# before they are used. Madry and others attack with PGD, which costs ten gradients a step instead of
# one; with FGSM alone and a large ε a net can learn to fool the one step instead of becoming robust
# (Wong, Rice and Kolter, [2020](https://arxiv.org/abs/2001.03994), repair that with a random start),
# which is why the picture judges by PGD. "Robustness costs accuracy" is often said; on these digits
# it does not. On harder data a training that is stopped early makes it look so.

# %% [markdown]
# **What you should see:** the curve of the net that you trained against the one that was trained on
# clean digits, both under PGD. The title has both accuracies on clean digits. Beside the curves, the
# slopes of both nets at four digits: in which of the two can you make out strokes? This cell trains for
# several seconds.


# %% tags=["picture"]
@cache
def robust(seed=0):
    """A convolutional net after adversarial training at ε = 0.1."""
    keras.utils.set_random_seed(seed)
    return adversarial_train(build_cnn, X_TRAIN, Y_TRAIN, 0.1, 15)


show.hardened(trained(build_cnn), robust, X_TEST, Y_TEST, acc_vs_eps, gradient, adversarial_train)

# %% [markdown]
# ## N.7 A defence that hides
#
# Here is another defence. It costs nothing and it makes FGSM useless:


# %% tags=["setup"]
def sharpen(model, factor=500.0):
    """The model with its logits multiplied by a factor. Its answers stay the same."""
    return keras.Sequential([model, keras.layers.Rescaling(factor)])


# %% [markdown]
# Multiply the logits by 500. The largest stays the largest, so the answers do not change. But
# suppose the right logit leads by 1. Now it leads by 500, and the softmax gives the right class
# exactly 1 and the others exactly 0, as far as a float32 can tell. The loss is 0, and so is every
# slope. FGSM adds $\varepsilon\operatorname{sign}(0) = 0$, and the image stays.
#
# That is no robustness. The dangerous images are still there; only the signpost to them is gone.
# It is called **gradient masking**, and many published defences turned out to be of this kind
# ([Athalye, Carlini and Wagner, 2018](https://arxiv.org/abs/1802.00420)). Two symptoms give it away:
#
# * The gradient of many images is **exactly 0** in all pixels.
# * An attacker who does **not** have the model does better than one who has it. He takes another
#   net for the same task, a *substitute*, attacks that, and shows the images to the defended model.
#
# Write a function for each:
#
# $$\text{zero\_gradient\_share} = \frac1N\,\Big|\big\{n : \tfrac{\partial L(x_n, y_n)}{\partial x_n}
# = 0 \text{ in every pixel}\big\}\Big|$$
#
# `gradient_masking_check` returns True if the model's accuracy on `fgsm` images made **against
# itself** is higher than its accuracy on `fgsm` images made **against the substitute**, and False if
# it is lower or the same. (It does not use the first function: a defence can mask its gradients with
# noise, too.)
#
# **By hand.** A net of two pixels with the logits $(0,\; \max(0, x_0+x_1-1))$, and the label 0 for
# the images $(0.2, 0.3)$, $(0.9, 0.6)$ and $(0.1, 0.1)$. In the first and the third the maximum is 0,
# and stays so for all small changes: their gradient is 0. The share is $\frac23$.


# %% exercise="gradient_masking_check"
def zero_gradient_share(model, x, y):
    """The share of the images whose gradient is 0 in every pixel, one float.

    model: a Keras model that gives logits; x: (N, ...), from 0 to 1; y: (N,) labels.
    """
    ### BEGIN SOLUTION
    slopes = gradient(model, x, y).reshape(len(x), -1)
    return float(np.mean((slopes == 0).all(axis=1)))
    ### END SOLUTION


def gradient_masking_check(model, substitute, x, y, eps):
    """Whether images made against another model hurt a model more than those made against itself.

    model, substitute: Keras models that give logits; x: (N, ...), from 0 to 1; y: (N,) labels.
    Returns True or False.
    """
    ### BEGIN SOLUTION
    own = accuracy(model, fgsm(model, x, y, eps), y)
    transferred = accuracy(model, fgsm(substitute, x, y, eps), y)
    return own > transferred
    ### END SOLUTION


# %% [markdown] discussion="gradient_masking_check"
# Whoever has the model can do everything that somebody without it can do, and more. So if the
# white-box attack is the weaker one, it is not the model that is strong but the attack that is
# broken. The converse is not true: a model that passes this test may still mask its gradients, in a
# way for which this substitute is no help. The cure is an attack that fits the defence: here one that
# divides the logits by 500 again. Nicholas Carlini and David Wagner broke the first defence of this
# kind, *defensive distillation*, by attacking the logits ([2017](https://arxiv.org/abs/1608.04644)).

# %% [markdown]
# **What you should see:** three nets under three attacks at $\varepsilon = 0.1$: FGSM with the net's
# own gradient, FGSM images from a substitute, and FGSM on the logits divided by 500. The first bar of
# the sharpened net is as high as on clean digits. Its third bar, the attack that fits it, is as low as
# the first of the plain net: nothing was won. Above each net stand your two answers. The net that you
# trained yourself does not need to hide.

# %% tags=["picture"]
show.unmasked(
    {"plain": trained(build_cnn), "logits × 500": sharpen(trained(build_cnn)), "yours": robust},
    trained(build_cnn, 1),
    X_TEST,
    Y_TEST,
    fgsm,
    zero_gradient_share,
    gradient_masking_check,
    accuracy,
)

# %% [markdown]
# ## N.8 Who deceives whom?
#
# The substitute worked because adversarial images **transfer**: what deceives one net often deceives
# another one that was trained apart ([Papernot, McDaniel and Goodfellow,
# 2016](https://arxiv.org/abs/1605.07277)). Measure how much. For $m$ models make a table of $m\times m$
# accuracies:
#
# $$A[i,j] \;=\; \text{accuracy of model } j \text{ on the } \texttt{fgsm} \text{ images made against
# model } i .$$
#
# So the **row** says against whom the images were made, the **column** who reads them. On the
# diagonal every model faces its own attack.
#
# **By hand.** Model $a$ answers 0 if pixel 0 is above 0.5, model $b$ answers 0 if pixel 1 is. One
# image, $(0.55,\,0.9)$, label 0, $\varepsilon = 0.1$. Against $a$ it becomes $(0.45,\,0.9)$: $a$ is
# wrong, $b$ is right. Against $b$ it becomes $(0.55,\,0.8)$: both are right. The table is
# $\begin{pmatrix}0&1\\1&1\end{pmatrix}$.


# %% exercise="transfer_matrix"
def transfer_matrix(models, x, y, eps):
    """The accuracy of every model on the images made against every model.

    models: a list of m Keras models that give logits; x: (N, ...), from 0 to 1; y: (N,) labels.
    Returns a NumPy array of floats (m, m): row i made against model i, column j read by model j.
    """
    ### BEGIN SOLUTION
    made = [fgsm(maker, x, y, eps) for maker in models]
    return np.array([[accuracy(reader, images, y) for reader in models] for images in made])
    ### END SOLUTION


# %% [markdown] discussion="transfer_matrix"
# Make the images once for each row: an attack costs a gradient, a reading only a forward pass. The
# table is not symmetric, and it should not be: a net that is hard to attack can still make good
# attacks. To read only a column of it, without the diagonal, is the mistake that makes augmentation
# look like a defence: an attack from elsewhere says how much a net differs from its neighbours, only
# its own says what it withstands.

# %% [markdown]
# **What you should see:** the table for five nets: two convolutional ones with other random weights, a
# dense one, one that was trained on digits shifted by up to one pixel, and the one that you trained
# against attacks. Look at the column of the shifted one. Images made against the plain and the dense nets
# hurt it no more than they hurt those nets' neighbours, or less: as if shifting were a defence. Its own
# images, on the diagonal, hurt it more than any other net is hurt. Your own net has the best column,
# diagonal and all.


# %% tags=["picture"]
@cache
def trained_on_shifts(seed=0):
    """A convolutional net that has learned digits at up to one pixel from their place."""
    rng = np.random.default_rng(seed)
    steps = rng.integers(-1, 2, (3, len(X_TRAIN), 2))
    shifted = [
        np.roll(image, step, axis=(0, 1))
        for each in steps
        for image, step in zip(X_TRAIN, each, strict=True)
    ]
    keras.utils.set_random_seed(seed)
    model = build_cnn()
    model.fit(np.array(shifted), np.tile(Y_TRAIN, 3), batch_size=50, epochs=8, verbose=0)
    return model


show.table(
    {
        "plain": trained(build_cnn),
        "plain, other seed": trained(build_cnn, 1),
        "dense": trained(build_mlp),
        "shifted digits": trained_on_shifts(),
        "yours": robust,
    },
    X_TEST,
    Y_TEST,
    transfer_matrix,
)

# %% [markdown]
# ## Your gallery
#
# Digits of 8×8 pixels are a toy. Here is a net for colour images of 32×32 pixels: discs, squares,
# triangles and crosses in four colours and three textures, of which it reads about 97 of 100 right.
#
# **What you should see:** on the left one image of each shape, and your `targeted` making it into
# every other one. The words are what the net reads. On the right the differences, ten times as
# strong. You may hang these on a wall and ask your friends which of them are crosses.

# %% tags=["picture"]
show.gallery(data.shapes_net(), *data.shapes(40, seed=5)[:2], targeted)

# %% [markdown]
# Two more questions, which the package's own attacks answer with the same net.
#
# * *Must the attacker see the image?* No. One single change, computed from other images, deceives the
#   net on most of those that it meets later ([Moosavi-Dezfooli and others,
#   2017](https://arxiv.org/abs/1610.08401)). It is the picture on the left; random noise of the same
#   size does little.
# * *Does it help if the image is moved a little before it is read?* It helps against your `pgd`: many
#   of its images are read right again. But an attacker who knows that can climb the mean loss over many
#   views (*expectation over transformations*, [Athalye and others,
#   2018](https://arxiv.org/abs/1707.07397)), and then it helps less.
#
# **What you should see:** the shared change and what the net still reads with it; then what it reads of
# images by your `pgd` and by the attack over views, as they were made and moved by up to two pixels.

# %% tags=["picture"]
show.views(data.shapes_net(), *data.shapes(160, seed=6)[:2], pgd)

# %% [markdown]
# ## What you have built
#
# * **FGSM** moves every pixel by ε along the sign of its slope. For a **linear** model that is the worst
#   case, and the margin falls by $\varepsilon\lVert w\rVert_1$: many small changes that all pull in one
#   direction.
# * **PGD** measures the slopes anew at each step and comes back into the ball. With the label of a
#   target and the other direction it leads where you choose.
# * A net is judged by the **whole curve** over ε, under the strongest attack that you have, made against
#   the net itself.
# * **Adversarial training** learns from attacks against the weights of the moment. On these digits it
#   made the net robust and cost no accuracy.
# * A defence that takes away the slopes **masks**: images made elsewhere still deceive it. Attacks
#   **transfer**, and a defence that was only tried against attacks from elsewhere was not tried.
#
# ## Go on
#
# Three problems worth an evening, which nobody checks:
#
# 1. Train with label smoothing (`keras.losses.CategoricalCrossentropy(label_smoothing=0.1)`). Under
#    FGSM at ε = 0.1 it looks like a strong defence. How does its curve go on, under PGD and at larger ε?
# 2. Break your own masking check: build a net that masks its slopes, and yet `gradient_masking_check`
#    returns False.
# 3. Train adversarially for 1, 3, 5 and 15 epochs and draw clean accuracy against accuracy under PGD.
#    Would you have believed, after 3 epochs, that robustness has to cost accuracy?
#
# **Where this goes next.** All nets so far take an image of a fixed size, all at once. A sentence, a
# melody and a heartbeat come one moment after the other, and end when they end. The next lab gives a
# net a memory.
#
# ## Read on
#
# * I. Goodfellow, J. Shlens, C. Szegedy, [*Explaining and Harnessing Adversarial
#   Examples*](https://arxiv.org/abs/1412.6572), 2015.
# * A. Madry, A. Makelov, L. Schmidt, D. Tsipras, A. Vladu, [*Towards Deep Learning Models Resistant to
#   Adversarial Attacks*](https://arxiv.org/abs/1706.06083), 2018.
# * A. Athalye, N. Carlini, D. Wagner, [*Obfuscated Gradients Give a False Sense of
#   Security*](https://arxiv.org/abs/1802.00420), 2018.
# * A. Ilyas and others, [*Adversarial Examples Are Not Bugs, They Are
#   Features*](https://arxiv.org/abs/1905.02175), 2019.
