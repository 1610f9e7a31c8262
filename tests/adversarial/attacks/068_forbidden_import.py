# family = "forbidden"
# tries = "imports the library function that the exercise asks for"
# points = 0
# says = "Line 1 of 1.2 uses scipy.signal.correlate2d"
# %% 1.2
from scipy.signal import correlate2d


def correlate_valid(img, filt):
    return correlate2d(img, filt, "valid")
