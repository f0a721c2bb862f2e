"""Networks: layers, how columns enter, and the architectures a recipe can name."""

from trainwell.network.architecture import ARCHITECTURES, Architecture, Custom, build_network
from trainwell.network.autoencoder import Autoencoder
from trainwell.network.cnn import CNN, LeNet5
from trainwell.network.embeddings import Periodic
from trainwell.network.linear import Linear, Perceptron
from trainwell.network.mlp import MLP
from trainwell.network.named import LAYERS, NamedLayer
from trainwell.network.sequential import Sequential
from trainwell.network.stack import Stack

__all__ = [
    "ARCHITECTURES",
    "CNN",
    "LAYERS",
    "MLP",
    "Architecture",
    "Autoencoder",
    "Custom",
    "LeNet5",
    "Linear",
    "NamedLayer",
    "Perceptron",
    "Periodic",
    "Sequential",
    "Stack",
    "build_network",
]
