"""Data that needs no network: small generators, and files that come with the package.

`nablab.data.builders` offers them as tensorflow-datasets builders; `online` downloads larger sets.
"""

from nablab.data import gratings, letters, surfaces, syllables, xo
from nablab.data.chirps import chirps
from nablab.data.digits import digits, placed_digits
from nablab.data.discs import discs
from nablab.data.motion import motion
from nablab.data.online import online
from nablab.data.photos import sample_photo
from nablab.data.shapes import shape_looks, shapes
from nablab.data.shapes_net import shapes_net, shapes_net_filters
from nablab.data.turned import turned_digits

__all__ = [
    "chirps",
    "digits",
    "discs",
    "gratings",
    "letters",
    "motion",
    "online",
    "placed_digits",
    "sample_photo",
    "shape_looks",
    "shapes",
    "shapes_net",
    "shapes_net_filters",
    "surfaces",
    "syllables",
    "turned_digits",
    "xo",
]
