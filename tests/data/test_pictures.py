"""Folders of pictures: read by class, and every way in which they can be wrong named with its file."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import trainwell as tw
from trainwell.data.opening import open_source
from trainwell.errors import DataError, TrainwellWarning


def save(path, array, mode=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(array), mode).save(path)


def grey(value, size=(6, 5)):
    """Return a picture of one grey, ``size`` being (height, width)."""
    return np.full(size, value, np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Two classes of five grey pictures each, dark and light, beside files that are no pictures."""
    for number in range(5):
        save(tmp_path / "dark" / f"{number}.png", grey(10 + number))
        save(tmp_path / "light" / f"{number}.jpg", grey(200 + number))
    (tmp_path / "dark" / "notes.txt").write_text("taken in May")
    (tmp_path / "light" / ".thumbnail.png").write_bytes(b"hidden")
    return tmp_path


def test_subfolders_are_classes(folder):
    data = tw.read(folder, split=tw.Split(train=1, validation=0, test=0))
    assert data.array.shape == (10, 6, 5)
    assert data.array.dtype == np.uint8
    assert data.target.classes == ("dark", "light")
    assert data.task == "binary"
    assert data.target.names == ("class",)
    np.testing.assert_array_equal(data.array[:5, 0, 0], [10, 11, 12, 13, 14])
    assert (data.array[5:] > 150).all()
    assert data.target.values.tolist() == [0] * 5 + [1] * 5


def test_pictures_without_a_class_and_classes_without_pictures_are_warned_of(folder):
    save(folder / "stray.png", grey(99))
    with pytest.warns(TrainwellWarning, match=r"1 picture beside its folders of classes \('stray\.png'\)"):
        assert len(tw.read(folder)) == 10
    (folder / "stray.png").unlink()
    (folder / "dusk").mkdir()
    with pytest.warns(TrainwellWarning, match=r"has no pictures in 'dusk', which is passed over"):
        assert tw.read(folder).target.classes == ("dark", "light")


def test_the_path_may_be_text(folder):
    np.testing.assert_array_equal(open_source(str(folder)).array, open_source(folder).array)


def test_one_picture_in_colour_makes_all_of_them(folder):
    colours = np.zeros((6, 5, 3), np.uint8)
    colours[..., 0] = 255
    save(folder / "light" / "red.png", colours)
    array = tw.read(folder).array
    assert array.shape == (11, 6, 5, 3)
    np.testing.assert_array_equal(array[10, 0, 0], [255, 0, 0])
    np.testing.assert_array_equal(array[0, 0, 0], [10, 10, 10])


@pytest.mark.parametrize(
    ("name", "make", "expected"),
    [
        ("transparent.png", lambda: Image.new("LA", (5, 6), (77, 128)), 77),
        ("bits.png", lambda: Image.new("1", (5, 6), 1), 255),
        ("palette.gif", lambda: Image.new("L", (5, 6), 55), None),
    ],
)
def test_pictures_of_any_mode_are_8_bits(tmp_path, name, make, expected):
    (tmp_path / "a").mkdir()
    make().save(tmp_path / "a" / name)
    array = open_source(tmp_path).array
    assert array.dtype == np.uint8
    assert array.shape[:3] == (1, 6, 5)
    if expected is not None:
        assert (array == expected).all()


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("deep.png", np.full((6, 5), 65535, np.uint16), 255.0),
        ("deep.tiff", np.full((6, 5), 257 * 9, np.uint16), 9.0),
        ("dark.png", np.full((6, 5), 128, np.uint16), 128 / 257),  # as dark as it says, however dark all of it is
        ("grey.pgm", np.full((6, 5), 1000, np.uint16), 1000 / 257),
        ("floats.tiff", np.full((6, 5), -1.5, np.float32), -1.5),
    ],
)
def test_deep_pictures_keep_their_levels(tmp_path, name, values, expected):
    (tmp_path / "a").mkdir()
    Image.fromarray(values).save(tmp_path / "a" / name)
    save(tmp_path / "a" / "shallow.png", grey(7))
    array = open_source(tmp_path).array
    assert array.dtype == np.float32
    both = sorted([expected, 7.0])
    np.testing.assert_allclose(sorted(array[:, 0, 0]), both, rtol=1e-6)


def test_a_picture_of_what_is_no_number_is_refused(tmp_path):
    (tmp_path / "a").mkdir()
    Image.fromarray(np.full((6, 5), np.nan, np.float32)).save(tmp_path / "a" / "void.tiff")
    with pytest.raises(DataError, match=r"void\.tiff holds missing or infinite values"):
        open_source(tmp_path)


def test_folders_called_train_and_test_are_the_parts(folder, tmp_path):
    whole = tmp_path / "whole"
    for part in ("Train", "test"):
        for name in ("dark", "light"):
            for number in range(5):
                save(whole / part / name / f"{number}.png", grey(10 * number))
    data = tw.read(whole)
    assert len(data) == 20
    np.testing.assert_array_equal(data.parts.test, np.arange(10, 20))


def test_a_model_predicts_from_pictures_without_classes(folder, tmp_path):
    recipe = tw.Recipe(network=tw.Sequential(["Flatten"]), max_epochs=3, telemetry=False)
    data = tw.read(folder)
    problem = tw.engine.prepare(recipe, data)
    model = tw.Model.of(tw.engine.train(recipe, problem), problem, data)
    loose = tmp_path / "loose"
    save(loose / "one.png", grey(12))
    save(loose / "two.png", grey(202))
    assert model.predict(loose).shape == (2,)
    save(tmp_path / "other" / "one.png", grey(1, (9, 9)))
    with pytest.raises(DataError, match=r"examples must have the shape \(6, 5\), but have \(9, 9\)"):
        model.predict(tmp_path / "other")


def test_a_picture_of_another_size_is_named(folder):
    save(folder / "light" / "small.png", grey(7, (3, 2)))
    with pytest.raises(DataError, match=r"small\.png is 2×3 pixels, but 10 of the 11 pictures are 5×6"):
        tw.read(folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: b"",
        lambda whole: b"no picture at all",
        lambda whole: whole[:20],
    ],
    ids=["cut short", "empty", "text", "header alone"],
)
def test_a_broken_picture_is_named(folder, damage):
    file = folder / "dark" / "3.png"
    noisy = np.random.default_rng(0).integers(0, 255, (6, 5)).astype(np.uint8)
    save(file, noisy)
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(DataError, match=r"3\.png cannot be read as a picture: .*\. Replace or remove it\."):
        tw.read(folder)


def test_folders_that_hold_no_classes_are_explained(tmp_path):
    with pytest.raises(DataError, match=r"is a folder without pictures; name a file in it"):
        tw.read(tmp_path)
    save(tmp_path / "one.png", grey(1))
    with pytest.raises(DataError, match=r"came without a target.*put those of each class into a subfolder"):
        tw.read(tmp_path)
    (tmp_path / "one.png").unlink()
    (tmp_path / "cats").mkdir()
    with pytest.raises(DataError, match=r"has no pictures in .cats.\. Known endings: \.bmp"):
        tw.read(tmp_path)


def test_a_test_folder_of_another_size_is_refused(tmp_path):
    save(tmp_path / "train" / "a" / "1.png", grey(1))
    save(tmp_path / "test" / "a" / "1.png", grey(1, (4, 4)))
    with pytest.raises(DataError, match=r"the test pictures have the shape \(4, 4\), but those to train on \(6, 5\)"):
        tw.read(tmp_path)


def test_pictures_of_16_levels_are_divided_by_their_own_range():
    levels = np.arange(160, dtype=np.uint8).reshape(10, 4, 4) % 17
    problem = tw.engine.prepare(
        tw.Recipe(), tw.read(levels, y=np.arange(10) % 2, split=tw.Split(train=1, validation=0, test=0))
    )
    assert float(problem.examples.inputs.max()) == 1.0
    bytes_ = np.linspace(0, 255, 160).astype(np.uint8).reshape(10, 4, 4)
    problem = tw.engine.prepare(
        tw.Recipe(), tw.read(bytes_, y=np.arange(10) % 2, split=tw.Split(train=1, validation=0, test=0))
    )
    assert float(problem.examples.inputs[5].max()) == pytest.approx(bytes_[5].max() / 255)


def test_the_default_recipe_sees_images_with_convolutions_and_tables_without():
    images = tw.read(np.zeros((40, 28, 28), np.uint8), y=np.arange(40) % 2)
    assert tw.default_recipe(images).network.channels == (32, 64, 64)
    assert tw.default_recipe(tw.read(np.zeros((40, 8, 8, 3), np.uint8), y=np.arange(40) % 2)).network.channels == (
        32,
        64,
    )
    signals = tw.default_recipe(tw.read(np.zeros((40, 100, 2), np.float32), y=np.arange(40) % 2)).network
    assert signals.kernel == 5
    photographs = tw.read(
        np.zeros((4, 128, 96, 3), np.uint8), y=np.arange(4) % 2, split=tw.Split(train=1, validation=0, test=0)
    )
    assert len(tw.default_recipe(photographs).network.channels) == 5
    tiny = tw.read(np.zeros((40, 3, 3), np.uint8), y=np.arange(40) % 2)
    assert isinstance(tw.default_recipe(tiny).network, tw.MLP)
