"""Networks: layers, how columns enter, and the architectures a recipe can name."""

from trainwell.network.architecture import ARCHITECTURES, Architecture, Custom, build_network
from trainwell.network.embeddings import Periodic
from trainwell.network.mlp import MLP
from trainwell.network.stack import Stack

__all__ = ["ARCHITECTURES", "MLP", "Architecture", "Custom", "Periodic", "Stack", "build_network"]
