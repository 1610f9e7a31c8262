# family = "forbidden"
# tries = "takes the block off Python's import machinery"
# points = 0
# %% 1.2
import sys

sys.meta_path[:] = [one for one in sys.meta_path if type(one).__name__ != "Block"]
correlate2d = __import__("scipy." + "signal", fromlist=["x"]).correlate2d


def correlate_valid(img, filt):
    return correlate2d(img, filt, "valid")
