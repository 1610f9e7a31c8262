# %% [markdown]
# # Filters that look for patterns
#
# Somebody writes an X, and you know it at a glance. Somebody writes it again, one pixel further to
# the right, and you do not even notice. A computer that compares pixel by pixel notices nothing
# else.
#
# In this lab you build something that reads the letter all the same, from one idea: *look for small
# pieces, everywhere, and then ask only how well each was found*. On the way you find the edges in a
# photograph, and in the end you have written, by hand, every part of a convolutional layer.
#
# **You need** NumPy arrays, slices and loops. **It takes** about 90 minutes.
#
# **How it works.** Fill in a cell that says `YOUR CODE HERE`, run it, then run the check below it:
# it tells you what is right and, if something is not, shows you where. `hint("N.1")` gives a hint;
# ask again for a stronger one. Before each exercise there is a question to bet on. It earns no
# points: you learn more from a run when you have guessed first.

# %% tags=["setup"]
import numpy as np

from nablab import check, data, hint, predict
from nablab.show import filters as show

X = data.xo.clean("X")  # (9, 9), ink is +1 and paper is -1
BANK = data.xo.bank()  # (3, 3, 3): main diagonal, cross, anti-diagonal
PHOTO = data.sample_photo("china", grey=True)  # (213, 320), 0 is black and 1 is white

# %% [markdown]
# ## A puzzle to begin with
#
# Three pictures of 9×9 pixels: an X, the same X one pixel further to the right, and an O. The numbers
# below the second and the third say how many of their 81 pixels equal those of the first. *Which of
# the two looks more like the first to you? Which does by the count?*

# %% tags=["picture"]
show.pixel_puzzle(X, data.xo.draw("X", shift=(0, 1)), data.xo.clean("O"))

# %% [markdown]
# The O wins. Comparing whole pictures is hopeless: every stroke has left its place, and a pixel
# counts only *in* its place.
#
# But look at the shifted X in pieces. There is still a stroke falling to the right, a stroke
# rising to the right, and a crossing where they meet. The pieces are unharmed; they have only
# moved. So make each piece a little picture of its own, called a **filter**, and look for it
# everywhere:

# %% tags=["picture"]
show.bank(BANK)

# %% [markdown]
# David Hubel and Torsten Wiesel found cells that work in this way in the visual cortex of the cat
# (1962): each looks at a small region only, and fires if there is a line of *its* direction. The
# X and its three filters follow Brandon Rohrer's *How do Convolutional Neural Networks work?*
# (2016).
#
# ## N.1 How well does a patch match?
#
# Lay a filter $F$ on a patch $P$ of the same shape, $k_h$ rows and $k_w$ columns. Multiply what
# lies on top of each other, and take the mean:
#
# $$\operatorname{score}(P, F) \;=\; \frac{1}{k_h k_w}\sum_{u=0}^{k_h-1}\sum_{v=0}^{k_w-1} P[u,v]\,F[u,v]$$
#
# Here $u$ counts rows from the top and $v$ columns from the left, both from 0. Where ink meets ink
# the product is $1\cdot 1 = 1$; where paper meets paper it is $(-1)(-1) = 1$; where they differ it
# is $-1$. Agreement votes for a match and disagreement against it.
#
# **By hand.** Two rows, three columns, and numbers that are not only ±1:
#
# $$P=\begin{pmatrix}1&-1&2\\0&3&1\end{pmatrix},\quad
# F=\begin{pmatrix}2&1&1\\5&1&-2\end{pmatrix},\quad
# P\odot F=\begin{pmatrix}2&-1&2\\0&3&-2\end{pmatrix},$$
#
# $$\operatorname{score}=\frac{2-1+2+0+3-2}{6}=\frac{4}{6}=\frac23 .$$


# %% exercise="match_score"
def match_score(patch, filt):
    """The mean of the products of a patch and a filter.

    patch, filt: arrays of the same shape (kh, kw), of floats, whole numbers or bytes.
    Returns one float.
    """
    ### BEGIN SOLUTION
    patch, filt = np.asarray(patch, dtype=float), np.asarray(filt, dtype=float)
    return float(np.mean(patch * filt))
    ### END SOLUTION


# %% [markdown]
# **What you should see:** the upper left corner of the X against the main diagonal. One pixel of
# nine disagrees, and the score is $\tfrac79 = .77\ldots$ Count the products to see why it
# is not $\tfrac89$.

# %% tags=["picture"]
show.match(X[0:3, 0:3], BANK[0], match_score)

# %% [markdown]
# ## N.2 Slide the filter: correlation
#
# You do not know where the piece is, so try every place. Put the filter with its top-left corner
# on pixel $(i, j)$ of an image $I$, and write what comes out into pixel $(i, j)$ of a new image,
# the **map**:
#
# $$Y[i,j] \;=\; \sum_{u=0}^{k_h-1}\sum_{v=0}^{k_w-1} I[i+u,\,j+v]\;F[u,v]$$
#
# From here on it is the *sum* of the products, as everywhere in deep learning; divide by $k_h k_w$
# and you are back at the score. This operation is called **correlation**.
#
# Take only places where the whole filter lies on the image (the word for that is `valid`). A
# filter of $k_h$ rows fits into $H$ rows in $H-k_h+1$ places, so an image $(H, W)$ gives a map
# $(H-k_h+1,\; W-k_w+1)$.
#
# **By hand.** This filter looks for a thin vertical line, brighter than what is left and right of
# it:
#
# $$I=\begin{pmatrix}0&1&0&1\\0&1&0&1\\1&1&1&1\\0&-2&0&-2\end{pmatrix},\qquad
# F=\begin{pmatrix}-\frac12&1&-\frac12\\-\frac12&1&-\frac12\\-\frac12&1&-\frac12\end{pmatrix}$$
#
# Four rows and four columns leave 2×2 places. In the first one the columns of the patch sum to
# $1$, $3$ and $1$: $Y[0,0] = -\tfrac12\cdot 1 + 3 - \tfrac12\cdot 1 = 2$, a line. One step to the
# right the sums are $3$, $1$ and $3$: $Y[0,1] = -\tfrac32 + 1 - \tfrac32 = -2$, the very opposite
# of a line. One step down from the start they are $1$, $0$ and $1$. Finish the map on paper before
# you go on:
#
# $$Y=\begin{pmatrix}2&-2\\-1&1\end{pmatrix}$$


# %% exercise="correlate_valid"
def correlate_valid(img, filt):
    """Slide a filter over an image: the sum of products at every place where it fits.

    img: (H, W), filt: (kh, kw), of floats, whole numbers or bytes; neither need be square, and
    the sides of the filter may be even.
    Returns a NumPy array of floats, (H - kh + 1, W - kw + 1): later exercises compute with it.
    The filter is not turned. Loops are welcome.
    """
    ### BEGIN SOLUTION
    img, filt = np.asarray(img, dtype=float), np.asarray(filt, dtype=float)
    (H, W), (kh, kw) = img.shape, filt.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(H - kh + 1):
        for j in range(W - kw + 1):
            out[i, j] = np.vdot(img[i : i + kh, j : j + kw], filt)  # sum of all products
    return out
    ### END SOLUTION


# %% [markdown]
# **What you should see:** the map of the X under the main diagonal, as scores (your map divided by
# 9). Its first row reads, cut to two decimals,
#
# $$.77\quad -.11\quad .11\quad .33\quad .55\quad -.11\quad .33$$
#
# and there are ones along one of the two strokes: *there* the filter lies on its own image.

# %% tags=["picture"]
show.sliding(X, BANK[0], correlate_valid)

# %% [markdown]
# Now let the same few lines of yours loose on a photograph. Four filters, each with a line of
# 2s on a ground of −1s: horizontal, vertical, and the two slanting ones. The entries of each sum
# to 0, so a plain sky gives nothing.
#
# **What you should see:** orange where there is a bright line of the filter's own direction, blue
# where there is a dark one. Look for the ridges of the roofs in the first map and for the pillars
# in the second.

# %% tags=["picture"]
LINES = {
    "horizontal": [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]],
    "vertical": [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]],
    "45°": [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]],
    "135°": [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]],
}
show.line_filters(PHOTO, LINES, correlate_valid)

# %% [markdown]
# ## N.3 Turn the filter: true convolution
#
# Mathematicians define **convolution** with two minus signs: the filter runs against the image.
# Where the whole filter fits, that is
#
# $$(I * F)[i,j] \;=\; \sum_{u=0}^{k_h-1}\sum_{v=0}^{k_w-1} I[i+u,\,j+v]\;F[k_h-1-u,\;k_w-1-v]$$
#
# with the indices of the map counted as in N.2. The only change is that the filter is turned by
# 180° first: upside down *and* left to right. It looks like pedantry and is worth it: with the
# turn, $F * G = G * F$, filters may be applied in any order, and one bright pixel on black becomes
# a picture of the filter. Under correlation it becomes a picture of the *turned* filter.
#
# **By hand.** One row: $I = (1, 2, 3, 4)$ and $F = (1, 10, 100)$.
#
# | | first place | second place |
# |---|---|---|
# | correlation | $1\cdot1+10\cdot2+100\cdot3 = 321$ | $1\cdot2+10\cdot3+100\cdot4 = 432$ |
# | convolution | $100\cdot1+10\cdot2+1\cdot3 = 123$ | $100\cdot2+10\cdot3+1\cdot4 = 234$ |
#
# **And Keras?** `keras.ops.conv` on the same row with the same filter answers `321, 432`. Say in
# the constant `WHICH_DOES_KERAS` which of the two words that is: `"correlation"` or
# `"convolution"`. For a network it makes no difference, since it *learns* its filters and can
# learn them either way round. For you it does, as soon as you copy a filter from a book.


# %% exercise="convolve_valid"
def convolve_valid(img, filt):
    """True convolution where the whole filter fits: the filter is turned by 180°.

    img: (H, W), filt: (kh, kw), as in correlate_valid, which can do the work.
    Returns a float array (H - kh + 1, W - kw + 1).
    """
    ### BEGIN SOLUTION
    return correlate_valid(img, np.asarray(filt)[::-1, ::-1])
    ### END SOLUTION


# What keras.ops.conv computes: "correlation" or "convolution".
WHICH_DOES_KERAS = "correlation"  ### SOLUTION None

# %% [markdown]
# **What you should see:** four bright pixels and a filter in the shape of an L. Under convolution
# each pixel turns into an L; under correlation, into an L turned by 180°.

# %% tags=["picture"]
dots = np.zeros((13, 17))
dots[[3, 4, 9, 8], [4, 12, 6, 13]] = 1
ell = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [2, 2, 2]])
show.flip(dots, ell, correlate_valid, convolve_valid)

# %% [markdown]
# ## N.4 Four classic filters
#
# Before networks learned their filters, people designed them. Four have lasted, all of them 3×3
# and all used with correlation, as in N.2:
#
# * `sobel_x` responds to brightness that rises **from left to right**. Each of its rows compares
#   right with left, $(-1, 0, 1)$, and the three rows are weighted $(1, 2, 1)$ from top to bottom:
#   entry $[u, v]$ is the $u$-th weight times the $v$-th comparison. It is not divided by anything.
# * `sobel_y` responds to brightness that rises **from top to bottom**: the same with rows and
#   columns exchanged. (Irwin Sobel and Gary Feldman presented both at Stanford in 1968.)
# * `laplacian` compares a pixel with its four neighbours above, below, left and right: their sum,
#   minus four times the pixel.
# * `box` is the mean of the nine pixels.
#
# **By hand.** A step from dark to bright, seen by a filter's middle row only:
# $(-1,0,1)$ on $(0, 0, 5)$ gives $+5$, and on $(5, 0, 0)$ gives $-5$. So the sign tells the
# direction: *dark to bright, left to right, is positive*. On an even wall $(5,5,5)$ it gives 0. The
# Laplacian gives 0 even on a slope, $3 + 7 - 2\cdot 5 = 0$: it waits for the slope to change.


# %% exercise="edge_filters"
def edge_filters():
    """Four classic 3×3 filters for correlation, by name.

    Returns a dict with the keys "sobel_x", "sobel_y", "laplacian" and "box", each a NumPy array
    (3, 3), not divided by anything, except that "box" takes the mean.
    Dark to bright is positive: from left to right for sobel_x, from top to bottom for sobel_y.
    """
    ### BEGIN SOLUTION
    sobel_x = np.outer([1, 2, 1], [-1, 0, 1])
    return {
        "sobel_x": sobel_x,
        "sobel_y": sobel_x.T,
        "laplacian": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        "box": np.full((3, 3), 1 / 9),
    }
    ### END SOLUTION


# %% [markdown]
# **What you should see:** upright edges in the first map, each pillar with an orange and a blue
# side; level edges in the second; thin double lines in the third; a slightly blurred photo in the
# fourth.

# %% tags=["picture"]
show.edges(PHOTO, edge_filters, correlate_valid)

# %% [markdown]
# ## N.5 How strong is an edge, and which way does it face?
#
# At every pixel you now have two numbers: $G_x$, how much brighter it gets to the right, and
# $G_y$, how much brighter it gets downwards. Together they are an arrow, the **gradient**, that
# points from dark to bright, straight across the edge. Its length and direction are
#
# $$M = \sqrt{G_x^2 + G_y^2}, \qquad \theta = \operatorname{atan2}(G_y, G_x).$$
#
# $\theta$ is in radians and is measured from "right" towards "down", because rows are counted
# downwards: 0 is right, $\pi/2$ is down, $\pm\pi$ is left, $-\pi/2$ is up.
#
# **By hand.** On $\begin{pmatrix}0&1&2\\1&2&3\\2&3&4\end{pmatrix}$ it gets brighter by 1 a step
# both ways: $G_x = 8$ and $G_y = 8$, so $M = 8\sqrt2 \approx 11.3$ and $\theta = \pi/4$, down to
# the right. Now make a negative: $G_x = G_y = -8$. The quotient $G_y/G_x$ is still 1, but the arrow
# points up to the left, $\theta = -\tfrac34\pi$. That is why $\arctan(G_y/G_x)$ is not enough.


# %% exercise="gradient_polar"
def gradient_polar(img):
    """Strength and direction of the brightness gradient, by the two Sobel filters.

    img: (H, W), of floats, whole numbers or bytes.
    Returns two float arrays (H - 2, W - 2): the magnitude, and the angle in radians, 0 to the right
    and π/2 downwards, between -π and π. Where the magnitude is 0 any finite angle will do.
    Use your correlate_valid and edge_filters.
    """
    ### BEGIN SOLUTION
    filters = edge_filters()
    right = correlate_valid(img, filters["sobel_x"])
    down = correlate_valid(img, filters["sobel_y"])
    return np.sqrt(right**2 + down**2), np.arctan2(down, right)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** brightness is the magnitude, colour the direction; the wheel says which
# colour is which, and small arrows show it without colour. On the disc the arrows point inwards all
# round, from dark to bright. On the photo the two sides of a pillar have opposite colours.

# %% tags=["picture"]
show.gradient(PHOTO, gradient_polar)

# %% [markdown]
# ## N.6 Many channels in, many maps out
#
# A colour image has three **channels**: an array $(H, W, C)$ with $C = 3$. And one filter is not
# enough, you want $F$ of them. So the weights form an array $w$ of shape $(k_h, k_w, C, F)$, the
# order that Keras uses, and there is one **bias** for each output map:
#
# $$Y[i,j,f] \;=\; b[f] + \sum_{c=0}^{C-1}\;\sum_{u=0}^{k_h-1}\sum_{v=0}^{k_w-1} X[i+u,\,j+v,\,c]\;\,w[u,v,c,f]$$
#
# Read it slowly. A filter looks at *all* channels at once: it has a separate pattern for each, and
# the results are added up to one map. Channels do not stay apart, and the number of
# maps has nothing to do with the number of channels. With layers of this kind Yann LeCun and
# colleagues taught a network to read handwritten digits (1998).
#
# **By hand.** One pixel, 1×1 filters, $C = 2$ and $F = 3$. With $X[0,0] = (2, 5)$,
#
# $$w[0,0] = \begin{pmatrix}1&0&-1\\0&1&2\end{pmatrix}\ \text{(row } c\text{, column } f),\qquad b = (10, 20, 30)$$
#
# the three outputs are $2 + 10 = 12$, $\;5 + 20 = 25$ and $-2 + 10 + 30 = 38$.


# %% exercise="correlate_multi"
def correlate_multi(x, w, b):
    """What a convolutional layer computes on one image: stride 1, no padding, no activation.

    x: (H, W, C), w: (kh, kw, C, F), b: (F,), of floats, whole numbers or bytes.
    Returns a float array (H - kh + 1, W - kw + 1, F). The filters are not turned (correlation, as
    in Keras).
    """
    ### BEGIN SOLUTION
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    (H, W, C), (kh, kw, _, F) = x.shape, w.shape
    out = np.zeros((H - kh + 1, W - kw + 1, F))
    for f in range(F):
        for c in range(C):
            out[:, :, f] += correlate_valid(x[:, :, c], w[:, :, c, f])
        out[:, :, f] += b[f]
    return out
    ### END SOLUTION


# %% [markdown]
# **What you should see:** one filter that looks for *red next to not-red*: red counts plus, green
# and blue count minus, and each has its own Sobel pattern. Above are the three channels, below
# what each contributes, and on the right their sum. Grey things contribute to all three and cancel
# out; the painted woodwork remains.

# %% tags=["picture"]
colours = data.sample_photo("china")[::2, ::2] / 255  # every second pixel: (107, 160, 3)
sobel = np.outer([1, 2, 1], [-1, 0, 1])
red_edge = np.stack([sobel, -sobel / 2, -sobel / 2], axis=-1)[..., None]  # (3, 3, 3, 1)
show.channels(colours, red_edge, np.zeros(1), correlate_multi)

# %% [markdown]
# ## N.7 Keep the best of each window
#
# A map says where a piece was found, to the pixel. You asked for less: *whether* it was found,
# *more or less* there. Two small steps forget the rest.
#
# **ReLU** keeps what speaks for the pattern: $\operatorname{relu}(a) = \max(a, 0)$. **Max-pooling**
# keeps the best of each window. With windows of $p_h \times p_w$ pixels that start every $s_h$
# rows and $s_w$ columns,
#
# $$Y[i,j,f] \;=\; \max_{0\le u<p_h}\;\max_{0\le v<p_w}\; \operatorname{relu}\!\big(X[i\,s_h+u,\;j\,s_w+v,\;f]\big)$$
#
# for each channel $f$ by itself. Only whole windows count, so there are
# $\lfloor (H-p_h)/s_h\rfloor + 1$ rows of them, and likewise columns. Windows overlap where the
# stride is smaller than the size.
#
# **By hand.** The map of the X under the main diagonal, in 2×2 windows with stride 2, and with the
# last windows clipped at the border so that nothing is lost:
#
# $$\begin{pmatrix}1&.33&.55&.33\\.33&1&.33&.55\\.55&.33&1&.11\\.33&.55&.11&.77\end{pmatrix}$$
#
# Forty-nine numbers have become sixteen, and the stroke is still there. You keep to whole windows
# (Keras's `padding="valid"`), so yours are the 3×3 in the upper left corner.


# %% exercise="relu_maxpool"
def relu_maxpool(x, size, stride):
    """ReLU, then the maximum of every whole window, channel by channel.

    x: (H, W, F), of floats or whole numbers; size: (ph, pw) and stride: (sh, sw), rows first.
    Returns a NumPy array of floats, ((H - ph) // sh + 1, (W - pw) // sw + 1, F): N.8 computes with
    it.
    """
    ### BEGIN SOLUTION
    x = np.maximum(np.asarray(x, dtype=float), 0)
    (H, W, F), (ph, pw), (sh, sw) = x.shape, size, stride
    out = np.zeros(((H - ph) // sh + 1, (W - pw) // sw + 1, F))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            window = x[i * sh : i * sh + ph, j * sw : j * sw + pw]
            out[i, j] = window.max(axis=(0, 1))
    return out
    ### END SOLUTION


# %% [markdown]
# **What you should see:** the windows on the map of the X, the pixel that each of them keeps
# circled, and the small map that they make. The negative numbers are gone, and the stroke has
# stayed.

# %% tags=["picture"]
show.pooling(X, BANK[0], correlate_valid, relu_maxpool)

# %% [markdown]
# ## N.8 X or O?
#
# Now put it together: image → three maps → ReLU and pooling → a decision.
#
# Pool with one window **as large as the whole map**. All that is left of a map is its **peak**: how
# well the filter matched at its best place, wherever that was. A shifted X has the same three
# peaks as an X in the middle, so the puzzle of the first page is solved.
#
# What do the peaks say? These are scores, so the best is 1:
#
# | | main diagonal | cross | anti-diagonal |
# |---|---|---|---|
# | clean X | 1 | 1 | 1 |
# | clean O | 1 | .55 | 1 |
#
# The O is round and has short diagonals in its corners! What it lacks is the crossing. So neither
# the sum of the peaks nor the best of them decides, but the worst: **an X has every piece**.
# Compare the smallest peak with the largest: it is an X if the smallest is more than a certain share
# of the largest. Finding that share is up to you, on pictures from `data.xo.sample`.
#
# Three things that a good answer does by itself:
#
# * It does not depend on **contrast**: `xo_vote(0.1 * img, bank)` is `xo_vote(img, bank)`.
# * It does not depend on the **order** of the filters in the bank: it asks all of them the same.
# * It uses **the bank that it is given**. With a bank of zeros every peak is 0, nothing
#   speaks for an X, and the answer is `"O"`.
#
# **How good?** You are tested on fresh pictures as `data.xo.sample` draws them: shifted by up to 1
# pixel each way, turned by up to 8°, written with a pen 1 to 1.2 pixels wide, and with normal noise
# of standard deviation 0.2 on every pixel. At least 9 in 10 must be right; clean letters, all.


# %% exercise="xo_vote"
def xo_vote(img, bank):
    """Read a letter from how well the filters of a bank match at their best places.

    img: (9, 9); bank: (3, 3, 3), as [filter, row, column].
    Returns the string "X" or "O".
    Use your correlate_valid and relu_maxpool.
    """
    ### BEGIN SOLUTION
    maps = np.stack([correlate_valid(img, filt) for filt in bank], axis=-1)  # (7, 7, 3)
    peaks = relu_maxpool(maps, maps.shape[:2], (1, 1))[0, 0]  # (3,)
    return "X" if peaks.min() > 0.73 * peaks.max() else "O"
    ### END SOLUTION


# %% [markdown]
# **What you should see:** the whole way of one noisy X and one noisy O, from pixels to letter. In
# every strip compare the three peaks.

# %% tags=["picture"]
rng = np.random.default_rng(5)
noisy_x = data.xo.draw("X", shift=(1, -1), turn=6, noise=0.2, rng=rng)
noisy_o = data.xo.draw("O", shift=(0, 1), turn=6, noise=0.2, rng=rng)
show.vote([noisy_x, noisy_o], BANK, correlate_valid, relu_maxpool, xo_vote)

# %% [markdown]
# And a page of fresh letters, each with your answer. What do those that went wrong, if any, have in
# common?

# %% tags=["picture"]
images, letters = data.xo.sample(48, np.random.default_rng(7))
show.verdicts(images, letters, BANK, xo_vote)

# %% [markdown]
# ## What you have built
#
# * A **match** is a mean of products: agreement votes for it, disagreement against it.
# * **Correlation** asks for a match at every place; shift the image, and the map shifts with it.
#   **Convolution** turns the filter first. Keras's "convolution" is correlation.
# * A **filter** is a question. Sobel asks where it gets brighter, the Laplacian where that changes,
#   and two Sobel answers make an arrow.
# * A **convolutional layer** adds up what a filter's channels say, plus one bias for each map.
# * **ReLU and pooling** keep that a piece was found and forget where exactly.
#
# You chose these filters yourself. That works for an X; nobody has ever written down the filters
# for a cat. A network finds them from examples: it has your `correlate_multi` and `relu_maxpool`
# inside, several of each in a row, and filters that start as noise.
#
# **Where this goes next.** Lab {sizes} asks what such layers do to the size of an image, what happens at
# its border, and how much of it one unit deep inside can see. Lab {backprop} is about how the numbers in a
# filter are learned.
#
# ## Read on
#
# * D. H. Hubel, T. N. Wiesel, *Receptive fields, binocular interaction and functional architecture
#   in the cat's visual cortex*, 1962.
# * Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-based learning applied to document
#   recognition*, 1998.
# * B. Rohrer, *How do Convolutional Neural Networks work?*, 2016.
#
# The photograph is `china.jpg` by danielbuechele (CC BY 2.0), as scikit-learn carries it, scaled
# down.
