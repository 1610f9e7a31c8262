# family = "honest"
# tries = "compares with a library's function in cells of its own, which exercises forbid"
# base = "solved"
# points = 100
# %% own
import scipy.stats

# %% own
from scipy.signal import correlate2d

print(correlate2d([[1, 2]], [[1]]))


# %% own
def compared(img, filt):
    import scipy.ndimage

    return scipy.ndimage.correlate(img, filt)
