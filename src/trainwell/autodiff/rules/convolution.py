"""The rule of convolution: both adjoints are convolutions again, over padded and spread-out arrays.

Reference: V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning", 2016.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jax import Array, lax

from trainwell.autodiff.rules.rule import Derivative, Operation, added, rule

Spec = tuple[int, ...]


def spread_out(sizes: Sequence[int], gaps: Sequence[int]) -> np.ndarray:
    """Return the length of axes whose entries stand ``gaps`` apart."""
    return (np.asarray(sizes) - 1) * np.asarray(gaps) + 1


def lengths(operation: Operation) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the spread-out lengths of image, kernel and result along the axes the window slides over."""
    image, kernel, result = operation.params["dimension_numbers"]
    of = lambda array, spec: [array.shape[axis] for axis in spec[2:]]
    return (
        spread_out(of(operation.a, image), operation.params["lhs_dilation"]),
        spread_out(of(operation.b, kernel), operation.params["rhs_dilation"]),
        spread_out(of(operation.y, result), operation.params["window_strides"]),
    )


def swapped(spec: Spec) -> Spec:
    """Return a layout with its first two roles exchanged."""
    return (spec[1], spec[0], *spec[2:])


def regrouped(array: Array, out_of: int, into: int, groups: int) -> Array:
    """Return ``array`` with its axis ``out_of`` cut into ``groups`` and these laid along the axis ``into``."""
    if groups == 1:
        return array
    size = array.shape[out_of] // groups
    cut = array.reshape(*array.shape[:out_of], groups, size, *array.shape[out_of + 1 :])
    target = into if into < out_of else into + 1
    order = [axis for axis in range(cut.ndim) if axis != out_of]
    order.insert(order.index(target), out_of)
    moved = cut.transpose(order)
    shape = list(array.shape)
    shape[out_of], shape[into] = size, array.shape[into] * groups
    return moved.reshape(shape)


def image_adjoint(operation: Operation, given: Array) -> Array:
    """Convolve the adjoint, spread by the strides, with the kernel turned round."""
    params = operation.params
    image, kernel, result = params["dimension_numbers"]
    long_image, long_kernel, long_result = lengths(operation)
    before = long_kernel - np.asarray([low for low, _ in params["padding"]]) - 1
    after = long_image + long_kernel - 1 - long_result - before
    groups = params["feature_group_count"]
    turned = lax.rev(regrouped(operation.b, kernel[0], kernel[1], groups), kernel[2:])
    return lax.conv_general_dilated(
        given,
        turned,
        window_strides=params["lhs_dilation"],
        padding=list(zip(before.tolist(), after.tolist(), strict=True)),
        lhs_dilation=params["window_strides"],
        rhs_dilation=params["rhs_dilation"],
        dimension_numbers=lax.ConvDimensionNumbers(result, swapped(kernel), image),
        feature_group_count=groups,
        precision=params["precision"],
    )


def kernel_adjoint(operation: Operation, given: Array) -> Array:
    """Convolve the image with the adjoint: every weight sees all places it was applied to."""
    params = operation.params
    image, kernel, result = params["dimension_numbers"]
    long_image, long_kernel, long_result = lengths(operation)
    low = np.asarray([low for low, _ in params["padding"]])
    high = long_result - long_image + long_kernel - low - 1
    return lax.conv_general_dilated(
        operation.a,
        given,
        window_strides=params["rhs_dilation"],
        padding=list(zip(low.tolist(), high.tolist(), strict=True)),
        lhs_dilation=params["lhs_dilation"],
        rhs_dilation=params["window_strides"],
        dimension_numbers=lax.ConvDimensionNumbers(swapped(image), swapped(result), swapped(kernel)),
        batch_group_count=params["feature_group_count"],
        precision=params["precision"],
    )


def convolution_forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
    """Convolve each tangent with the other operand, as for any product."""
    terms = []
    if tangents[0] is not None:
        terms.append(operation.apply(tangents[0], operation.b))
    if tangents[1] is not None:
        terms.append(operation.apply(operation.a, tangents[1]))
    return (added(terms),)


def convolution_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """Carry the adjoint back to the image and to the kernel."""
    if operation.params["batch_group_count"] != 1:
        raise NotImplementedError("convolutions over groups of the batch have no rule; use feature groups")
    given: Array = adjoints[0]
    return image_adjoint(operation, given), kernel_adjoint(operation, given)


rule("conv_general_dilated", convolution_forward, convolution_reverse, text="{a} ∗ {b}")
