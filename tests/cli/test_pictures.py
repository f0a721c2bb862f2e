"""``trainwell fit`` and ``predict`` on folders of pictures, whole and broken."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from tests.cli.terminal import entries, refused, trainwell

RECIPE = """
max_epochs = 20
batch_size = 16
telemetry = false

[optimizer]
kind = "AdamW"
learning_rate = 0.01

[network]
kind = "Sequential"

[[network.layers]]
kind = "Convolution"
channels = 4

[[network.layers]]
kind = "Activation"

[[network.layers]]
kind = "Flatten"
"""


@pytest.fixture
def pictures(here):
    """A folder of dark and light pictures beside a recipe."""
    random = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 130)):
        (here / "pictures" / name).mkdir(parents=True)
        for number in range(20):
            pixels = random.integers(low, low + 120, (6, 6)).astype(np.uint8)
            Image.fromarray(pixels).save(here / "pictures" / name / f"{number:02d}.png")
    (here / "recipe.toml").write_text(RECIPE)
    return here / "pictures"


def test_a_folder_is_fitted_and_its_pictures_told_apart(here, pictures):
    result = trainwell("fit", pictures, "--recipe", "recipe.toml", "-o", "out", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["test"]["accuracy"] > 0.8
    assert (here / "out" / "report.html").is_file()
    answers = trainwell("predict", here / "out", pictures / "dark")
    assert answers.exit_code == 0, answers.output
    assert answers.stdout.count("dark") > 10


def test_a_broken_picture_and_one_of_another_size_are_named(here, pictures):
    before = entries(here)
    whole = (pictures / "dark" / "07.png").read_bytes()
    (pictures / "dark" / "07.png").write_bytes(whole[:40])
    refused(trainwell("fit", pictures, "--recipe", "recipe.toml", "-o", "out"), "07.png", "cannot be read as a picture")
    Image.fromarray(np.zeros((9, 6), np.uint8)).save(pictures / "dark" / "07.png")
    refused(trainwell("fit", pictures, "--recipe", "recipe.toml", "-o", "out"), "07.png is 6×9 pixels", "6×6")
    assert entries(here) == before


def test_layers_that_do_not_fit_are_named(here, pictures):
    (here / "recipe.toml").write_text(RECIPE.replace("Flatten", "MaxPooling"))
    message = "layer 4 (Linear) expects one row (features,), but receives (3, 3, 4); put a Flatten before it"
    refused(trainwell("fit", pictures, "--recipe", "recipe.toml", "-o", "out"), message)
    (here / "recipe.toml").write_text(RECIPE.replace('"Activation"', '"Aktivation"'))
    refused(trainwell("fit", pictures, "--recipe", "recipe.toml", "-o", "out"), "Did you mean 'Activation'?")
