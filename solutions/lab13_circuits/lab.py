# %% [markdown]
# # Circuits
#
# Below are eight small grids of numbers. Together they are all that one unit of a network knows:
# its weights, orange where it is excited and blue where it is inhibited. *What does the unit look
# for?*
#
# A net of a million weights is a table of a million numbers, and nobody can read that. But weights
# connect things. If you know what the units of one layer look for, then the weights between two
# layers are a plan: this excites that, and that inhibits this. Chris Olah and others call such a
# plan a **circuit** ([2020](https://distill.pub/2020/circuits/zoom-in/)). They found circuits for
# curves, for circles and for dog heads, read them, and rebuilt one of them by hand.
#
# In this lab you do the same on a small scale: you draw a detector for curves, you build one out of
# detectors for lines, and then you make the tools with which circuits of trained nets are read. Each
# tool is tried on a plan that you know, because a tool that finds something everywhere finds
# nothing.
#
# **You need** NumPy, correlation (Lab {filters}) and tuning curves (Lab {cortex}); of linear
# algebra the singular values of a matrix. **It takes** about 110 minutes.
#
# **How it works.** Fill in a cell that says `YOUR CODE HERE`, run it, then run the check below it:
# it tells you what is right and, if something is not, shows you where. `hint("N.1")` gives a hint;
# ask again for a stronger one. Before each exercise there is a question to bet on. It earns no
# points: you learn more from a run when you have guessed first.

# %% tags=["setup"]
import numpy as np

from nablab import check, data, hint, predict
from nablab.show import circuits as show

FLOWER = data.sample_photo("flower", grey=True)  # (213, 320), 0 is black and 1 is white
RADIUS, SIZE, WIDTH = 6, 15, 1.0  # the curves of this lab: radius, side of the patch, soft edge
FIELD = 9  # the side of what a curve detector of N.3 reads
LINES = np.arange(8) * np.pi / 8  # the directions of eight channels of lines

# %% tags=["picture"]
show.puzzle()

# %% [markdown]
# The answer comes in N.3. First you need to know exactly what a curve is.
#
# ## N.1 A curve to ask about
#
# Curve detectors were found in a net that was trained on photographs, and they were believed in
# only after they had been asked thousands of questions with *drawn* curves, of which one knows
# radius and direction ([Cammarata and others,
# 2020](https://distill.pub/2020/circuits/curve-detectors/)). So begin with a function that draws
# one.
#
# Let $x$ count pixels **to the right** and $y$ pixels **downwards**, both from the middle of a patch
# of $s \times s$ pixels: in column $c$ and row $r$, $x = c - \frac{s-1}2$ and $y = r - \frac{s-1}2$.
# The curve goes through the middle of the patch and bends towards $\theta$: the centre of its circle
# lies at distance $R$ in direction $\theta$, which is measured in radians **from right towards
# down**, as in Lab {filters} and Lab {cortex}. At $\theta = 0$ the curve is the left part of a
# circle, like the letter C. Turn the coordinates, so that $a$ points to the centre and $b$ along the
# curve,
#
# $$a = x\cos\theta + y\sin\theta,\qquad b = -x\sin\theta + y\cos\theta .$$
#
# Seen from the centre, a pixel lies at distance $\rho$, and at angle $\alpha$ from the middle of the
# patch:
#
# $$\rho = \sqrt{(R-a)^2 + b^2},\qquad \alpha = \operatorname{atan2}(b,\; R-a).$$
#
# The curve is **a third of the circle**: 60° to either side, $|\alpha| \le \frac\pi3$. Its two ends
# lie at $a = \frac R2$ and $b = \pm\frac{\sqrt3}2R$. The distance of a pixel from the curve is
# therefore
#
# $$d = \begin{cases} |\rho - R| & \text{if } |\alpha| \le \frac\pi3,\\[2pt]
# \sqrt{\big(a - \tfrac R2\big)^2 + \big(|b| - \tfrac{\sqrt3}2R\big)^2} & \text{otherwise (the nearer end),}
# \end{cases}$$
#
# and the patch has a soft edge of width $w$:
#
# $$A_\theta[r, c] = \exp\!\Big(-\frac{d^2}{2w^2}\Big).$$
#
# **By hand.** $\theta = 0$, $R = 2$, $s = 5$, $w = 1$. In the middle row $b = 0$ and $a = x = -2,
# \dots, 2$, so $\rho = 4, 3, 2, 1, 0$ and $d = 2, 1, 0, 1, 2$: the row is $0.14, 0.61, 1, 0.61,
# 0.14$. The pixel at the lower right, $a = b = 2$, has $\alpha = 90°$: the nearer end is at $(1,
# 1.73)$, $d = 1.04$, and the pixel is $0.59$.


# %% exercise="arc_template"
def arc_template(theta, R, size, width):
    """A patch with an arc through its middle that bends towards theta.

    theta: radians, from right towards down; R, width: pixels, whole or not; size: an int, pixels
    of each side, odd or even.
    Returns a NumPy array of floats (size, size), 1 on the arc and near 0 far from it.
    """
    ### BEGIN SOLUTION
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    a = x * np.cos(theta) + y * np.sin(theta)
    b = -x * np.sin(theta) + y * np.cos(theta)
    rho, alpha = np.hypot(R - a, b), np.arctan2(b, R - a)
    from_the_end = np.hypot(a - R / 2, np.abs(b) - np.sqrt(3) / 2 * R)
    d = np.where(np.abs(alpha) <= np.pi / 3, np.abs(rho - R), from_the_end)
    return np.exp(-(d**2) / (2 * width**2))
    ### END SOLUTION


# %% [markdown]
# **What you should see:** above, the curve of this lab (`RADIUS`, `SIZE`, `WIDTH`) in four
# directions, each with an arrow towards its circle's centre. Below, other radii: the larger the
# circle, the straighter its third.

# %% tags=["picture"]
show.arcs(arc_template, RADIUS, SIZE, WIDTH)

# %% [markdown] discussion="arc_template"
# The distance from a curve, put through a bell curve, gives a soft edge that falls between pixels
# as well as on them. A hard edge would jump from pixel to pixel as θ changes, and every curve
# measured later would be jagged. Because pixels lie on a square grid, the patch of θ + 90° is the
# patch of θ, turned, exactly. At 45° turning the patch has to guess between pixels: with bilinear
# interpolation it is 9 % off. Other right answers clip α to ±60° and take the distance to that point
# of the circle, or compute the distance from many points along the arc.

# %% [markdown]
# ## N.2 A curve detector, drawn by hand
#
# The simplest filter for a curve is the curve itself. Its **answer** to an image of the filter's
# size is the sum of products, as always. But such a filter answers to other things too: to a
# straight line, which lies on the curve for a while, and to the curve that bends the *other* way,
# which touches it in the middle. A cell that cannot tell a ( from a ) is not a curve detector. The
# remedy is that of all sensory systems: **inhibition** by what must not be confused.
#
# Call $A_\theta$ the arc of N.1 with the `RADIUS`, `SIZE` and `WIDTH` of this lab, and $\lambda \ge
# 0$ the strength of the inhibition.
#
# 1. **Inhibit:** $D = A_\theta - \lambda\,A_{\theta+\pi}$.
# 2. **Balance:** subtract from every pixel the mean of $D$ over the whole patch, so that the filter
#    does not answer to an even wall: $B = D - \operatorname{mean}(D)$.
# 3. **Scale:** so that the answer to the own curve is 1: $\displaystyle F = \frac{B}{\sum_{r,c}
#    B[r,c]\,A_\theta[r,c]}$.
#
# **By hand**, with three pixels in place of a patch: $A_\theta = (1, 0, 0)$, $A_{\theta+\pi} = (0,
# 1, 0)$ and $\lambda = \frac12$. $D = (1, -\frac12, 0)$, its mean is $\frac16$, $B = (\frac56,
# -\frac23, -\frac16)$. The answer of $B$ to the own curve is $\frac56$, so $F = (1, -\frac45,
# -\frac15)$: it answers 1 to its own curve and $-\frac45$ to the opposite one.


# %% exercise="curve_detector"
def curve_detector(theta, inhibit):
    """A filter for the curve that bends towards theta, with RADIUS, SIZE and WIDTH.

    theta: radians; inhibit: the strength of the opposite curve, from 0 to 1.
    Returns a NumPy array of floats (SIZE, SIZE) that sums to 0 and answers 1 to its own curve.
    """
    ### BEGIN SOLUTION
    own = arc_template(theta, RADIUS, SIZE, WIDTH)
    drawn = own - inhibit * arc_template(theta + np.pi, RADIUS, SIZE, WIDTH)
    balanced = drawn - drawn.mean()
    return balanced / np.sum(balanced * own)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** on the left the filter without inhibition and with it. On the right how
# each answers to the curve as it is turned all the way round, negative answers cut to 0: the angle
# is that of the curve, the distance from the middle the answer. Without inhibition two side lobes
# run together into one broad one on the opposite side. Inhibition removes what joins them, the
# answer to the opposite curve. It does not remove the lobes themselves, near 125° to either side,
# where one half of the curve lies on one half of the other. The numbers of a straight line are below
# the picture.

# %% tags=["picture"]
show.tuning(arc_template, curve_detector, RADIUS, SIZE, WIDTH)

# %% [markdown] discussion="curve_detector"
# Inhibition costs nothing where it matters: the own curve and the opposite one share only the
# middle. With λ = 1 a straight line gets exactly 0, because it lies on both curves alike; the
# filter then reports the *sign* of the curvature. Scaling last is what makes the numbers
# comparable: scaled before the balance, the answer to the own curve would depend on λ. Balance by
# the plain mean is enough here; Lab {cortex} shows why inside an envelope it needs more care.

# %% [markdown]
# ## N.3 Curves out of lines
#
# No net draws its curve detectors on pixels. The layer before already knows lines, and the curve
# detector reads those. Which line should excite it, and where? The one that runs **along** the
# curve at that place. And the line **across** it should inhibit.
#
# You have $M$ channels of lines. Channel $m$ answers to lines in direction $\varphi_m$, in radians
# from right towards down; a line has no arrow, so $\varphi$ and $\varphi + \pi$ are the same. The
# array of all $\varphi_m$ is the `line_bank`. Take the coordinates $x$, $y$ of N.1 in a patch of
# `FIELD` × `FIELD` pixels. The circle that bends towards $\theta$ has its centre at $R\,(\cos\theta,
# \sin\theta)$; at each pixel, its tangent stands at right angles to the direction from the centre:
#
# $$\beta_\theta = \operatorname{atan2}(y - R\sin\theta,\; x - R\cos\theta),\qquad \tau_\theta =
# \beta_\theta + \frac\pi2 .$$
#
# How well does the line $\varphi$ fit the tangent $\tau$? $\cos 2(\varphi - \tau)$ says it: 1 along
# it, 0 at 45°, −1 across. So the curve's part of the weights is this, times how much of the curve
# there is at the pixel at all, and the opposite curve inhibits as in N.2:
#
# $$w[r, c, m] = A_\theta[r,c]\,\cos 2(\varphi_m - \tau_\theta[r,c]) \;-\; \lambda\,
# A_{\theta+\pi}[r,c]\,\cos 2(\varphi_m - \tau_{\theta+\pi}[r,c]).$$
#
# Both arcs are those of N.1 with `RADIUS`, `WIDTH`, and `FIELD` as their size. Nothing is balanced
# or scaled here: channels of lines do not answer to an even wall anyway.
#
# **By hand**, at the pixel in the middle with $\theta = 0$ and $\lambda = 0$: the centre lies to the
# right, $\beta = \pi$, the tangent $\tau = \frac{3\pi}2$ is upright, and $A = 1$. A channel of level
# lines ($\varphi = 0$) has the weight $\cos(-3\pi) = -1$, one of upright lines ($\varphi =
# \frac\pi2$) $\cos(-2\pi) = 1$, and one at 45° has 0.


# %% exercise="curve_from_lines"
def curve_from_lines(line_bank, theta, inhibit):
    """The weights with which a curve detector reads channels of lines.

    line_bank: (M,), the direction of each channel's lines in radians, in any order, an array or a
    list; theta: radians, the direction in which the curve bends; inhibit: from 0 to 1.
    Returns a NumPy array of floats (FIELD, FIELD, M).
    """
    ### BEGIN SOLUTION
    y, x = np.mgrid[:FIELD, :FIELD] - (FIELD - 1) / 2
    phi = np.asarray(line_bank, dtype=float)

    def one(toward):
        beta = np.arctan2(y - RADIUS * np.sin(toward), x - RADIUS * np.cos(toward))
        fits = np.cos(2 * (phi - (beta + np.pi / 2)[:, :, None]))  # (FIELD, FIELD, M)
        return arc_template(toward, RADIUS, FIELD, WIDTH)[:, :, None] * fits

    return one(theta) - inhibit * one(theta + np.pi)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** the puzzle of the beginning, solved, with $\lambda = \frac12$: each small
# grid is a channel, and the stroke above it shows the channel's line. Where the curve runs in that
# direction, the grid is orange; where it runs across, or where the opposite curve runs along, it is
# blue. The second row is the
# detector of the curve turned by a quarter turn. Compare the two:
# *every grid is turned by 90°, and has moved on by four channels.* That is an **equivariant
# circuit**: one plan, and all its turned copies. Chris Olah and others
# ([2020](https://distill.pub/2020/circuits/equivariance/)) found such families all over a trained
# net. (Whether a net learns them is a matter of fact. Nothing forces it to.)

# %% tags=["picture"]
show.circuit(curve_from_lines, LINES)

# %% [markdown] discussion="curve_from_lines"
# The factor 2 in the cosine is the whole point: a line is the same after half a turn, so its
# direction lives on a circle of circumference π. With cos(φ − τ) a line would inhibit when it is
# named by its other end. The law of the quarter turn is exact, w(θ + 90°) is w(θ) turned with its
# channels moved on, because a quarter turn maps the grid onto itself. At 45°, with bilinear
# interpolation, it is about 7 % off. Lab {symmetry} builds this law into a layer; here it comes out
# of the geometry.

# %% [markdown]
# ## N.4 Who excites whom
#
# You have one detector by design. In a trained net you have a kernel of, say, $3\times3\times64
# \times128$ weights, and want to know where to look first. Two numbers for each pair of an input
# channel $c$ and a unit $f$ say most of it:
#
# $$\operatorname{exc}[c, f] = \sum_{u,v} \max(w[u,v,c,f],\, 0),\qquad
# \operatorname{inh}[c, f] = \sum_{u,v} \max(-w[u,v,c,f],\, 0).$$
#
# Both are 0 or more. The plain sum of the weights is $\operatorname{exc} - \operatorname{inh}$, and
# it can be 0 for a pair that is strongly connected: exciting here, inhibiting there.
#
# The **strength** of a connection is $\operatorname{exc} + \operatorname{inh}$. List the $k$
# strongest pairs $(c, f)$, the strongest first. Of equally strong ones the smaller $c$ comes first,
# and then the smaller $f$. If there are fewer than $k$ pairs, list all of them.
#
# **By hand.** A kernel of one row and three columns, one channel and two units: $w[0, :, 0, 0] = (2,
# -1, 3)$ and $w[0, :, 0, 1] = (-4, 0, 4)$. Then $\operatorname{exc} = (5, 4)$ and
# $\operatorname{inh} = (1, 4)$. The strongest connection is $(0, 1)$, with 8, though its sum is 0;
# then comes $(0, 0)$, with 6.


# %% exercise="excitation_inhibition"
def excitation_inhibition(w):
    """How much each input channel can excite and inhibit each unit.

    w: (kh, kw, C, F), a Keras kernel, of floats or whole numbers.
    Returns two NumPy arrays of floats, exc and inh, both (C, F) and not negative.
    """
    ### BEGIN SOLUTION
    w = np.asarray(w, dtype=float)
    return np.maximum(w, 0).sum(axis=(0, 1)), np.maximum(-w, 0).sum(axis=(0, 1))
    ### END SOLUTION


def top_connections(w, k):
    """The k strongest connections of a kernel, by exc + inh, the strongest first.

    w: (kh, kw, C, F); k: an int, at least 1.
    Returns a list of pairs (c, f) of whole numbers, or an array with two columns.
    """
    ### BEGIN SOLUTION
    exc, inh = excitation_inhibition(w)
    strength = exc + inh
    order = np.argsort(-strength.ravel(), kind="stable")[:k]
    return [(int(c), int(f)) for c, f in zip(*np.unravel_index(order, strength.shape), strict=True)]
    ### END SOLUTION


# %% [markdown]
# **What you should see:** a whole layer of your N.3, from eight channels of lines to eight curve
# detectors, without the opposite curves. On the left what excites, on the right what inhibits. A
# curve and its tangent in the middle, say 0° and the upright line at 90°, hardly inhibit at all. But
# framed are the eight *strongest* connections, and they excite as much as they inhibit: lines at 45°
# to the tangent, which fit one half of the curve and cross the other. A plain sum would call them
# nothing.

# %% tags=["picture"]
show.connections(curve_from_lines, excitation_inhibition, top_connections, LINES)

# %% [markdown] discussion="excitation_inhibition"
# Kept apart, excitation and inhibition show what the sum hides: a pair that is at odds with itself
# over space is often the most interesting one. Sums of squares are another sensible strength, and
# rank much the same. What no list of weights shows is how often the channel is active: a strong
# connection from a channel that is always silent does nothing.

# %% [markdown]
# ## N.5 Through the layer between
#
# The weights of a deep layer say which *channels* it reads. Which *pixels*? Put two convolutions one
# after the other, with nothing between them,
#
# $$h[i, m] = \sum_{a, c} w_1[a, c, m]\; x[s\,i + a,\, c],\qquad
# y[j, f] = \sum_{b, m} w_2[b, m, f]\; h[j + b,\, m],$$
#
# written along one axis; rows and columns go alike. $s$ is the stride of the first one. Both together
# are linear and do the same at every place, so they are **one** convolution. Which?
#
# *Derive it first:* put the first sum into the second. With what weight does $x[s\,j + u, c]$ reach
# $y[j, f]$?
#
# <details><summary>The derivation</summary>
#
# $$y[j,f] = \sum_{b,m} w_2[b,m,f] \sum_{a,c} w_1[a,c,m]\; x[s\,j + s\,b + a,\, c],$$
#
# so pixel $u = s\,b + a$ of the new kernel collects all pairs $(a, b)$ that meet there:
#
# $$w_{12}[u, c, f] = \sum_{m}\;\sum_{s\,b + a\, =\, u} w_1[a, c, m]\; w_2[b, m, f].$$
#
# </details>
#
# For kernels of $k_1$ and $k_2$ pixels it has $s\,(k_2 - 1) + k_1$ pixels along each axis. These are
# the **expanded weights** of the second layer. In a real net a ReLU stands between; what you get is
# what the unit reads when all units between are on.
#
# **By hand**, along one axis, one channel: $w_1 = (1, 2)$, $w_2 = (1, 10)$. With $s = 1$ the
# expanded weights are $(1,\; 2 + 10,\; 20)$. With $s = 2$ the two do not overlap: $(1, 2, 10, 20)$.


# %% exercise="expanded_weights"
def expanded_weights(w1, w2, stride=1):
    """The kernel that equals two convolutions, one after the other, without bias or ReLU.

    w1: (k1, l1, C, M), the first; w2: (k2, l2, M, F), the second, of floats or whole numbers;
    stride: an int, the stride of the first along both axes. Both are Keras kernels (not flipped).
    Returns an array of floats (stride * (k2 - 1) + k1, stride * (l2 - 1) + l1, C, F).
    """
    ### BEGIN SOLUTION
    w1, w2 = np.asarray(w1, dtype=float), np.asarray(w2, dtype=float)
    (k1, l1, C, _), (k2, l2, _, F) = w1.shape, w2.shape
    w12 = np.zeros((stride * (k2 - 1) + k1, stride * (l2 - 1) + l1, C, F))
    for b, d in np.ndindex(k2, l2):
        w12[stride * b : stride * b + k1, stride * d : stride * d + l1] += w1 @ w2[b, d]
    return w12
    ### END SOLUTION


# %% [markdown]
# **What you should see:** eight filters of 7×7 pixels for lines, then your curve detectors of N.3,
# seen through them: what they read of the image. The curves come out in orange, drawn by nobody, each
# with dark blue on its inner side, where a straight line or the opposite curve would lie. Around
# them are fainter arms and spots: the filters for lines answer a little to other directions too.

# %% tags=["picture"]
show.expanded(curve_from_lines, expanded_weights, LINES)

# %% [markdown] discussion="expanded_weights"
# Two correlations compose to a *full convolution* of their kernels: nothing is flipped in either
# layer, and yet the kernels meet as a + b. Average pooling is a linear map too, a kernel of equal
# weights with a stride, so the same formula goes through it; max-pooling is not, and can only be
# looked through by pretending. Chelsea Voss and others
# ([2021](https://distill.pub/2020/circuits/visualizing-weights/)) draw the weights of deep layers
# in this way.

# %% [markdown]
# ## N.6 Is this unit a curve detector?
#
# "This unit looks for curves" is a claim about a trained net. To test it, show the unit the same
# curves as your own detector and compare the two tuning curves. A unit may like another direction
# than your detector, so compare at every turn.
#
# You have $n$ images, the same curve turned in $n$ equal steps all the way round: image $i$ is turned
# by $2\pi i/n$. A layer of $U$ units is given as a function `respond`, which takes images $(n, H, W)$
# and returns answers $(n, U)$. Your detector is a filter $(H, W)$, whose answer is its sum of
# products, cut at 0:
#
# $$t_i = \max\Big(0, \sum_{r,c} \text{detector}[r,c]\; \text{stimuli}[i,r,c]\Big).$$
#
# For each unit $u$ with answers $q_i$, compare with the detector's curve moved on by $k$ steps, $k =
# 0, \dots, n-1$, by the correlation coefficient
#
# $$r_k = \frac{\sum_i (q_i - \bar q)\,(t_{(i-k) \bmod n} - \bar t)}
# {\sqrt{\sum_i (q_i - \bar q)^2}\;\sqrt{\sum_i (t_i - \bar t)^2}} .$$
#
# Report for each unit the largest $r_k$ and the $k$ at which it is reached. A unit that answers the
# same to all images, as a dead one does, has $r = 0$ and $k = 0$. No check has a detector that
# answers the same to all images, or two best $k$.
#
# **By hand.** $t = (2, 1, 0, 0)$ and $q = (5, 5, 7, 6)$. $q$ is $5 + (0, 0, 2, 1)$: the detector's
# curve moved on by two steps, and 5 more. So $r = 1$ at $k = 2$.


# %% exercise="tuning_compare"
def tuning_compare(respond, detector, stimuli):
    """How like each unit's tuning curve is to that of a detector, turned as it fits best.

    respond: a function, images (n, H, W) -> answers (n, U); detector: (H, W);
    stimuli: (n, H, W), one image turned in n equal steps.
    Returns two NumPy arrays (U,): the correlations, and the steps k as whole numbers.
    """
    ### BEGIN SOLUTION
    stimuli = np.asarray(stimuli, dtype=float)
    n = len(stimuli)
    t = np.maximum(np.einsum("nhw,hw->n", stimuli, np.asarray(detector, dtype=float)), 0)
    q = np.asarray(respond(stimuli), dtype=float)
    t, spread = t - t.mean(), np.ptp(q, axis=0)
    q = q - q.mean(axis=0)
    turned = np.stack([np.roll(t, k) for k in range(n)])  # (n, n)
    length = np.where(spread == 0, 1, np.linalg.norm(q, axis=0)) * np.linalg.norm(t)
    r = np.where(spread == 0, 0, turned @ q / length)  # (n, U)
    return r.max(axis=0), r.argmax(axis=0)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** five layers, and how like your detector of N.2 their units are. Above, the
# best correlation of each unit, below the radial curve of the best one. The curve detectors that you
# built of lines are near 1. The line channels alone stay low: a line detector likes a curve and its
# opposite alike. Then two layers of a net that was trained to tell discs, squares, triangles and
# crosses, and was never asked for curves: its best units reach about 0.85. That sounds like a find,
# until you look at the last column. **The best unit of an untrained net gets as far** (on 20 seeds
# between 0.81 and 0.92): with 48 units and 24 turns, something always fits. Look at
# the curves, not only at the number: the trained unit has one narrow lobe.

# %% tags=["picture"]
show.comparison(arc_template, curve_detector, curve_from_lines, tuning_compare, LINES)

# %% [markdown] discussion="tuning_compare"
# Correlation ignores scale and offset, which is right here: units have their own. It also means that
# a unit with a faint trace of tuning on top of a large constant gets a high r, so look at the curves
# as well. The best of n turns is above 0 by luck alone, and the best of many units more so: a measure
# that picks the best needs a baseline that picks the best too. Other right answers call np.corrcoef
# for each turn, or compute all turns at once by the Fourier transform.

# %% [markdown]
# ## N.7 Who does what, in a net with branches
#
# In 2012 a net was split into two halves, because one graphics card was too small. After training,
# one half of the first layer held colour filters and the other black and white ones, in every run
# ([Krizhevsky, Sutskever and
# Hinton](https://doi.org/10.1145/3065386)).
# Nobody had asked for that. Does it happen in general? Before you can answer, you need a measure.
#
# A net has two branches. Branch $a$ ends in a convolution with kernel $W_a$ and $p$ units,
# branch $b$ in one with $W_b$ and $q$ units. Each unit is reduced to one number by pooling, and a
# dense layer $W_\text{out}$ with $p + q$ rows, those of $a$ first, computes $K$ outputs. The units of
# a branch have no natural order, and their scale is arbitrary too: twice the weights into a unit and
# half the weights out of it is the same net. So do not look at units. Look at the **connection**
# from what a branch reads to the outputs, with the units multiplied out as in N.5:
#
# $$E_a = W_a\, W_\text{out}[{:}p],\qquad E_b = W_b\, W_\text{out}[p{:}],$$
#
# where $W_a$ is a matrix whose columns are the units, and whose rows are all rows, columns and
# channels of the kernel. Two things to report:
#
# * The **singular values** of $E_a$ and of $E_b$, the largest first: how many different things a
#   branch says to the outputs, and how loudly. There are as many as the smaller side of the matrix.
# * The **share** of branch $a$ in each output $k$:
#
# $$\operatorname{share}[k] = \frac{\lVert E_a[:,k]\rVert^2}{\lVert E_a[:,k]\rVert^2 + \lVert
# E_b[:,k]\rVert^2},\qquad \lVert v \rVert^2 = \sum_i v_i^2 .$$
#
# No check has an output that neither branch reaches.
#
# **By hand.** Two branches of 1×1 kernels, two channels and two units each, $W_a = W_b =
# \begin{pmatrix}1&0\\0&1\end{pmatrix}$, and the rows of $W_\text{out}$ are $(3, 0), (0, 1), (4, 0),
# (0, 0)$. $E_a = \begin{pmatrix}3&0\\0&1\end{pmatrix}$ has the singular values 3 and 1, $E_b =
# \begin{pmatrix}4&0\\0&0\end{pmatrix}$ has 4 and 0, and the shares of $a$ are $\frac9{25}$ and 1.


# %% exercise="branch_svd"
def branch_svd(w_a, w_b, w_out):
    """What two branches say to the outputs of a net.

    w_a: (kh, kw, C, p) and w_b: (lh, lw, D, q), the branches' last kernels; w_out: (p + q, K), the
    dense layer that reads both, a's units first.
    Returns three arrays of floats: the singular values of a's connection, those of b's, the largest
    first, and the shares of a (K,).
    """
    ### BEGIN SOLUTION
    w_a, w_b, w_out = (np.asarray(w, dtype=float) for w in (w_a, w_b, w_out))
    p, q = w_a.shape[-1], w_b.shape[-1]
    e_a, e_b = w_a.reshape(-1, p) @ w_out[:p], w_b.reshape(-1, q) @ w_out[p:]
    of_a, of_b = np.sum(e_a**2, axis=0), np.sum(e_b**2, axis=0)
    s_a, s_b = (np.linalg.svd(e, compute_uv=False) for e in (e_a, e_b))
    return s_a, s_b, of_a / (of_a + of_b)
    ### END SOLUTION


# %% [markdown]
# **What you should see:** first a net in which branch $a$ was built for colour and branch $b$ for
# shape: spectra, shares, and no doubt. Then a net with two equal branches that was trained on
# `data.colshapes` to name shape and colour of small images. Is it specialised? How far the shares for
# colour and those for shape lie apart is one number. The grey histogram is the same number after the
# twelve units were dealt out to the branches at random, 500 times. *Only a value far outside of the
# grey is worth a claim.* The net does its work well, and yet on none of 20 seeds was it outside:
# between 27 % and 91 % of the random deals were as far apart. So this small net does not specialise,
# and a measure without the grey would have had a story to tell. This cell trains for a few seconds.

# %% tags=["picture"]
show.branches(branch_svd)

# %% [markdown] discussion="branch_svd"
# The product of both weights is the smallest thing that is the same for all nets that compute the
# same: permuting units, or moving a factor through a ReLU, leaves it alone. Norms of $W_a$ alone do
# change under such a factor. Chelsea Voss and others
# ([2021](https://distill.pub/2020/circuits/branch-specialization/)) found specialised branches in
# large nets, and in several architectures; small nets on small data need not follow, and ours does
# not. The random deal is a permutation test. Without one, any two branches look somewhat specialised,
# because no two random halves are equal.

# %% [markdown]
# ## N.8 Do two nets think alike?
#
# Train a net twice, from two random starts. Do both find the same features? You cannot compare the
# units one by one: they come in another order, or mixed. But you can ask whether the two layers find
# the same *images* alike. Show both the same $n$ images. $X$ $(n, p)$ holds the answers of one layer,
# $Y$ $(n, q)$ those of the other. Subtract from each column its mean over the images; then linear
# **centred kernel alignment** ([Kornblith and others, 2019](https://arxiv.org/abs/1905.00414)) is
#
# $$\operatorname{CKA}(X, Y) = \frac{\lVert Y^\top X\rVert^2}{\lVert X^\top X\rVert\;\lVert Y^\top
# Y\rVert},\qquad \lVert M\rVert = \sqrt{\textstyle\sum M^2}\ \text{ over all entries.}$$
#
# It is 1 if one is the other, turned, mirrored, moved or scaled as a whole, and 0 if no column of one
# has anything to do with a column of the other. $p$ and $q$ may differ, and may be larger than $n$. No
# check has an $X$ whose rows are all equal.
#
# **By hand.** $X$ has one column, $(0, 1, 2)$, and $Y$ two: $(2, 1, 0)$ and $(0, 3, 0)$. Centred, $x
# = (-1, 0, 1)$, $y_1 = (1, 0, -1)$, $y_2 = (-1, 2, -1)$. $Y^\top X = (-2, 0)$, with squared norm 4.
# $X^\top X = 2$, $Y^\top Y = \begin{pmatrix}2&0\\0&6\end{pmatrix}$, with norm $\sqrt{40}$. CKA $=
# 4/(2\sqrt{40}) \approx 0.316$.


# %% exercise="cka"
def cka(X, Y):
    """Linear centred kernel alignment of two layers' answers to the same images.

    X: (n, p) and Y: (n, q), of floats, whole numbers or bytes, with their means still in them. Both
    stay as they are.
    Returns one float from 0 to 1.
    """
    ### BEGIN SOLUTION
    X, Y = np.asarray(X, dtype=float), np.asarray(Y, dtype=float)
    X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    both = np.sum((Y.T @ X) ** 2)
    return float(both / (np.linalg.norm(X.T @ X) * np.linalg.norm(Y.T @ Y)))
    ### END SOLUTION


# %% [markdown]
# **What you should see:** three matrices, layer by layer, for nets of four convolutions that see the
# same 300 images. (The answers are means over the four quarters of each map.) On the left two nets
# trained from two random starts on two sets of images: alike in the same layers, and less so the
# further apart the layers are. In the middle a trained net and one that has learned nothing: in the
# last layer they have nothing in common. On the right **two nets that have learned nothing**: they are
# alike too, often as much as two trained ones! A high number proves nothing by itself. The bars on the
# far right are pure noise, more and more columns of it for the same 300 images: the more units, the
# more alike is what has nothing in common. **Say why** (nobody checks it): what do 300 random vectors
# look like in a space of very many dimensions?

# %% tags=["picture"]
show.similarity(cka)

# %% [markdown] discussion="cka"
# Centring matters, because without it two layers that merely have large means look alike. The squared
# norms weigh each direction by how much variance it carries: CKA looks at the loud directions, and
# is invariant to turns of the space but not to stretching it. "Say why": random vectors in very many
# dimensions all have the same distance from each other, so two such clouds have the same (trivial)
# geometry; an unbiased form of CKA corrects for this. And two random nets still see the same images:
# what is alike in the pixels stays alike.

# %% [markdown]
# ## A gallery: the flower, seen by your circuit
#
# Everything together: eight line filters, ReLU, your curve detectors of N.3 for sixteen directions,
# ReLU. **What you should see:** the flower, and on it an arc wherever a detector answers more strongly
# than its neighbours, drawn as the detector sees it: in its place, its direction and its radius. The
# hue is the direction to which the curve bends. Two layers that you wired by hand find the outlines of
# petals; nobody trained them on anything.

# %% tags=["picture"]
show.gallery(FLOWER, curve_from_lines, LINES)

# %% [markdown]
# ## What you have built
#
# * A **curve detector** is a curve, minus the curve that bends the other way, balanced. Out of
#   **lines** it is excited along the tangent and inhibited across it.
# * Turned detectors form an **equivariant circuit**: turn the pixels, move on the channels.
# * **Excitation** and **inhibition**, kept apart, say where to look in a kernel. **Expanded weights**
#   look through the layer between.
# * A claim about a unit is a claim about its **tuning curve**; a claim about branches needs a measure
#   that ignores order and scale, and a **random deal** to compare with; a claim about two nets needs
#   the similarity of two *untrained* nets beside it.
#
# ## Go on
#
# Three problems worth an evening, which nobody checks:
#
# 1. The two side lobes near ±125° are left in N.2. Which inhibition removes them, and what does it
#    cost elsewhere? Draw the radial plot for your solution.
# 2. Build circles out of your curve detectors: which curve excites where? Run it on the flower, and on
#    `data.colshapes`, where one shape in three is a ring.
# 3. Take a kernel of a trained net, find its strongest connection with N.4, and cut it: set it to 0.
#    What becomes of the accuracy, and which class suffers? Then cut a random one of the same strength.
#
# **Where this goes next.** You can read a small circuit. Somebody else may read it too, and look for
# the smallest change of an image that breaks it. The next lab does that, and then defends.
#
# ## Read on
#
# * C. Olah, N. Cammarata, L. Schubert, G. Goh, M. Petrov, S. Carter, [*Zoom In: An Introduction to
#   Circuits*](https://distill.pub/2020/circuits/zoom-in/), 2020.
# * N. Cammarata, G. Goh, S. Carter, C. Voss, L. Schubert, C. Olah, [*Curve
#   Circuits*](https://distill.pub/2020/circuits/curve-circuits/), 2021.
# * C. Voss and others, [*Visualizing
#   Weights*](https://distill.pub/2020/circuits/visualizing-weights/) and [*Branch
#   Specialization*](https://distill.pub/2020/circuits/branch-specialization/), 2021.
# * S. Kornblith, M. Norouzi, H. Lee, G. Hinton, [*Similarity of Neural Network Representations
#   Revisited*](https://arxiv.org/abs/1905.00414), 2019.
