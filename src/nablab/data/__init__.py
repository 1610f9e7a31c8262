"""Data that needs no network: small generators, and files that travel with the package."""

from nablab.data import xo
from nablab.data.photos import sample_photo

__all__ = ["sample_photo", "xo"]
