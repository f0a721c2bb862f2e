"""Records from other people's training loops, so that the clinic serves those who stay with their framework.

``trainwell.adapters.torch`` watches a PyTorch loop, ``trainwell.adapters.keras`` a Keras model's ``fit``. Neither
library is needed unless its adapter is imported. An adapter reads and never writes: weights, gradients, buffers, modes
and random states are the same with it as without.
"""
