"""Networks by scikit-learn's conventions, for pipelines, searches and cross-validation.

They encode and train, nothing else. Baselines, checks, findings and the report are what :func:`trainwell.fit` adds.
"""

from trainwell.estimators.autoencoder import Autoencoder
from trainwell.estimators.classifier import Classifier
from trainwell.estimators.regressor import Regressor

__all__ = ["Autoencoder", "Classifier", "Regressor"]
