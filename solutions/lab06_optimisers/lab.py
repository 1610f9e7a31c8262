# %% [markdown]
# # Optimisers
#
# A network has learned nothing until somebody has walked its loss downhill. The gradient says which
# way is down at the place where you are. It does not say *how far* to go, and that one number, the
# **learning rate**, decides more often than anything else whether training works.
#
# In this lab you write the optimisers that everybody uses, each in a few lines of NumPy: gradient
# descent with momentum, RMSprop, Adam and AdamW, and the schedules that change their rate. You watch
# them walk through valleys of two dimensions, compute how fast is too fast, and in the end you
# measure a good rate for a real network before you train it.
#
# **You need** NumPy arrays and derivatives. **It takes** about 80 minutes.
#
# **How it works.** Fill in a cell that says `YOUR CODE HERE`, run it, then run the check below it:
# it tells you what is right and, if something is not, shows you where. `hint("N.1")` gives a hint;
# ask again for a stronger one. Before each exercise there is a question to bet on. It earns no
# points: you learn more from a run when you have guessed first.

# %% tags=["setup"]
import numpy as np

from nablab import check, data, hint, predict, quiet
from nablab.show import optimisers as show

with quiet():  # without TensorFlow's log
    import keras


def in_place_descent(w, g, state):
    """Gradient descent with the rate 0.1 that writes into w itself, as frameworks do. For N.5."""
    w -= 0.1 * g
    return w, state


# %% [markdown]
# ## A puzzle to begin with
#
# Three walkers start at the same place in the same narrow valley. At every step each looks at the
# slope under its feet and goes straight downhill, $w \leftarrow w - \text{lr}\cdot\nabla f(w)$,
# twenty times. They differ only in the rate. *One of the three rates is 14 % larger than
# another. Which two are so close together?*

# %% tags=["picture"]
show.three_rates()

# %% [markdown]
# A has the rate 0.02 and crawls. B has 0.18; it bounces from wall to wall and arrives. C has 0.205,
# and every bounce takes it *higher* up the wall. There are only 14 % between arriving and flying off,
# and no single step tells you so. In N.6 you will work out where the limit is: at exactly 0.2.
#
# The valley is $f(w) = \tfrac12 (w_0^2 + 10\, w_1^2)$, ten times as steep across as along. So the
# rate that the walls allow is too small for the floor. All that follows is about this one problem:
# *different directions need different rates*.
#
# **What an optimiser looks like here.** Each is a function that makes one step and forgets nothing:
#
# ```python
# w, state = optimiser(w, g, state, …)
# ```
#
# `w` holds the weights and `g` the gradient at `w`, two arrays of the same shape, whatever shape that
# is. All operations are element by element. `state` is what the optimiser remembers from one step to
# the next: it is `None` before the first step, and after that whatever your function returned. Its
# form is up to you. Do not change `w`, `g` or `state` in place, and keep nothing in a global
# variable: two networks may be trained by turns.
#
# ## N.1 A step, and a velocity
#
# A ball that rolls down the valley does what the walkers cannot: it keeps its speed along the floor,
# while its swings across cancel out. So give the weights a **velocity** $v$, which begins as zeros
# (Boris Polyak, 1964):
#
# $$v \leftarrow \mu\, v - \text{lr}\cdot g, \qquad w \leftarrow w + v .$$
#
# $\mu$ is the **momentum**, between 0 and 1: the share of the velocity that survives a step. With
# $\mu = 0$ this is gradient descent, $w \leftarrow w - \text{lr}\cdot g$.
#
# **Nesterov's** variant looks ahead: it applies the new velocity at once, one step early. The
# velocity is the same, but the step is different (in this form by Sutskever and colleagues, 2013):
#
# $$v \leftarrow \mu\, v - \text{lr}\cdot g, \qquad w \leftarrow w + \mu\, v - \text{lr}\cdot g ,$$
#
# with the *new* $v$ in the second equation. Both are Keras's conventions. Note that the rate is
# *inside* the velocity. Some libraries write $v \leftarrow \mu v + g$ and
# $w \leftarrow w - \text{lr}\cdot v$ instead. As long as the rate stays the same you cannot tell the
# two apart. As soon as it changes you can: here the old velocity keeps the old rate, there it takes
# on the new one.
#
# **By hand.** One weight, $w = 1$, $\text{lr} = 0.1$, $\mu = 0.5$, and three gradients:
#
# | $g$ | plain, $w$ | $v$ | momentum, $w$ | Nesterov, $w$ |
# |---|---|---|---|---|
# | | $1$ | $0$ | $1$ | $1$ |
# | $2$ | $0.8$ | $-0.2$ | $0.8$ | $1 - 0.1 - 0.2 = 0.7$ |
# | $4$ | $0.4$ | $-0.1 - 0.4 = -0.5$ | $0.3$ | $0.7 - 0.25 - 0.4 = 0.05$ |
# | $-2$ | $0.6$ | $-0.25 + 0.2 = -0.05$ | $0.25$ | $0.05 - 0.025 + 0.2 = 0.225$ |
#
# In the last row the gradient already points the other way, and the ball still rolls on a little.


# %% exercise="sgd"
def sgd(w, g, state, lr, momentum=0.0, nesterov=False):
    """One step of gradient descent, with momentum if momentum is not 0.

    w, g: arrays of the same shape, of floats or whole numbers. state: None before the first step,
    then what you returned.
    Returns two things: the new w, an array of the shape of w, and the new state.
    """
    ### BEGIN SOLUTION
    v = np.zeros(np.shape(w)) if state is None else state
    v = momentum * v - lr * g
    step = momentum * v - lr * g if nesterov else v
    return w + step, v
    ### END SOLUTION


# %% [markdown]
# **What you should see:** three walks of 60 steps at the same rate through a valley that is thirty
# times as steep across as along. Without momentum the path creeps along the floor. With $\mu = 0.8$ it swings
# wide at first and then runs ahead; after 60 steps its loss is thousands of times smaller. Nesterov's
# form swings less.

# %% tags=["picture"]
show.velocity(sgd)

# %% [markdown]
# ## N.2 A rate that changes
#
# In training you do not see the true gradient, only that of a few examples, and it is noisy. A large
# rate is fast but shaky; a small one is calm but slow. So begin large and end small. A **schedule**
# gives the rate at every step, counted from 0. Three are common:
#
# **Stairs.** After each `every` steps the rate is multiplied by the factor `drop`:
#
# $$\text{lr}(t) = \text{lr}_0 \cdot \text{drop}^{\lfloor t / \text{every} \rfloor}$$
#
# The new rate begins at $t = \text{every}$ itself.
#
# **Cosine** (Loshchilov and Hutter, 2017). Half a period of a cosine takes the rate from
# $\text{lr}_0$ down to $\alpha\,\text{lr}_0$ at step `total`, and there it stays:
#
# $$\text{lr}(t) = \text{lr}_0\left(\alpha + (1-\alpha)\,\tfrac12\Big(1 + \cos\frac{\pi \min(t, \text{total})}{\text{total}}\Big)\right)$$
#
# So $\alpha$ is a share of $\text{lr}_0$, not a rate.
#
# **Warm-up** (Goyal and colleagues, 2017, who needed it to train with very large batches). A rate that
# works well later on may throw fresh weights far off. So let the rate rise in a straight line, from 0
# at step 0 to $\text{lr}_0$ at step `warmup`, and only then begin the cosine, which ends with 0 at
# step `total`:
#
# $$\text{lr}(t) = \begin{cases}\text{lr}_0\; t / \text{warmup} & t < \text{warmup}\\[4pt]
# \text{lr}_0\,\tfrac12\Big(1 + \cos\dfrac{\pi\,(\min(t, \text{total}) - \text{warmup})}{\text{total} - \text{warmup}}\Big) & \text{otherwise}\end{cases}$$
#
# `total` counts all steps, with those of the warm-up, and is larger than `warmup`. `warmup` may be 0;
# then there is no warm-up.
#
# **By hand.** $\text{lr}_0 = 0.8$:
#
# | | | | | |
# |---|---|---|---|---|
# | stairs, drop 0.5 every 10 | $t=0$: 0.8 | 9: 0.8 | 10: 0.4 | 25: 0.2 |
# | cosine, total 100 | $t=0$: 0.8 | 50: 0.4 | 100: 0 | 150: 0 |
# | the same with $\alpha = 0.25$ | $t=0$: 0.8 | 50: 0.5 | 100: 0.2 | 150: 0.2 |
# | warm-up 10, total 110 | $t=5$: 0.4 | 10: 0.8 | 60: 0.4 | 110: 0 |


# %% exercise="schedules"
def lr_step(step, lr0, drop, every):
    """The rate at a step, a whole number from 0: lr0, times `drop` after each `every` steps.

    All three schedules return one number.
    """
    ### BEGIN SOLUTION
    return lr0 * drop ** (step // every)
    ### END SOLUTION


def lr_cosine(step, lr0, total, alpha=0.0):
    """The rate falls from lr0 to alpha * lr0 at step `total`, along half a cosine, and stays."""
    ### BEGIN SOLUTION
    share = (1 + np.cos(np.pi * min(step, total) / total)) / 2
    return float(lr0 * (alpha + (1 - alpha) * share))
    ### END SOLUTION


def lr_warmup(step, lr0, warmup, total):
    """The rate rises from 0 to lr0 at step `warmup`, falls along a cosine to 0 at `total`, and stays."""
    ### BEGIN SOLUTION
    if step < warmup:
        return lr0 * step / warmup
    return lr_cosine(step - warmup, lr0, total - warmup)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** left, your schedules over 300 steps. Right, what they are good for: 300
# steps down the valley of the puzzle with *noisy* gradients, the mean over 200 walks. With a constant
# rate the loss sinks to a certain level and stays there, because the noise shakes the walker up as
# fast as it walks down. Stairs and cosine lower that level.

# %% tags=["picture"]
show.schedules(lr_step, lr_cosine, lr_warmup)

# %% [markdown]
# ## N.3 A rate for every weight: RMSprop
#
# Momentum helps with the valley of the puzzle. A blunter remedy is to give every weight its own rate:
# a small one where gradients are large. Divide each gradient by its usual size. That size is the root
# of a running mean of squares, so Geoffrey Hinton and Tijmen Tieleman called it **RMSprop** (in a
# lecture of 2012; it was never a paper):
#
# $$v \leftarrow \rho\, v + (1-\rho)\, g^2, \qquad
# w \leftarrow w - \text{lr}\,\frac{g}{\sqrt{v + \varepsilon}}
# \quad\text{or}\quad w \leftarrow w - \text{lr}\,\frac{g}{\sqrt{v} + \varepsilon}$$
#
# $v$ begins as zeros, $\rho$ (such as 0.9) says how much of the old mean survives a step, and you
# divide by the new $v$. $\varepsilon$ keeps the quotient finite where all gradients were 0. Is it
# added **inside** the root, or **outside**? Books and libraries differ, and hardly anybody notices,
# as long as $\varepsilon$ is tiny. Your function takes a flag, `eps_inside`.
#
# **By hand.** $w = 1$, $\text{lr} = 0.5$, $\rho = 0.75$ and, to *see* it, a huge $\varepsilon = 4$.
# The gradient is $3$, so $v = 0.25\cdot 9 = 2.25$ and $\sqrt v = 1.5$. Inside:
# $w = 1 - 0.5\cdot 3/\sqrt{6.25} = 1 - 0.6 = 0.4$. Outside: $w = 1 - 0.5\cdot 3/5.5 = 0.7272\ldots$
# Then comes the gradient $-1.5$: $v = 1.6875 + 0.5625 = 2.25$ once more, and inside takes $w$ to
# $0.4 + 0.3 = 0.7$.
#
# **And Keras?** The first step of `keras.optimizers.RMSprop(learning_rate=0.5, rho=0.75,
# epsilon=16.0)` takes the weight $2$ with the gradient $6$ to $1.4$. Which form is that? Set the
# constant `KERAS_EPS_INSIDE` to `True` or `False`.


# %% exercise="rmsprop"
def rmsprop(w, g, state, lr, rho, eps, eps_inside):
    """One step of RMSprop; eps_inside: whether eps is added under the root or to the root.

    w, g: arrays of the same shape, of floats or whole numbers. state: None before the first step,
    then what you returned.
    Returns the new w and the new state.
    """
    ### BEGIN SOLUTION
    v = np.zeros(np.shape(w)) if state is None else state
    v = rho * v + (1 - rho) * g**2
    size = np.sqrt(v + eps) if eps_inside else np.sqrt(v) + eps
    return w - lr * g / size, v
    ### END SOLUTION


# Whether Keras adds epsilon inside the root: True or False.
KERAS_EPS_INSIDE = True  ### SOLUTION None

# %% [markdown]
# **What you should see:** the narrow valley twice. In the second picture the loss, and with it every
# gradient, is a hundred times as large. Gradient descent, with the same rate in both, walks through
# the first valley and leaves the second at its first step. RMSprop takes the same path in both. It
# would take that path even in a round bowl: dividing weight by weight undoes every stretch along the
# axes. (It does not help if the valley lies at an angle to the axes; then no single weight is to
# blame.)

# %% tags=["picture"]
show.rescaling(sgd, rmsprop)

# %% [markdown]
# ## N.4 Adam, and where epsilon goes
#
# Momentum smooths the gradient, RMSprop measures its size. **Adam** does both (Diederik Kingma and
# Jimmy Ba, 2015), with two running means that begin as zeros:
#
# $$m \leftarrow \beta_1 m + (1-\beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1-\beta_2)\, g^2 .$$
#
# A mean that begins as zero is too small at first. After $t$ steps, counted from 1, the weights of all
# gradients seen add up to only $1-\beta^t$. So divide by that, for use in this step (the means
# themselves stay as they are):
#
# $$\hat m = \frac{m}{1-\beta_1^t}, \qquad \hat v = \frac{v}{1-\beta_2^t}, \qquad
# w \leftarrow w - \text{lr}\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon} \qquad (\texttt{"paper"})$$
#
# That is Algorithm 1 of the paper. At the end of its section 2 the authors mention a cheaper order,
# with both corrections folded into the rate. This is the one that Keras computes:
#
# $$\alpha = \text{lr}\,\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}, \qquad
# w \leftarrow w - \alpha\,\frac{m}{\sqrt{v} + \varepsilon} \qquad (\texttt{"keras"})$$
#
# They would be the same if $\varepsilon$ were 0. But here it is added to the *uncorrected* root, which
# is much smaller at first: with $\beta_2 = 0.999$ and $t = 1$ by the factor $\sqrt{0.001}$. So
# Keras's $\varepsilon$ weighs 32 times as much in the first step. Copy an $\varepsilon$ from one library into
# another, and you may have changed the optimiser.
#
# **By hand.** $w = 1$, $\text{lr} = 0.6$, $\beta_1 = 0.5$, $\beta_2 = 0.75$, a huge $\varepsilon = 2$,
# and the gradient $2$ twice:
#
# | $t$ | $m$ | $v$ | $\hat m$ | $\hat v$ | paper, $w$ | $\alpha$ | Keras, $w$ |
# |---|---|---|---|---|---|---|---|
# | 1 | 1 | 1 | 2 | 4 | $1 - 0.6\cdot\frac{2}{2+2} = 0.7$ | 0.6 | $1 - 0.6\cdot\frac{1}{1+2} = 0.8$ |
# | 2 | 1.5 | 1.75 | 2 | 4 | $0.7 - 0.3 = 0.4$ | 0.5292 | $0.8 - 0.5292\cdot\frac{1.5}{1.3229+2} = 0.5611$ |
#
# The corrected means are 2 and 4 from the first step on, as they should be for a gradient that is
# always 2.


# %% exercise="adam"
def adam(w, g, state, lr, b1, b2, eps, form):
    """One step of Adam; form: "paper" (Algorithm 1) or "keras" (epsilon beside the uncorrected root).

    w, g: arrays of the same shape, of floats or whole numbers. state: None before the first step,
    then what you returned.
    Returns the new w and the new state.
    """
    ### BEGIN SOLUTION
    m, v, t = (np.zeros(np.shape(w)), np.zeros(np.shape(w)), 0) if state is None else state
    t = t + 1
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g**2
    if form == "paper":
        step = lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps)
    else:
        alpha = lr * np.sqrt(1 - b2**t) / (1 - b1**t)
        step = alpha * m / (np.sqrt(v) + eps)
    return w - step, (m, v, t)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** left, how long your steps are while the gradient is always 1. With the
# corrections every step has exactly the length lr. Without them the first steps would be longer, up
# to six and a half times: $v$ starts even more slowly than $m$. Right, the very first step for
# gradients of different sizes, with Keras's default $\varepsilon = 10^{-7}$ in both forms. Large
# gradients make a step of the length lr, whatever their size; tiny ones fade out, and in Keras's form
# some 30 times earlier.

# %% tags=["picture"]
show.adam(adam)

# %% [markdown]
# ## N.5 Walk, and keep the path
#
# Now let them walk. A function to walk down, `f(w)`, returns two things: its value and its gradient at
# `w`, an array of shape (2,). `data.surfaces` makes three of them: `quadratic()`, `rosenbrock()` and
# `saddle()`. An optimiser with its rates filled in is a function `opt(w, g, state)` that returns the
# new `w` and the new `state`, such as
#
# ```python
# lambda w, g, state: sgd(w, g, state, lr=0.1)
# ```
#
# Write the loop: begin at `w0` with the state `None`. At every step call `f` for the gradient at the
# place where you are, and give `opt` the place, the gradient and the state that it returned last
# time. Keep all the places, also the first.
#
# One trap: **an optimiser may work in place.** Those of the frameworks do, to save memory, and so does
# `in_place_descent` of the first cell. It writes into the very array that you have just kept, so keep
# copies and pass on copies. And `w0` belongs to the caller: leave it as it is.
#
# **By hand.** $f(w) = \tfrac12(w_0^2 + 10 w_1^2)$ has the gradient $(w_0, 10 w_1)$. With
# `in_place_descent`, whose rate is 0.1, and $w = (4, 2)$, the path is $(4, 2)$, $(3.6, 0)$,
# $(3.24, 0)$: three rows for two steps.


# %% exercise="run"
def run(opt, f, w0, steps):
    """The path of an optimiser.

    opt(w, g, state) -> (w, state), perhaps in place; f(w) -> (value, gradient); w0: two numbers, an
    array, a list or a tuple, floats or whole numbers; steps: how many.
    Returns a float array (steps + 1, 2), whose first row is w0.
    """
    ### BEGIN SOLUTION
    path = [np.array(w0, dtype=float)]
    state = None
    for _ in range(steps):
        w = path[-1].copy()
        _value, g = f(w)
        w, state = opt(w, g, state)
        path.append(np.array(w, dtype=float))
    return np.stack(path)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** four optimisers on three surfaces. In the valley all arrive except plain
# gradient descent, which is still on its way. In Rosenbrock's bent valley momentum gets furthest at
# these rates. On the saddle the start is only 0.001 off the ridge. RMSprop and Adam leave the ridge
# at once, because they divide even a tiny slope by its own size; gradient descent lingers on the
# saddle for some 80 steps.
#
# None of the four is best everywhere, and with other rates the order changes. Try some in a new cell:
# where does this walk end?
#
# ```python
# opt = lambda w, g, state: sgd(w, g, state, lr=0.002, momentum=0.9)
# run(opt, data.surfaces.rosenbrock(), (-1.2, 1), 300)[-1]
# ```

# %% tags=["picture"]
show.paths(run, sgd, rmsprop, adam)

# %% [markdown]
# ## N.6 How fast is too fast?
#
# Near a minimum every smooth loss is a bowl, $f(w) = \tfrac12 w^\top H w$, where $H$ is the **Hessian**,
# the symmetric matrix $(d, d)$ of second derivatives, and the minimum is at 0. Its gradient is $Hw$,
# so one step of gradient descent is
#
# $$w \leftarrow w - \text{lr}\cdot H w = (I - \text{lr}\cdot H)\,w .$$
#
# Along an eigenvector of $H$ with eigenvalue $\lambda$ a step multiplies by $1 - \text{lr}\,\lambda$.
# The distance in that direction shrinks as long as the factor lies between $-1$ and $1$, that is for
# $0 < \text{lr} < 2/\lambda$. All directions must shrink, so the steepest decides:
#
# $$\text{lr}_\text{max} = \frac{2}{\lambda_\text{max}}$$
#
# And the flattest decides how long it takes: at this rate its factor is still
# $1 - 2\lambda_\text{min}/\lambda_\text{max}$. The quotient $\lambda_\text{max}/\lambda_\text{min}$,
# the **condition number**, says how narrow the valley is.
#
# It is a bowl only if $H$ is symmetric and all its eigenvalues are above 0 (**positive definite**).
# Any other matrix has no largest stable rate: raise a `ValueError`. Accept a difference between $H$
# and its transpose that is only rounding.
#
# **By hand.** The valley of the puzzle has $H = \begin{pmatrix}1&0\\0&10\end{pmatrix}$, so the limit is
# $2/10 = 0.2$, and C's rate of 0.205 multiplies $w_1$ by $1 - 2.05 = -1.05$ at every step. For
# $H = \begin{pmatrix}3&1\\1&3\end{pmatrix}$ the vectors $(1, 1)$ and $(1, -1)$ are stretched by 4 and by
# 2: the limit is $\tfrac24 = 0.5$.


# %% exercise="max_stable_lr"
def max_stable_lr(H):
    """The learning rate below which gradient descent on ½ wᵀHw converges and above which it diverges.

    H: (d, d). Returns one float; raises ValueError if H is not square, not symmetric (up to
    rounding), or not positive definite.
    """
    ### BEGIN SOLUTION
    H = np.asarray(H, dtype=float)
    if H.ndim != 2 or H.shape[0] != H.shape[1] or not np.allclose(H, H.T):
        raise ValueError(f"H, an array of shape {H.shape}, should be a symmetric matrix.")
    curvatures = np.linalg.eigvalsh(H)
    if curvatures[0] <= 0:
        raise ValueError(f"H has the eigenvalue {curvatures[0]:.3g}: this is not a bowl.")
    return float(2 / curvatures[-1])
    ### END SOLUTION


# %% [markdown]
# **What you should see:** left, the factors by which one step multiplies the two directions of the
# puzzle's valley. Your limit is where the steep one leaves the band from −1 to 1. Right, the loss after
# 50 steps for 200 rates. It falls and falls, up to a rate of 0.18, and then rises like a wall: the best
# rate lies just below the limit.

# %% tags=["picture"]
show.stability(max_stable_lr)

# %% [markdown]
# A network's Hessian is too large to write down, and it changes while the network learns. The limit is
# there all the same; N.8 measures it.
#
# ## N.7 Weight decay: beside Adam, or through it
#
# To keep weights from growing, make them pay for their size. There are two ways to do it. An
# **L2 penalty** adds $\tfrac12\,\text{wd}\,\lVert w\rVert^2$ to the loss, and so $\text{wd}\cdot w$ to
# the gradient. **Weight decay** leaves the loss alone and takes
# $\text{lr}\cdot\text{wd}\cdot w$ off the weights at every step. For plain gradient descent that is the
# same thing written twice, and for a long time the two names were used for both.
#
# For Adam they are not the same, as Ilya Loshchilov and Frank Hutter pointed out (2019). Adam divides
# the gradient by its usual size, the penalty's part too. So a weight with large gradients hardly feels
# the penalty, and a weight with none is driven to 0 by steps of a whole lr, however small the penalty
# is. Their **AdamW** keeps the decay out of Adam:
#
# $$\texttt{adamw}:\quad w \leftarrow w - \text{lr}\cdot\text{wd}\cdot w - \text{(Adam's step with } g)$$
#
# $$\texttt{adam\_l2}:\quad w \leftarrow w - \text{(Adam's step with } g + \text{wd}\cdot w)$$
#
# with the old $w$ on the right-hand side, and both with Keras's form of $\varepsilon$. Use your
# `adam`.
#
# **By hand.** The first step, with $\text{lr} = 0.1$, $\text{wd} = 0.5$ and a tiny $\varepsilon$. Adam's
# first step has the length lr and goes against the sign of the gradient.
#
# | $w$ | $g$ | `adamw` | `adam_l2` |
# |---|---|---|---|
# | 4 | 0 | $4 - 0.1\cdot 0.5\cdot 4 - 0 = 3.8$ | $g + 2 = 2$, so $4 - 0.1 = 3.9$ |
# | 400 | 0 | $400 - 20 - 0 = 380$ | $g + 200 = 200$, so $400 - 0.1 = 399.9$ |
# | 4 | 50 | $4 - 0.2 - 0.1 = 3.7$ | $g + 2 = 52$, so $4 - 0.1 = 3.9$ |


# %% exercise="weight_decay"
def adamw(w, g, state, lr, b1, b2, eps, wd):
    """One step of Adam, in Keras's form, with decoupled weight decay.

    w, g: arrays of the same shape, of floats or whole numbers. state: None before the first step,
    then what you returned.
    Returns the new w and the new state.
    """
    ### BEGIN SOLUTION
    return adam(w - lr * wd * w, g, state, lr, b1, b2, eps, "keras")
    ### END SOLUTION


def adam_l2(w, g, state, lr, b1, b2, eps, wd):
    """One step of Adam, in Keras's form, on the loss plus ½ wd ‖w‖². Otherwise like adamw."""
    ### BEGIN SOLUTION
    return adam(w, g + wd * w, state, lr, b1, b2, eps, "keras")
    ### END SOLUTION


# %% [markdown]
# **What you should see:** what is left of a weight of 1 after 300 steps with gradients that say
# nothing: they are $+s$ and $-s$ by turns. Under your `adamw` it is the same for every $s$: what the
# decay leaves (the thin line), less about 0.01, which is what Adam's steps back and forth add up to.
# Under `adam_l2` it depends on $s$ alone: with small gradients the weight is wiped out, and with large
# ones it hardly decays.

# %% tags=["picture"]
show.decay(adamw, adam_l2)

# %% [markdown]
# ## N.8 Find the rate before you train
#
# Nobody knows the Hessian of a network. But you can *feel* for the limit, as Leslie Smith proposed
# (2017): train with a rate that grows from step to step, from far too small to far too large, and watch
# the loss. At first nothing happens, then it falls, then it stops falling, then it explodes. That
# takes fifty steps, and one picture. Do it like this:
#
# * `model_fn()` makes a new model, compiled with `keras.optimizers.SGD`. Call it **once**.
# * The rates are **51, from $10^{-4}$ to $10$**, evenly spaced on a logarithmic scale: each is
#   $10^{0.1} \approx 1.26$ times the one before.
# * For each rate, in this order, set `model.optimizer.learning_rate` and take **one** training step on
#   all of `x` and `y` at once, as `model.train_on_batch` does. Record the loss **before** the step's
#   own update (the one that `train_on_batch` returns).
# * **Stop before the first loss that is not finite or is more than 4 times the first loss**. Record
#   neither that loss nor its rate. If there is no such loss, keep all 51.
# * Suggest **a tenth of the rate at which the recorded loss is smallest**.
#
# Why a tenth? The loss is smallest where the good steps end, and divergence takes a few steps to show.
# So at this rate the limit is already behind you: on 80 linear problems like those of the checks, it
# was 2.8 to 6.4 times the limit of N.6. A tenth is a rule of thumb that leaves room.
#
# **By hand.** A bowl of one dimension, $f(w) = \tfrac12 w^2$, whose limit is 2. Begin at $w = 1$ and take
# only the four rates $0.5, 1.5, 4, 8$:
#
# | rate | loss before the step | the step |
# |---|---|---|
# | 0.5 | $\tfrac12$ | from $1$ to $\tfrac12$ |
# | 1.5 | $\tfrac18$ | from $\tfrac12$ to $-\tfrac14$ |
# | 4 | $\tfrac1{32}$, the smallest | from $-\tfrac14$ to $\tfrac34$ |
# | 8 | $\tfrac9{32}$ | from $\tfrac34$ to $-\tfrac{21}4$ |
#
# The next loss would be $\tfrac{441}{32}$, more than 4 times the first. The smallest loss belongs to
# the rate 4, twice the limit; a tenth of it, 0.4, is stable.


# %% exercise="lr_range_test"
def lr_range_test(model_fn, x, y):
    """Train one model with a growing rate, one step each, and watch the loss.

    model_fn() -> a model compiled with SGD; x, y: all examples, used at once in every step.
    Returns three things: the rates and the losses that were recorded, two lists or arrays of the same
    length, and the suggested rate, a float.
    """
    ### BEGIN SOLUTION
    model = model_fn()
    lrs, losses = [], []
    for lr in np.geomspace(1e-4, 10, 51):
        model.optimizer.learning_rate = lr
        model.reset_metrics()  # so that the loss is this step's own
        loss = float(model.train_on_batch(x, y, return_dict=True)["loss"])
        if not loss <= 4 * (losses[0] if losses else np.inf):  # too large, or not a number
            break
        lrs.append(float(lr))
        losses.append(loss)
    return lrs, losses, lrs[int(np.argmin(losses))] / 10
    ### END SOLUTION


# %% [markdown]
# **What you should see:** left, the range test on a small network that reads 8×8 digits: flat, then
# falling, then a wall, with your suggestion marked. Right, what it is worth: 60 steps of training at
# your suggestion, at a thirtieth of it, and at thirty times it. One learns, one has hardly started, and
# the third never gets anywhere.


# %% tags=["picture"]
def digits_net():
    """A new network 64 → 32 → 10, the same every time, compiled with SGD."""
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [keras.Input((64,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(10)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(optimizer=keras.optimizers.SGD(), loss=loss)
    return net


images, labels = data.digits()
show.range_test(lr_range_test, digits_net, images.reshape(-1, 64)[:500], labels[:500])

# %% [markdown]
# ## What you have built
#
# * **Gradient descent** goes straight down, and its rate has a limit, $2/\lambda_\text{max}$: the
#   steepest direction sets it, and the flattest one pays.
# * **Momentum** adds up what successive gradients agree on. The rate may be inside the velocity or
#   outside: you can tell only when it changes.
# * **Schedules** lower the rate, and with it the noise that is left at the end.
# * **RMSprop** and **Adam** divide a gradient by its usual size, so that the loss's scale no longer
#   matters. The place of $\varepsilon$ is a convention that differs from library to library.
# * **Weight decay** and an **L2 penalty** are the same for gradient descent, but not for Adam.
# * A **range test** finds a rate in fifty steps.
#
# **Where this goes next.** Lab {normalisation} changes the landscape instead of the walker: with normalisation
# and shortcuts you can walk down a loss at larger rates.
#
# ## Read on
#
# * B. T. Polyak, *Some methods of speeding up the convergence of iteration methods*, 1964.
# * I. Sutskever, J. Martens, G. Dahl, G. Hinton, *On the importance of initialization and momentum in
#   deep learning*, 2013.
# * D. P. Kingma, J. Ba, *Adam: A method for stochastic optimization*, 2015.
# * I. Loshchilov, F. Hutter, *SGDR: Stochastic gradient descent with warm restarts*, 2017, and
#   *Decoupled weight decay regularization*, 2019.
# * P. Goyal and colleagues, *Accurate, large minibatch SGD: training ImageNet in 1 hour*, 2017.
# * L. N. Smith, *Cyclical learning rates for training neural networks*, 2017.
