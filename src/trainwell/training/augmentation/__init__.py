"""Data augmentation: random changes of the training rows that leave their labels alone, inside the compiled step.

>>> from trainwell.engine import Recipe
>>> Recipe(augmentation=[Flip(horizontal=0.5), Noise(deviation=0.05)]).augmentation[1].deviation
0.05
"""

from trainwell.training.augmentation.augmentation import AUGMENTATIONS, Augmentation, ImageAugmentation
from trainwell.training.augmentation.geometry import Crop, Flip, Rotation, Shift
from trainwell.training.augmentation.light import Brightness, ColourShift, Contrast, Cutout
from trainwell.training.augmentation.mixup import Blend, Mixup
from trainwell.training.augmentation.pipeline import augment, refuse_unsuited
from trainwell.training.augmentation.rows import Noise, Swap

__all__ = [
    "AUGMENTATIONS",
    "Augmentation",
    "Blend",
    "Brightness",
    "ColourShift",
    "Contrast",
    "Crop",
    "Cutout",
    "Flip",
    "ImageAugmentation",
    "Mixup",
    "Noise",
    "Rotation",
    "Shift",
    "Swap",
    "augment",
    "refuse_unsuited",
]
