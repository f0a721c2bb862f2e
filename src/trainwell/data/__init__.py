"""Tables, images and signals: reading, understanding, dividing and encoding them. Nothing here trains."""

from trainwell.data.columns import Column
from trainwell.data.dataset import Dataset
from trainwell.data.encoder import Encoder, fit_encoder
from trainwell.data.encoding import Encoding
from trainwell.data.profile import Profile, profile
from trainwell.data.read import read
from trainwell.data.splits import Parts, Split
from trainwell.data.target import Target
from trainwell.layout import Layout

__all__ = [
    "Column",
    "Dataset",
    "Encoder",
    "Encoding",
    "Layout",
    "Parts",
    "Profile",
    "Split",
    "Target",
    "fit_encoder",
    "profile",
    "read",
]
