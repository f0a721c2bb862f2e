"""Every public name of trainwell and the room it lives in, said once: type checkers read it, and so does the package.

A name is imported from its room when it is first asked for, so that help comes quickly.
"""

from trainwell import adapters as adapters
from trainwell import autodiff as autodiff
from trainwell import clinic as clinic
from trainwell import errors as errors
from trainwell import network as networks
from trainwell import search as search
from trainwell.artifact import load as load
from trainwell.averaging import bagging as bagging
from trainwell.averaging import deep_ensemble as deep_ensemble
from trainwell.data import Dataset as Dataset
from trainwell.data import Encoding as Encoding
from trainwell.data import Split as Split
from trainwell.data import read as read
from trainwell.engine import Progress as Progress
from trainwell.engine import Recipe as Recipe
from trainwell.engine import default_recipe as default_recipe
from trainwell.engine.rates import RateRange as RateRange
from trainwell.engine.rates import rate_range as rate_range
from trainwell.estimators import Autoencoder as Autoencoder
from trainwell.estimators import Classifier as Classifier
from trainwell.estimators import Regressor as Regressor
from trainwell.explanation import explain as explain
from trainwell.functions import activations as activations
from trainwell.functions import information as information
from trainwell.functions import initializers as initializers
from trainwell.functions import losses as losses
from trainwell.functions import metrics as metrics
from trainwell.model import Model as Model
from trainwell.network import CNN as CNN
from trainwell.network import MLP as MLP
from trainwell.network import LeNet5 as LeNet5
from trainwell.network import Perceptron as Perceptron
from trainwell.network import Periodic as Periodic
from trainwell.network import Sequential as Sequential
from trainwell.network import named as layers
from trainwell.run import Run as Run
from trainwell.run import fit as fit
from trainwell.samples import Samples as Samples
from trainwell.search import choice as choice
from trainwell.search import cross_validate as cross_validate
from trainwell.search import default_space as default_space
from trainwell.search import integer as integer
from trainwell.search import learning_curve as learning_curve
from trainwell.search import loguniform as loguniform
from trainwell.search import seed_variance as seed_variance
from trainwell.search import uniform as uniform
from trainwell.training import LBFGS as LBFGS
from trainwell.training import SGD as SGD
from trainwell.training import AdaDelta as AdaDelta
from trainwell.training import AdaGrad as AdaGrad
from trainwell.training import Adam as Adam
from trainwell.training import AdaMax as AdaMax
from trainwell.training import AdamW as AdamW
from trainwell.training import Constant as Constant
from trainwell.training import Cosine as Cosine
from trainwell.training import CosineRestarts as CosineRestarts
from trainwell.training import EarlyStopping as EarlyStopping
from trainwell.training import Exponential as Exponential
from trainwell.training import InverseSquareRoot as InverseSquareRoot
from trainwell.training import Linear as Linear
from trainwell.training import Lion as Lion
from trainwell.training import Muon as Muon
from trainwell.training import NAdam as NAdam
from trainwell.training import OneCycle as OneCycle
from trainwell.training import PiecewiseConstant as PiecewiseConstant
from trainwell.training import Plateau as Plateau
from trainwell.training import Power as Power
from trainwell.training import RAdam as RAdam
from trainwell.training import RMSProp as RMSProp
from trainwell.training import ScheduleFreeAdamW as ScheduleFreeAdamW
from trainwell.training import TimeDecay as TimeDecay
from trainwell.training import augmentation as augmentation
from trainwell.training import penalties as penalties
from trainwell.tuning import tune as tune

__all__ = ["layers", "networks"]  # what has another name at home; the others are public as they stand

__version__: str
