# %% [markdown]
# # From cortex to convnets
#
# In 1958 two young physiologists in Baltimore try to make a cell in a cat's visual cortex fire. For
# hours they show it black dots and white dots, and nothing happens. Then the cell goes off "like a
# machine gun", and not because of a dot: the edge of the glass slide has thrown a faint line of
# shadow across the screen, at just the right angle. So David Hubel told it in his
# [Nobel lecture](https://www.nobelprize.org/prizes/medicine/1981/hubel/lecture/).
#
# From that line a path leads to the net in your telephone. You walk it in this lab: from one cell,
# to a cell that does not mind where the line is, to a net that reads letters, to a net that hears
# syllables, and back to the question whether a net that *learns* finds the cat's cells again.
#
# **You need** Lab {filters}: correlation, ReLU, max-pooling. **It takes** about 75 minutes.

# %% tags=["setup"]
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab import check, data, hint, predict
from nablab.show import cortex as show

PHOTO = data.sample_photo("china", grey=True)  # (213, 320), 0 is black and 1 is white


def correlate_valid(img, filt):
    """As in Lab {filters}: img (H, W), filt (kh, kw) -> floats (H - kh + 1, W - kw + 1)."""
    img, filt = np.asarray(img, dtype=float), np.asarray(filt, dtype=float)
    return np.einsum("ijuv,uv->ij", sliding_window_view(img, filt.shape), filt)


# %% [markdown]
# ## N.1 A patch of waves
#
# David Hubel and Torsten Wiesel ([1962](https://doi.org/10.1113/jphysiol.1962.sp006837)) saw that a
# *simple cell* has stripes: places where light excites it, beside places where light inhibits it.
# The formula that describes such a cell best is older and comes from radio: a wave that fades away
# on all sides, the elementary signal of Dennis Gabor
# ([1946](https://doi.org/10.1049/ji-3-2.1946.0074)). John Daugman
# ([1985](https://doi.org/10.1364/JOSAA.2.001160)) brought it to vision.
#
# Let $x$ count pixels **to the right** and $y$ pixels **downwards**, both from the middle of the patch:
# in column $c$ and row $r$ of a patch of $s\times s$ pixels, $x = c - \frac{s-1}2$ and
# $y = r - \frac{s-1}2$. (For even $s$ the middle lies between pixels.) Turn the coordinates:
#
# $$a = x\cos\theta + y\sin\theta,\qquad b = -x\sin\theta + y\cos\theta .$$
#
# The wave runs along $a$: $\theta$ is the direction **across** the stripes, in radians, from "right"
# towards "down", as in Lab {filters}. At $\theta = 0$ the stripes are upright. Envelope and wave are
#
# $$E = \exp\!\Big(-\frac{a^2 + \gamma^2 b^2}{2\sigma^2}\Big),\qquad
# V = \cos\!\Big(\frac{2\pi a}{\lambda} + \varphi\Big),$$
#
# with the wavelength $\lambda$ in pixels, the width $\sigma$ in pixels, the phase $\varphi$ in radians
# and $\gamma$, which makes the patch shorter along the stripes if it is above 1. Two more steps:
#
# 1. **Balance.** Subtract from the wave the one number $k$ that makes the entries sum to 0:
#    $B = E\cdot(V - k)$ with $k = \sum E\,V / \sum E$, both sums over all pixels. (To subtract the mean
#    from $E\,V$ would also do that, but would leave a step at the border, where a cell must be deaf.)
# 2. **Length 1.** Divide $B$ by $\sqrt{\sum B^2}$.
#
# **By hand.** $s = 3$, $\theta = 0$, $\lambda = 4$, $\varphi = 0$, and $\sigma$ so wide that $E$ is 1
# everywhere. The wave at $x = -1, 0, 1$ is $0, 1, 0$, so $k = \frac13$; each row of $B$ is
# $-\frac13, \frac23, -\frac13$; the nine squares sum to 2; and each row of the patch is
# $(-1, 2, -1)/\sqrt{18}$. It is the vertical-line filter of Lab {filters}. With $\varphi = \frac\pi2$
# each row is $(1, 0, -1)/\sqrt6$: an edge, brighter on the **left**.


# %% exercise="gabor"
def gabor(size, theta, lam, sigma, phase, gamma=1):
    """A balanced Gabor patch of length 1.

    size: pixels of each side, at least 3, odd or even; theta, phase: radians; lam, sigma: pixels.
    Returns an array of floats (size, size): its entries sum to 0, their squares to 1.
    """
    ### BEGIN SOLUTION
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    a = x * np.cos(theta) + y * np.sin(theta)
    b = -x * np.sin(theta) + y * np.cos(theta)
    envelope = np.exp(-(a**2 + gamma**2 * b**2) / (2 * sigma**2))
    wave = np.cos(2 * np.pi * a / lam + phase)
    k = np.sum(envelope * wave) / np.sum(envelope)
    balanced = envelope * (wave - k)
    return balanced / np.sqrt(np.sum(balanced**2))
    ### END SOLUTION


# %% [markdown]
# **What you should see:** four directions above, from upright stripes on. Below, the phase runs
# from 0, a bright line between two dark ones, over an edge to a dark line and on.

# %% tags=["picture"]
show.gabors(gabor)

# %% [markdown] discussion="gabor"
# The balance is part of the model: without it an even patch would answer to plain light, and every
# later exercise would see brightness where it looks for stripes. An odd patch (φ = π/2) is balanced by
# symmetry, so a solution without k passes there and fails at φ = 0. Grid, loop and complex exponential
# all give the same patch. Jones and Palmer
# ([1987](https://doi.org/10.1152/jn.1987.58.6.1233)) fitted this formula to simple cells of the cat;
# in N.8 you do the same with a net.

# %% [markdown]
# ## N.2 The simple cell
#
# A cell fires or is silent; it cannot fire less than never. So it reports only the positive part of
# its sum. One cell with receptive field $g$ for every place of an image is a **map of simple cells**:
#
# $$S[i,j] = \max\Big(0,\; \sum_u\sum_v I[i+u,\,j+v]\;g[u,v]\Big)$$
#
# at all places where the whole field lies on the image. This is correlation, as in Lab {filters}: the field
# is not turned. `correlate_valid(img, filt)` is given. What is negative is not lost: it is the answer of
# another cell, the one with the field $-g$.
#
# **By hand.** $I = (0, 2, 0, 5)$ and $g = (-1, 2, -1)$ have the sums $4$ and $-7$, so $S = (4, 0)$.
# The cell with $-g$ answers $(0, 7)$.


# %% exercise="simple_cell"
def simple_cell(img, g):
    """A simple cell at every place: the positive part of the correlation.

    img: (H, W), of floats, whole numbers or bytes; g: (kh, kw); neither need be square.
    Returns a NumPy array of floats, (H - kh + 1, W - kw + 1): N.5 computes with it.
    """
    ### BEGIN SOLUTION
    return np.maximum(correlate_valid(img, g), 0)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** the photograph as four simple cells see it, two directions in two phases.
# Where the "on" cell of a direction answers to a bright line, its opposite is silent.

# %% tags=["picture"]
show.simple_cells(PHOTO, gabor, simple_cell)

# %% [markdown] discussion="simple_cell"
# Correlation plus ReLU is a convolutional layer with one filter: nothing has been added to it since
# 1962 but learning. The absolute value would be wrong although it looks harmless, since it makes one
# cell of two that answer to opposite images. A pair of rectified cells keeps the sign, which is why
# first layers of trained nets often hold a filter and its negative.

# %% [markdown]
# ## N.3 What does the cell like?
#
# The physiologist's instrument is the **tuning curve**: show gratings that differ in one thing only,
# and write down how strongly the cell answers. `data.gratings.grating(size, theta, lam, phase)` makes
# one (its `theta` and `phase` are those of N.1), and the standard one is


# %% tags=["setup"]
STIMULUS = {"size": 33, "theta": 0.0, "lam": 8.0, "phase": 0.0}
PHASES = 2 * np.pi * np.arange(8) / 8  # the eight phases of a drifting grating

# %% [markdown]
# A cell is here a function that takes an image and returns one number. There are three kinds of curves:
#
# | `kind` | each of `values` is | the answer written down |
# |---|---|---|
# | `"orientation"` | the `theta` of the grating, in radians | the largest over the eight `PHASES` |
# | `"sf"` (spatial frequency) | how many waves there are in one pixel: `lam` is 1/value | the largest over the eight `PHASES` |
# | `"phase"` | the `phase` of the grating, in radians | that of the one grating |
#
# What a curve does not vary stays as in `STIMULUS`. In the first two the largest over eight phases is
# taken because a grating that stands still in the wrong phase says nothing about direction: in the
# laboratory it drifts. Answers are not scaled. Any other `kind` raises a `ValueError`.
#
# **By hand.** The cell `lambda img: img[16, 16]` looks at the middle pixel, which is
# $\cos\varphi$ in every grating. Its phase curve at $0, \frac\pi2, \pi$ is $1, 0, -1$; its orientation
# curve is 1 everywhere, because of the phase 0 among the eight. A pixel has no orientation.


# %% exercise="tuning_curve"
def tuning_curve(cell, kind, values):
    """How strongly a cell answers to gratings that differ in one thing.

    cell: a function, image (33, 33) -> number; kind: "orientation", "sf" or "phase";
    values: an array or a list of numbers, whole or not, which need not be sorted.
    Returns an array of floats, one for each of the values, in their order.
    """
    ### BEGIN SOLUTION
    if kind not in ("orientation", "sf", "phase"):
        raise ValueError(f'kind is {kind!r}; expected "orientation", "sf" or "phase"')
    curve = []
    for value in values:
        if kind == "phase":
            shown = [STIMULUS | {"phase": value}]
        else:
            changed = {"theta": value} if kind == "orientation" else {"lam": 1 / value}
            shown = [STIMULUS | changed | {"phase": phase} for phase in PHASES]
        curve.append(max(float(cell(data.gratings.grating(**one))) for one in shown))
    return np.array(curve)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** left the orientation curves of two cells on a polar plot, two lobes each. The
# cell with the *smaller* patch is *less* choosy: with few stripes it cannot tell directions well.
# Right the same for the spatial frequency. **Say why** (nobody checks it): why must a cell that knows
# exactly *where* a line is be vague about its frequency and its direction?

# %% tags=["picture"]
show.tuning(gabor, simple_cell, tuning_curve)

# %% [markdown] discussion="tuning_curve"
# The largest answer over the phases is what makes the curve a property of the cell and not of the
# grating's position. A mean over phases gives a curve of the same shape for a simple cell, yet another
# one for a cell with a threshold. "Say why": a wave that is cut short is made of many frequencies. The
# product of the spread in place and in frequency has a least value, and Gabor's signals reach it; that
# is what his paper of 1946 shows.

# %% [markdown]
# ## N.4 The complex cell: energy
#
# Most cells that Hubel and Wiesel met in the cortex were of another kind. A *complex cell* likes lines
# of one direction as well, but does not mind where in its field they are, nor whether they are bright or
# dark. Edward Adelson and James Bergen ([1985](https://doi.org/10.1364/JOSAA.2.000284)) have a formula
# for it. Take two fields, equal but for a quarter of a period: $g_e$ with phase 0 and $g_o$ with
# phase $\frac\pi2$. To a grating of phase $\varphi$ one answers nearly $A\cos\varphi$ and the other nearly
# $A\sin\varphi$, so the sum of squares,
#
# $$C[i,j] = \Big(\sum_{u,v} I[i+u,j+v]\,g_e[u,v]\Big)^2 + \Big(\sum_{u,v} I[i+u,j+v]\,g_o[u,v]\Big)^2,$$
#
# is $A^2$, whatever $\varphi$. It is called the **energy**. Nothing is rectified, and no root is taken.
#
# Whether a cell is simple or complex is decided by one number since B. C. Skottun and others
# ([1991](https://doi.org/10.1016/0042-6989(91)90033-2)). Show it a grating in $n$ phases, evenly
# spread over one period, and call the answers $r_0, \dots, r_{n-1}$. Then
#
# $$F_0 = \frac1n\sum_{k} r_k,\qquad F_1 = \frac2n\,\Big|\sum_k r_k\,e^{-2\pi i k/n}\Big|,\qquad
# \text{modulation} = \frac{F_1}{F_0}.$$
#
# Above 1 the cell is called simple, below it complex. If all answers are 0, the modulation is 0; no
# other answers with a mean of 0 are asked for, and $n \ge 3$.
#
# **By hand.** $r = (2, 1, 0, 1)$: the mean is 1, the complex sum is $2 - i - 0 + i = 2$,
# $F_1 = \frac24\cdot 2 = 1$, and the modulation is 1.


# %% exercise="complex_cell"
def complex_cell(img, g_even, g_odd):
    """The energy of two fields a quarter of a period apart, at every place.

    img: (H, W), of floats, whole numbers or bytes; g_even, g_odd: both (kh, kw).
    Returns an array of floats, (H - kh + 1, W - kw + 1).
    """
    ### BEGIN SOLUTION
    return correlate_valid(img, g_even) ** 2 + correlate_valid(img, g_odd) ** 2
    ### END SOLUTION


def modulation(resp):
    """F1/F0 of the answers to n evenly spread phases, an array or a list. Returns one float."""
    ### BEGIN SOLUTION
    resp = np.asarray(resp, dtype=float)
    mean = resp.mean()
    if mean == 0:
        return 0.0
    return float(2 / len(resp) * abs(np.fft.fft(resp)[1]) / mean)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** the simple cell answers to half of all phases and is silent in the others; its
# modulation is near $\frac\pi2$. The line of the complex cell is level.

# %% tags=["picture"]
show.phases(gabor, simple_cell, complex_cell, modulation)

# %% [markdown] discussion="complex_cell"
# The two sums are the coordinates of a point that runs round a circle as the grating drifts, and the
# energy is its squared distance from the middle. To rectify first would cut the circle to a quarter of
# it. Four rectified cells, even and odd with both signs, squared and added, give the same energy, and
# that is how cortex could do it. The idea lives on where a net needs a magnitude without a phase, from
# motion detectors to the scattering transform.

# %% [markdown]
# ## N.5 The complex cell: the best of many
#
# Hubel and Wiesel had a wiring in mind, not a formula: a complex cell listens to many simple cells of
# the same direction at neighbouring places, and fires if *any* of them does. Take the map $S$ of N.2,
# $h$ rows and $w$ columns. The complex cell at $(i, j)$ listens to a window of $n\times n$ simple cells
# with its top-left corner at $(i, j)$:
#
# $$C[i,j] = \max_{0\le u<n}\;\max_{0\le v<n}\; S[i+u,\,j+v]$$
#
# Windows start at every row and every column, and only whole windows count: there are $h-n+1$ rows and
# $w-n+1$ columns of them. This is max-pooling with stride 1. Maximilian Riesenhuber and Tomaso Poggio
# ([1999](https://doi.org/10.1038/14819)) built a whole model of seeing from it.
#
# **By hand.** One row cannot hold a window of 2×2, so take two rows:
# $S=\begin{pmatrix}4&0&1\\0&2&3\end{pmatrix}$ gives $C = (4, 3)$ with $n = 2$.


# %% exercise="complex_by_pooling"
def complex_by_pooling(img, g, size):
    """The largest of size × size neighbouring simple cells, at every place.

    img: (H, W); g: (kh, kw); size: an int, at least 1.
    Returns an array of floats, (H - kh + 1 - size + 1, W - kw + 1 - size + 1).
    """
    ### BEGIN SOLUTION
    s = simple_cell(img, g)
    return sliding_window_view(s, (size, size)).max(axis=(2, 3))
    ### END SOLUTION


# %% [markdown]
# **What you should see:** a bright line moves away from the place that the cells like best. The simple
# cell is silent two pixels further on; the complex cell answers as before while the line is under *any*
# of its simple cells. To a level line neither answers.

# %% tags=["picture"]
show.pooling(gabor, simple_cell, complex_by_pooling)

# %% [markdown] discussion="complex_by_pooling"
# The maximum keeps *what* and forgets *where*, up to the window. A mean would do something else: it
# answers more weakly the larger the window is, since most of its cells see nothing. Energy and pooling
# describe the same cells, and which one the cortex uses is a question still asked. Convnets chose the
# maximum, because it needs no partner with another phase.

# %% [markdown]
# ## N.6 A Neocognitron of two stages
#
# Kunihiko Fukushima ([1980](https://doi.org/10.1007/BF00344251)) put such layers one upon the other:
# S-cells that look for a feature, C-cells that forgive its place, then S-cells that look for features
# *of features*. He saw that the cells of the last layer answered to one pattern each, wherever it stood
# and somewhat bent. He called the net the Neocognitron; it is the convnet without backpropagation.
#
# **The S-layer.** It reads $C$ maps, $x[i,j,c]$, and has $F$ templates, $w[u,v,c,f]$ (the order of Keras).
# Each cell asks how much of its template is there:
#
# $$q[i,j,f] = \frac{\sum_{u,v,c} x[i+u,\,j+v,\,c]\;w[u,v,c,f]}{\sum_{u,v,c} \max(w[u,v,c,f],\,0)},\qquad
# S[i,j,f] = \max\Big(0,\;\frac{q[i,j,f]-\theta}{1-\theta}\Big).$$
#
# The sum below is over the *positive* weights of template $f$ alone: it is what a perfect picture gives, 1
# where the template is positive and 0 elsewhere. So $q = 1$ is a perfect match. The threshold $\theta$
# ($0 \le\theta < 1$) is how choosy the cell is, and $S$ is 1 at a perfect match and 0 from $\theta$ down. All places
# where the whole template fits; no padding.
#
# **The C-layer.** $C[i,j,f]$ is the largest $S[i',j',f]$ with $|i'-i|\le r$ and $|j'-j|\le r$, for each map
# by itself. Places outside the map do not count, so the result is as large as the map.
#
# **By hand.** One row, one map, template $w = (-1, 2, -1)$: the positive weights sum to 2. On
# $x = (0, 1, 0, 1, 1)$ the sums are $2, -2, 1$ and $q = (1, -1, \frac12)$. With $\theta = \frac14$,
# $S = (1, 0, \frac13)$. With $r = 1$, $C = (1, 1, \frac13)$.


# %% exercise="s_c_layers"
def s_layer(x, w, theta):
    """How much of each template is at each place, above a threshold.

    x: (H, W, C); w: (kh, kw, C, F), each template with a positive weight at least; theta: 0 to below 1.
    x and w hold floats or whole numbers.
    Returns a NumPy array of floats, (H - kh + 1, W - kw + 1, F).
    """
    ### BEGIN SOLUTION
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    windows = sliding_window_view(x, w.shape[:2], axis=(0, 1))  # (h, w, C, kh, kw)
    q = np.einsum("ijcuv,uvcf->ijf", windows, w) / np.maximum(w, 0).sum(axis=(0, 1, 2))
    return np.maximum((q - theta) / (1 - theta), 0)
    ### END SOLUTION


def c_layer(s, r):
    """The largest answer within r rows and r columns, map by map.

    s: (H, W, F); r: an int, 0 or more. Returns a NumPy array of floats, (H, W, F).
    """
    ### BEGIN SOLUTION
    s = np.asarray(s, dtype=float)
    out = np.empty_like(s)
    for i in range(s.shape[0]):
        for j in range(s.shape[1]):
            near = s[max(i - r, 0) : i + r + 1, max(j - r, 0) : j + r + 1]
            out[i, j] = near.max(axis=(0, 1))
    return out
    ### END SOLUTION


# %% [markdown]
# Now the net. It is given, since it only calls what you wrote. The letters L, T and X are lines of 1 on 0,
# 9×9 pixels in a field of 21×21. The first templates are the four `BARS` of 3×3, $w = 2$ along the bar and
# $-1$ beside it. The templates of the second stage are pictures *taken by the first*: 1 where it finds a whole
# bar ($S = 1$) in a letter in the middle of the field, 0 elsewhere, cut to the 9×9 places of the letter.


# %% tags=["setup"]
LEVEL = np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]])
FALLING = 3 * np.eye(3) - 1
BARS = np.stack([LEVEL, LEVEL.T, FALLING, FALLING[:, ::-1]], axis=-1)[:, :, None]  # (3, 3, 1, 4)


def letter_templates():
    """1 where the first stage finds a whole bar in L, T and X, cut to the letter: (9, 9, 4, 3)."""
    maps = [s_layer(data.letters.draw(one)[..., None], BARS, 0.6) for one in data.letters.LETTERS]
    return np.stack([np.asarray(one)[5:14, 5:14] > 0.99 for one in maps], axis=-1).astype(float)


def neocognitron(img, r1=1, r2=2):
    """All layers for one image (21, 21): S1 and C1 (19, 19, 4), S2 and C2 (11, 11, 3)."""
    s1 = s_layer(np.asarray(img)[..., None], BARS, 0.6)
    c1 = c_layer(s1, r1)
    s2 = s_layer(c1, letter_templates(), 0.8)
    return s1, c1, s2, c_layer(s2, r2)


# %% [markdown]
# The answer is what the three C-cells in the middle of the last layer say, `C2[5, 5]`. Each stage forgives
# its own pixels, so they answer fully to a letter that has moved by up to $r_1 + r_2$ pixels along
# either axis, and to no other. **What you should see:** a shifted T on its way through the layers; and below
# which cell answers to what. The last letter is a T in pieces, its strokes 10 rows apart: more than the first
# stage forgives, so it is no T.

# %% tags=["picture"]
show.planes(neocognitron)

# %% [markdown]
# Why not forgive more, then? **What you should see:** as $r_1$ grows, the letters may move further, and more
# and more letters in pieces pass for whole ones. With $r_1 = 2$ an L whose strokes are ten rows apart is even
# taken for a T: its strokes happen to lie about where those of a T should. Tolerance costs selectivity.

# %% tags=["picture"]
show.tolerance(neocognitron)

# %% [markdown] discussion="s_c_layers"
# The division by the positive weights makes one threshold mean the same for a template of 3 strokes and
# one of 20. The clipped windows of the C-layer change nothing but the border, and a solution that pads
# with zeros gives the same, since S is never negative. What is here a hand-set template is learned in a
# convnet; Fukushima let the cells of a layer compete for it. The trade between tolerance and
# selectivity is the reason why convnets pool a little many times rather than once a lot.

# %% [markdown]
# ## N.7 A syllable, wherever it comes
#
# What slides over an image can slide over time. Alex Waibel and colleagues
# ([1989](https://doi.org/10.1109/29.21701)) wanted to tell "b", "d" and "g" apart, which differ in how
# one tone moves within a few hundredths of a second. Nobody says at which moment they begin. Their
# **time-delay network** used the same weights at every time step and collected what they said over time;
# they saw 98.5 % of the sounds recognised, against 93.7 % by the best of the models then in use. They
# trained it by backpropagation: it is a convnet, in one dimension.
#
# A spectrogram $x[t,d]$ has $T$ time steps and $D$ frequency bands. Two layers and a mean:
#
# $$h[t,m] = \max\Big(0,\;\sum_{k=0}^{k_1-1}\sum_{d} x[t+k,\,d]\;w_1[k,d,m]\Big),\qquad
# z[t,c] = \sum_{k=0}^{k_2-1}\sum_{m} h[t+k,\,m]\;w_2[k,m,c],$$
#
# $$\text{score}[c] = \text{the mean of } z[t,c] \text{ over all } t.$$
#
# Only whole windows: $h$ has $T-k_1+1$ steps and $z$ has $T-k_1-k_2+2$. There are no biases, and no ReLU
# after the second layer. (Waibel's units were logistic and he summed squares; the idea is the same.)
#
# **By hand.** One band, one hidden unit: $x = (0, 2, 1)$, $w_1 = (1, -1)$. The sums are $-2$ and $1$, so
# $h = (0, 1)$. With $k_2 = 1$ and $w_2 = (3, -1)$ for two classes, $z = (0,0), (3,-1)$ and the scores
# are $(1.5, -0.5)$.


# %% exercise="tdnn"
def tdnn(x, w1, w2):
    """The class scores of a time-delay network.

    x: (T, D), of floats or whole numbers; w1: (k1, D, M); w2: (k2, M, C).
    Returns an array of floats (C,).
    """
    ### BEGIN SOLUTION
    x, w1, w2 = (np.asarray(a, dtype=float) for a in (x, w1, w2))

    def layer(x, w):
        windows = sliding_window_view(x, len(w), axis=0)  # (steps, channels, k)
        return np.einsum("tdk,kdm->tm", windows, w)

    return layer(np.maximum(layer(x, w1), 0), w2).mean(axis=0)
    ### END SOLUTION


# %% [markdown]
# Three made-up syllables, a low tone and a high one that rises, falls or bends, in noise. Two nets learn them
# from 120 examples that **all begin at step 4**: a time-delay network, whose weights go into your `tdnn`,
# and a dense net that sees the whole spectrogram. Then the syllable comes later.
#
# **What you should see:** both read what begins at step 4. At step 8 the dense net is lost, even worse than
# guessing; the time-delay network hardly notices. At both ends it loses too: there the windows that would
# reach beyond the spectrogram are missing. (It takes some seconds.)

# %% tags=["picture"]
show.hearing(tdnn)

# %% [markdown] discussion="tdnn"
# Shared weights make the answers move along with the syllable, and the mean forgets when they came. Since
# there are no biases, silence adds exactly nothing, so a shift within silence changes no digit. The loss at the
# border is real and has the same cause as the shrinking maps of Lab {sizes}. Waibel's network became the
# 1-D convolutions of today's speech recognisers, and, with gaps between the taps, WaveNet.

# %% [markdown]
# ## N.8 Gabors in a net that has learned
#
# Yann LeCun and colleagues ([1989](https://doi.org/10.1162/neco.1989.1.4.541)) put the pieces together: shared
# weights as Fukushima's, backpropagation as Waibel's, images of handwritten zip codes. They saw that one net
# can learn the whole way from the image to the digit. And when Bruno Olshausen and David Field
# ([1996](https://doi.org/10.1038/381607a0)) made a layer describe photographs with as few active cells as it
# could, they saw that it found Hubel and Wiesel's cells by itself. The first layer of nets that
# classify photographs looks alike (Alex Krizhevsky and others, [2012](https://doi.org/10.1145/3065386)).
#
# "Looks like a Gabor" should be a number. A **pair** is an even patch $e$ and an odd one $o$ (phase 0 and
# $\frac\pi2$) of the same place, direction, wavelength and width. With the weights $\alpha$ and $\beta$ free,
# $\alpha e + \beta o$ has any phase and any strength. The best such sum is the point of the plane spanned by
# $e$ and $o$ that is nearest to the filter $f$ (all read as vectors of $s^2$ numbers), and the share of the
# filter that it explains is
#
# $$R^2 = \max_{\alpha,\beta}\; 1 - \frac{\lVert f - \alpha e - \beta o\rVert^2}{\lVert f\rVert^2}.$$
#
# No mean is subtracted. $e$ and $o$ are not quite at right angles, because patches are cut at the border.
# So make them so: $q_1 = e/\lVert e\rVert$; $\tilde o = o - (o\cdot q_1)\,q_1$; $q_2 = \tilde o/\lVert\tilde o\rVert$.
# Then $R^2 = \big((q_1\cdot f)^2 + (q_2\cdot f)^2\big)/\lVert f\rVert^2$.
#
# `gabor_pairs(size)` is given: many pairs at different places. For each filter take the pair with the largest
# $R^2$, and return its direction $\theta$ and that $R^2$.
#
# **By hand.** In two pixels, $f = (3, 4)$ and the vectors $e = (1, 0)$, $o = (2, 0)$ would span a line only:
# $R^2 = \frac{9}{25}$. In three pixels, $f = (3, 4, 12)$, $e = (2, 0, 0)$ and $o = (1, 1, 0)$ give
# $q_1 = (1, 0, 0)$, $q_2 = (0, 1, 0)$ and $R^2 = \frac{9 + 16}{169}$.


# %% tags=["setup"]
def gabor_pairs(size):
    """Pairs of patches at many places, directions, wavelengths and widths.

    Returns thetas (P,), from 0 to below π, and pairs (P, 2, size, size), the even patch first.
    """
    places = np.linspace(-size / 4, size / 4, 5)
    grids = np.meshgrid(
        np.pi * np.arange(24) / 24, (3.0, 4.5, 6.5, 9.5), (1.2, 1.8, 2.7), places, places
    )
    theta, lam, sigma, down, right = (grid.reshape(-1, 1, 1) for grid in grids)
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    a = (x - right) * np.cos(theta) + (y - down) * np.sin(theta)
    envelope = np.exp(-((x - right) ** 2 + (y - down) ** 2) / (2 * sigma**2))
    waves = np.cos(2 * np.pi * a / lam), np.sin(-2 * np.pi * a / lam)
    return theta.ravel(), np.stack([envelope * wave for wave in waves], axis=1)


# %% exercise="first_layer_gabor_fit"
def first_layer_gabor_fit(filters):
    """The direction of the best Gabor pair for each filter, and how much of the filter it explains.

    filters: (size, size, F), none of them all zeros.
    Returns theta (F,) and r2 (F,), two arrays of floats, by the pairs of gabor_pairs(size).
    """
    ### BEGIN SOLUTION
    f = np.asarray(filters, dtype=float).reshape(-1, np.shape(filters)[2])  # (s·s, F)
    thetas, pairs = gabor_pairs(np.shape(filters)[0])
    even, odd = pairs.reshape(len(pairs), 2, -1).swapaxes(0, 1)  # (P, s·s) each
    q1 = even / np.linalg.norm(even, axis=1, keepdims=True)
    odd = odd - np.sum(odd * q1, axis=1, keepdims=True) * q1
    q2 = odd / np.linalg.norm(odd, axis=1, keepdims=True)
    r2 = ((q1 @ f) ** 2 + (q2 @ f) ** 2) / np.sum(f**2, axis=0)  # (P, F)
    best = r2.argmax(axis=0)
    return thetas[best], r2.max(axis=0)
    ### END SOLUTION


# %% [markdown]
# The layer of the picture learns from patches of two photographs; nobody tells it anything about lines. It is
# asked for one thing only: that its units be silent most of the time (independent component analysis, as
# Anthony Bell and Terrence Sejnowski [1997](https://doi.org/10.1016/S0042-6989(97)00121-1) did it). **What you
# should see:** above filters that have learned, below noise of the same kind before learning; under each its
# $R^2$. The best of seven thousand pairs explains a part of noise too. It is the distance between the two
# rows that counts.

# %% tags=["picture"]
show.learned(first_layer_gabor_fit)

# %% [markdown] discussion="first_layer_gabor_fit"
# Least squares in a plane frees the fit of phase and strength, so only place, direction, wavelength and width
# have to be tried. To skip the right angle counts what the two patches share twice, and $R^2$ can exceed 1.
# Least squares by `np.linalg.lstsq` and the normal equations of two unknowns give the same. Noise is the
# baseline that early papers left out; with it, one can say how much better than luck "looks like cortex" is.

# %% [markdown]
# ## What you have built
#
# * A **simple cell** is correlation and ReLU: a convolutional layer with one filter.
# * A **complex cell** forgets the phase, by squares (energy) or by a maximum (pooling).
# * The **Neocognitron** stacks the two. Tolerances add up over the stages, and cost selectivity.
# * A **time-delay network** does the same in time, with weights that were learned.
# * A layer that learns from photographs finds **Gabor patches** by itself.
#
# ## Go on
#
# Not checked, each worth an evening:
#
# * Give the cells of N.2 **divisive normalisation**: divide each answer by a constant plus the root of the mean
#   square of its neighbours' answers in all directions. What becomes of the tuning curve at low contrast?
# * Let the second stage of N.6 **learn**: start from random templates, show letters, and move the winner's template
#   towards what it saw, as Fukushima did. Do three templates become three letters?
# * Make a **motion detector** from two energy units: let the gratings drift, delay one of the two inputs by one
#   frame, and tell left from right.
#
# **The next lab's question.** You knew what your filters look for, because you set them. In a net that has learned,
# nobody set anything. How do you find out what a unit deep inside looks for, and which pixels made the
# net say "cat"?
#
# ## Read on
#
# * D. H. Hubel, T. N. Wiesel, *Receptive fields, binocular interaction and functional architecture in the cat's
#   visual cortex*, 1962.
# * K. Fukushima, *Neocognitron: a self-organizing neural network model for a mechanism of pattern recognition
#   unaffected by shift in position*, 1980.
# * A. Waibel, T. Hanazawa, G. Hinton, K. Shikano, K. Lang, *Phoneme recognition using time-delay neural
#   networks*, 1989.
# * Y. LeCun and others, *Backpropagation applied to handwritten zip code recognition*, 1989.
#
# The photographs are `china.jpg` by danielbuechele and `flower.jpg` by vultilion (CC BY 2.0), as scikit-learn
# carries them, scaled down.
