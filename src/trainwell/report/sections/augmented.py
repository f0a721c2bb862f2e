"""What augmentation makes of a few training images; part of the section on the data."""

from __future__ import annotations

from trainwell.report.contents import Facts
from trainwell.report.figures.mosaic import mosaic
from trainwell.report.markup import Markup
from trainwell.report.sections.frame import picture


def augmented(facts: Facts) -> Markup | None:
    """Build the picture, or nothing where no images were augmented."""
    images = facts.get("images") or ()
    names = ", ".join(str(name) for name in facts.get("names") or ())
    return picture(
        f"Augmented training images: {names}",
        mosaic(images),
        f"{len(images)} training images, each beside copies changed at random by {names}.",
        "The first of each line is the image as it is; the others are draws like those that training sees.",
    )
