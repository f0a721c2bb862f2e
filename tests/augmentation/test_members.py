"""Every augmentation: the suite that each one passes, and an oracle of its own in NumPy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from trainwell.errors import RecipeError
from trainwell.keys import key_for
from trainwell.layout import Layout
from trainwell.training.augmentation import (
    AUGMENTATIONS,
    Brightness,
    ColourShift,
    Contrast,
    Crop,
    Cutout,
    Flip,
    Mixup,
    Noise,
    Rotation,
    Shift,
    Swap,
    augment,
    refuse_unsuited,
)
from trainwell.training.augmentation.geometry import flip, rotate, shift
from trainwell.training.augmentation.light import contrasted, covered
from trainwell.training.augmentation.mixup import Blend, blended
from trainwell.training.augmentation.rows import partners, swapped

COLOUR = Layout(shape=(6, 8, 3))
TABLE = Layout(numbers=5, dense=2, cardinalities=(4,))
ROWS = 16
KEY = key_for(0, "augmentation")
every = pytest.mark.parametrize("name", list(AUGMENTATIONS))


def layout_for(name: str) -> Layout:
    return TABLE if AUGMENTATIONS[name].suits == "tables" else COLOUR


def batch(layout: Layout, rows: int = ROWS) -> jax.Array:
    return jnp.asarray(np.random.default_rng(0).normal(size=(rows, layout.width)), jnp.float32)


def images(rows: int = 1, shape: tuple[int, ...] = (5, 5, 1)) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(rows, *shape)).astype(np.float32)


def off(name: str) -> dict[str, float]:
    """Return the strengths at which an augmentation should change nothing."""
    fields = AUGMENTATIONS[name].model_fields
    return {field: 0 for field in AUGMENTATIONS[name].knob_fields() if field in fields}


@every
def test_shape_and_type_are_kept_the_draw_is_the_keys_and_no_two_are_alike(name):
    layout, member = layout_for(name), AUGMENTATIONS[name]()
    inputs = batch(layout)
    apply = jax.jit(lambda key: member.apply(key, inputs, layout))
    once, again = apply(KEY), apply(KEY)
    assert once.shape == inputs.shape
    assert once.dtype == inputs.dtype
    assert np.isfinite(once).all()
    np.testing.assert_array_equal(once, again)
    others = [apply(jax.random.fold_in(KEY, number)) for number in range(5)]
    assert any(not np.array_equal(once, other) for other in others)


@every
def test_a_strength_of_zero_changes_nothing_traced_or_not(name):
    layout, kind = layout_for(name), AUGMENTATIONS[name]
    inputs = batch(layout)
    np.testing.assert_allclose(kind(**off(name)).apply(KEY, inputs, layout), inputs, atol=1e-6)
    knobs = {field: jnp.asarray(value) for field, value in off(name).items()}
    traced = jax.jit(lambda knobs: kind().with_knobs(knobs).apply(KEY, inputs, layout))
    np.testing.assert_allclose(traced(knobs), inputs, atol=1e-5)


@every
def test_a_strength_below_zero_is_refused(name):
    for field in AUGMENTATIONS[name].knob_fields():
        with pytest.raises(RecipeError, match=rf"{name}\.{field}: input should be greater than or equal to 0"):
            AUGMENTATIONS[name](**{field: -1})


@every
def test_its_formula_and_source_are_stated(name):
    entry = AUGMENTATIONS.entry(name)
    assert entry.formula
    assert entry.source


@every
def test_it_refuses_rows_it_is_not_made_for(name):
    member = AUGMENTATIONS[name]()
    refuse_unsuited([member], layout_for(name))
    if member.suits == "both":
        refuse_unsuited([member], TABLE)
        return
    other, what = (COLOUR, "images of shape") if member.suits == "tables" else (TABLE, "rows of a table")
    with pytest.raises(RecipeError, match=rf"{name} is for {member.suits}, but the examples are {what}.*Noise"):
        refuse_unsuited([member], other)


def test_colour_shift_needs_channels_images_two_or_three_axes_and_mixup_comes_once():
    with pytest.raises(RecipeError, match=r"ColourShift needs colour images .* \(6, 8\); for one channel it is Brigh"):
        refuse_unsuited([ColourShift()], Layout(shape=(6, 8)))
    with pytest.raises(RecipeError, match=r"Flip needs images .* shape \(2, 3, 4, 5\); leave it out"):
        refuse_unsuited([Flip()], Layout(shape=(2, 3, 4, 5)))
    with pytest.raises(RecipeError, match="holds Mixup twice"):
        refuse_unsuited([Mixup(), Noise(), Mixup()], TABLE)


@pytest.mark.parametrize(("horizontal", "vertical"), [(True, False), (False, True), (True, True)])
def test_flipping_is_numpys_and_undoes_itself(horizontal, vertical):
    (image,) = images(shape=(4, 6, 2))
    once = flip(image, horizontal, vertical)
    expected = image[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    np.testing.assert_array_equal(once, expected)
    np.testing.assert_array_equal(flip(once, horizontal, vertical), image)


def test_images_are_flipped_as_often_as_asked():
    layout, inputs = Layout(shape=(1, 2)), jnp.tile(jnp.array([[1.0, 2.0]]), (4000, 1))
    flipped = Flip(horizontal=0.3).apply(KEY, inputs, layout)[:, 0] == 2.0
    assert abs(float(flipped.mean()) - 0.3) < 4 * (0.3 * 0.7 / 4000) ** 0.5


@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, 0), (-1, 3), (0, -4), (9, 0)])
def test_shifting_is_numpys_roll_with_what_comes_in_filled(down, right):
    (image,) = images(shape=(5, 7, 2))
    expected = np.zeros_like(image)
    padded = np.pad(image, ((10, 10), (10, 10), (0, 0)), mode="edge")
    window = np.roll(padded, (down, right), axis=(0, 1))[10:-10, 10:-10]
    np.testing.assert_array_equal(shift(image, down, right, "edge"), window)
    for row in range(5):
        for column in range(7):
            if 0 <= row - down < 5 and 0 <= column - right < 7:
                expected[row, column] = image[row - down, column - right]
    np.testing.assert_array_equal(shift(image, down, right, "zero"), expected)


def places(member: Shift | Crop, side: int, draws: int = 600) -> np.ndarray:
    """Return where one bright pixel in the middle of black images ends, ``(draws, 2)``, relative to the middle."""
    image = np.zeros((side, side), np.float32)
    image[side // 2, side // 2] = 1
    moved = member.apply(KEY, jnp.tile(image.ravel(), (draws, 1)), Layout(shape=(side, side)))
    return np.argwhere(np.asarray(moved).reshape(draws, side, side))[:, 1:] - side // 2


def test_shifts_and_crops_reach_as_far_as_asked_and_everywhere_alike():
    shifted = places(Shift(fraction=0.2), 21)
    assert set(shifted.ravel()) == {-4, -3, -2, -1, 0, 1, 2, 3, 4}
    cropped = places(Crop(padding=2), 21)
    counts = np.unique(cropped, return_counts=True)[1]
    assert set(cropped.ravel()) == {-2, -1, 0, 1, 2}
    assert np.all(np.abs(counts - 240) < 4 * (1200 * 0.2 * 0.8) ** 0.5)


def test_a_turn_by_a_right_angle_is_numpys():
    (image,) = images(shape=(7, 7, 2))
    np.testing.assert_allclose(rotate(image, 0.0), image, atol=1e-6)
    for quarter in (1, 2, 3):
        turned = rotate(image, quarter * np.pi / 2)
        np.testing.assert_allclose(turned, np.rot90(image, quarter), atol=1e-4)


def test_a_turn_keeps_a_plane_a_plane():
    down, right = np.mgrid[-4:5, -4:5].astype(np.float32)
    plane = (2 * down + 3 * right)[..., None]
    angle = 0.3
    turned = np.asarray(rotate(plane, angle, "zero"))[..., 0]
    expected = 2 * (np.cos(angle) * down + np.sin(angle) * right) + 3 * (np.cos(angle) * right - np.sin(angle) * down)
    inside = np.hypot(down, right) < 4
    np.testing.assert_allclose(turned[inside], expected[inside], atol=1e-4)


def test_light_moves_whole_images_by_one_number_and_contrast_keeps_their_mean():
    inputs, flat = images(64, (4, 4, 3)), lambda pictures: pictures.reshape(64, -1)
    layout = Layout(shape=(4, 4, 3))
    brighter = np.asarray(Brightness(amount=0.5).apply(KEY, flat(inputs), layout)).reshape(inputs.shape) - inputs
    assert np.ptp(brighter, axis=(1, 2, 3)).max() < 1e-5
    assert 0.4 < np.abs(brighter).max() <= 0.5
    tinted = np.asarray(ColourShift(amount=0.5).apply(KEY, flat(inputs), layout)).reshape(inputs.shape) - inputs
    assert np.ptp(tinted, axis=(1, 2)).max() < 1e-5
    assert np.ptp(tinted, axis=3).min() > 1e-3
    stronger = np.asarray(Contrast(amount=0.5).apply(KEY, flat(inputs), layout)).reshape(inputs.shape)
    np.testing.assert_allclose(stronger.mean(axis=(1, 2, 3)), inputs.mean(axis=(1, 2, 3)), atol=1e-5)
    ratio = stronger.std(axis=(1, 2, 3)) / inputs.std(axis=(1, 2, 3))
    assert 0.5 <= ratio.min() < 0.6
    assert 1.4 < ratio.max() <= 1.5
    np.testing.assert_allclose(contrasted(inputs[0], 0.0), np.full_like(inputs[0], inputs[0].mean()), atol=1e-6)


def test_cutout_covers_one_square_of_the_size_asked():
    image = np.ones((9, 9, 2), np.float32)
    expected = image.copy()
    expected[3:6, 1:4] = 0
    np.testing.assert_array_equal(covered(image, 4, 2, 3), expected)
    expected = image.copy()
    expected[:2, 7:] = 0
    np.testing.assert_array_equal(covered(image, 0, 8, 3), expected)
    for side in (1, 2, 4):
        assert (np.asarray(covered(image, 4, 4, side))[..., 0] == 0).sum() == side**2
    cut = np.asarray(Cutout(size=1 / 3).apply(KEY, jnp.ones((500, 81)), Layout(shape=(9, 9)))).reshape(500, 9, 9)
    areas = (cut == 0).sum(axis=(1, 2))
    assert set(areas) == {4, 6, 9}


def test_noise_is_gaussian_and_reaches_numbers_alone():
    layout, inputs = Layout(numbers=3, dense=2, cardinalities=(4,)), jnp.ones((20_000, 6))
    added = np.asarray(Noise(deviation=0.3).apply(KEY, inputs, layout)) - 1
    np.testing.assert_array_equal(added[:, 3:], 0)
    assert abs(added[:, :3].mean()) < 4 * 0.3 / 60_000**0.5
    assert abs(added[:, :3].std() / 0.3 - 1) < 0.02
    assert abs(np.mean(np.abs(added[:, :3]) < 0.3) - 0.6827) < 0.01
    on_pixels = np.asarray(Noise().apply(KEY, jnp.zeros((9, 4)), Layout(shape=(2, 2))))
    assert (on_pixels != 0).all()


def test_swapping_keeps_every_columns_values_and_swaps_the_share_asked():
    inputs = batch(TABLE, 1000)
    result = np.asarray(swapped(KEY, inputs, 0.2))
    np.testing.assert_array_equal(np.sort(result, axis=0), np.sort(inputs, axis=0))
    assert abs((result != inputs).mean() - 0.2) < 0.03


@pytest.mark.parametrize("rows", [1, 2, 7, 8])
def test_partners_are_mutual(rows):
    pairs = np.asarray(partners(KEY, rows))
    np.testing.assert_array_equal(pairs[pairs], np.arange(rows))


def test_mixup_blends_rows_and_takes_codes_whole():
    inputs = batch(TABLE, 4)
    blend = Blend(jnp.array([1, 0, 3, 2]), jnp.full(4, 0.3))
    expected = 0.3 * inputs + 0.7 * inputs[jnp.array([1, 0, 3, 2])]
    mixed = blended(inputs, blend, TABLE)
    np.testing.assert_allclose(mixed[:, :7], expected[:, :7], rtol=1e-6)
    np.testing.assert_array_equal(mixed[:, 7], inputs[jnp.array([1, 0, 3, 2]), 7])


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_mixups_shares_follow_the_beta_distribution(alpha):
    draw = jax.jit(jax.vmap(lambda key: Mixup(alpha=alpha).blend(key, 2).share[0]))
    shares = np.asarray(draw(jax.random.split(KEY, 4000)))
    assert abs(shares.mean() - 0.5) < 0.03
    assert abs(shares.var() - 1 / (4 * (2 * alpha + 1))) < 0.01


def test_augmentations_come_one_after_another_each_with_a_key_of_its_own():
    inputs = batch(TABLE)
    both, blend = augment([Noise(deviation=0.1), Noise(deviation=0.1)], KEY, inputs, TABLE)
    first = Noise(deviation=0.1).apply(jax.random.fold_in(KEY, 0), inputs, TABLE)
    second = Noise(deviation=0.1).apply(jax.random.fold_in(KEY, 1), first, TABLE)
    np.testing.assert_array_equal(both, second)
    assert blend is None
    assert not np.allclose(second - first, first - inputs)
    mixed, blend = augment([Mixup(alpha=1.0), Swap()], KEY, inputs, TABLE)
    assert blend.share.shape == (ROWS,)
    assert not np.array_equal(mixed, inputs)


def test_rotation_turns_within_the_degrees_asked():
    down, right = np.mgrid[-10:11, -10:11].astype(np.float32)
    bar = (np.abs(right) < 0.5).astype(np.float32) * (down < 0)
    turned = Rotation(degrees=30, fill="zero").apply(KEY, jnp.tile(bar.ravel(), (200, 1)), Layout(shape=(21, 21)))
    mass = np.asarray(turned).reshape(200, 21, 21)
    angles = np.degrees(np.arctan2((mass * -right).sum(axis=(1, 2)), (mass * -down).sum(axis=(1, 2))))
    assert 27 < np.abs(angles).max() < 31
    assert abs(angles.mean()) < 4
