"""The network layer by layer: what it is made of, and how its weights, gradients and activations moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainwell.report.contents import ReportData
from trainwell.report.curves import Curve, layer_curves
from trainwell.report.figures.layers import activation_bands, idle_shares, layer_lines, update_ratios
from trainwell.report.markup import Markup, element, join, table
from trainwell.report.numbers import count, significant
from trainwell.report.palette import DARK, depth_colours
from trainwell.report.sections.frame import absent, gallery, picture, section

#: More bands than this hide each other; mean and deviation are then drawn apart.
_MOST_BANDS = 3
_LEAD = "Measured on a probe batch of training rows, dropout off, from before the first update to the end."
_GUIDE_NOTE = "Dashed: the usual 10⁻³. Far above it steps are coarse, far below it a layer hardly moves."
_IDLE_NOTE = "Solid: units that are 0 on every probe row. Dotted: entries in the flat part of the activation."


def layers(report: ReportData) -> Markup:
    """Build the section."""
    pictures = _pictures(report)
    return section(
        "layers",
        "Layer by layer",
        _LEAD if pictures else None,
        _architecture(report),
        pictures or absent("No telemetry was recorded for this run."),
    )


def _architecture(report: ReportData) -> Markup | None:
    if not report.network:
        return None
    rows = [
        [layer.get("layer"), _shape(layer.get("shape")), count(layer.get("parameters"))] for layer in report.network
    ]
    return table(
        ["layer", "shapes of its parameters", "parameters"],
        rows,
        caption="The layers of the network",
        numeric=(1, 2),
        class_="compact",
    )


def _shape(shape: Any) -> str:
    return (
        " × ".join(str(side) for side in shape)
        if isinstance(shape, list | tuple)
        else str(shape if shape is not None else "–")
    )


def _pictures(report: ReportData) -> Markup | None:
    record = report.record
    names = list(record.facts.get("layers") or ())
    units = list(record.facts.get("activations") or ())
    weights, gradients, ratios = (
        layer_curves(record, f"layer_{quantity}", names)
        for quantity in ("weight_norm", "gradient_norm", "update_ratio")
    )
    means, deviations, dead, saturated = (
        layer_curves(record, quantity, units)
        for quantity in ("activation_mean", "activation_deviation", "dead_share", "saturated_share")
    )
    of_layers = gallery(
        picture(
            "Update / weight ratio",
            update_ratios(ratios),
            _ends("Update to weight norm", ratios),
            _GUIDE_NOTE,
        ),
        picture("Gradient norm", layer_lines(gradients), _ends("Gradient norm", gradients)),
        picture("Weight norm", layer_lines(weights), _ends("Weight norm", weights)),
        columns=3,
    )
    idle = idle_shares(dead, saturated)
    of_units = gallery(
        *_activations(means, deviations),
        picture("Idle units", idle, _ends("Share of dead units", dead), _IDLE_NOTE),
        columns=3 if len(means) > _MOST_BANDS else 2,
    )
    parts = [
        of_layers and _key(weights or ratios or gradients),
        of_layers,
        of_units and _key(means or dead or saturated),
        of_units,
    ]
    return join(parts) or None


def _activations(means: Sequence[Curve], deviations: Sequence[Curve]) -> tuple[Markup | None, ...]:
    described = _ends("Mean activation", means)
    if len(means) <= _MOST_BANDS:
        return (picture("Activation, mean ± deviation", activation_bands(means, deviations), described),)
    return (
        picture("Activation, mean", layer_lines(means), described),
        picture("Activation, deviation", layer_lines(deviations), _ends("Deviation of activations", deviations)),
    )


def _key(curves: Sequence[Curve]) -> Markup:
    colours = depth_colours(len(curves))
    items = (
        element(
            "li",
            element("span", class_="swatch", style=f"--light:{colour};--dark:{DARK[colour]}", aria_hidden="true"),
            curve.name,
        )
        for curve, colour in zip(curves, colours, strict=True)
    )
    return element("ul", join(items), class_="key", aria_label="Colours of the layers")


def _ends(quantity: str, curves: Sequence[Curve]) -> str:
    said = []
    for curve in curves[:8]:
        known = [value for value in curve.values if value is not None]
        if known:
            said.append(f"{curve.name} from {significant(known[0], 3)} to {significant(known[-1], 3)}")
    return f"{quantity} per layer over epochs: {'; '.join(said)}."
