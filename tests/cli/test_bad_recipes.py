"""Recipes that cannot be followed: the file, the field, the value and the nearest right name, before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import entries, refused, trainwell
from tests.data.tables import written

FILES: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "unknown key": ("max_epoch = 5", ("bad.toml", "'max_epoch'", "Did you mean 'max_epochs'")),
    "unknown nested key": (
        '[optimizer]\nkind = "Adam"\nlearning_rat = 0.1',
        ("bad.toml", "'learning_rat'", "Did you mean 'learning_rate'"),
    ),
    "unknown kind": ('[optimizer]\nkind = "Adm"', ("bad.toml", "'Adm'", "Did you mean 'Adam'")),
    "no kind": ("[optimizer]\nlearning_rate = 0.1", ("bad.toml", "kind")),
    "wrong type": ('batch_size = "many"', ("bad.toml", "batch_size", "'many'")),
    "negative rate": ('[optimizer]\nkind = "Adam"\nlearning_rate = -0.1', ("learning_rate", "-0.1", "greater than 0")),
    "rate that is no number": ('[optimizer]\nkind = "Adam"\nlearning_rate = nan', ("learning_rate", "nan")),
    "not TOML": ("max_epochs = = 5", ("bad.toml", "TOML", "line 1")),
    "not text": (b"\xff\xfe\x00", ("bad.toml",)),
    "empty value": ("max_epochs = 0", ("max_epochs", "greater than or equal to 1")),
}


@pytest.mark.parametrize("case", FILES)
def test_bad_recipe_file(case: str, here: Path) -> None:
    content, fragments = FILES[case]
    written(here, "bad.toml", content)
    before = entries(here)
    refused(trainwell("fit", "animals.csv", "-t", "species", "--recipe", "bad.toml"), *fragments)
    assert entries(here) == before


@pytest.mark.parametrize("content", ["[1, 2]", "3", "{", '{"max_epochs": "x"}'])
def test_bad_recipe_in_json(content: str, here: Path) -> None:
    written(here, "bad.json", content)
    refused(trainwell("fit", "animals.csv", "-t", "species", "--recipe", "bad.json"), "bad.json")


@pytest.mark.parametrize("name", ["none.toml", "."])
def test_no_recipe_file(name: str, here: Path) -> None:
    refused(trainwell("fit", "animals.csv", "-t", "species", "--recipe", name), f"cannot read the recipe {name}")


SETTINGS: dict[str, tuple[str, ...]] = {
    "max_epoch=5": ("'max_epoch'", "Did you mean 'max_epochs'"),
    "optimizer.rate=5": ("'rate'", "AdamW", "learning_rate"),
    "optimizer.learning_rate=fast": ("learning_rate", "'fast'", "number"),
    "optimizer.learning_rate=-1": ("learning_rate", "-1"),
    "optimizer.learning_rate=NaN": ("learning_rate", "nan"),
    "label_smoothing=NaN": ("label_smoothing", "nan"),
    "network.dropout=NaN": ("dropout", "nan"),
    "network.activation=rlu": ("'rlu'", "Did you mean 'relu'"),
    "network.hidden=0": ("hidden", "greater than or equal to 1"),
    "network.hidden=true": ("hidden", "True"),
    "network.hidden=[0]": ("hidden", "0"),
    "batch_size.x=1": ("batch_size.x",),
    "loss=mes": ("'mes'", "Did you mean 'mse'"),
    "seed=-1": ("seed", "-1"),
    "optimizer.kind=Adm": ("'Adm'", "Did you mean 'Adam'"),
    "early_stopping=5": ("Recipe.early_stopping", 'a table of its fields such as {"patience": 5}'),
    "gradient_clipping.norm=5": ("None has no fields. Set gradient_clipping itself.",),
    "class_weights=balancd": (
        "Recipe.class_weights: input should be 'balanced', none, or weights by class name such as "
        "{\"yes\": 2.0}, but got 'balancd'.",
    ),
    'class_weights={"cat": -1}': ("Recipe.class_weights: weights of classes are numbers above 0", "'cat' is -1"),
    "encoding.numbers=stadard": ("'robust', 'standard' or 'minmax', or none, but got 'stadard'",),
    "optimizer=Adm": ("'Adm'", "Did you mean 'Adam'"),
    "max_epochs": ("FIELD=VALUE", "'max_epochs'"),
    "=5": ("FIELD=VALUE",),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_bad_setting(setting: str, here: Path) -> None:
    before = entries(here)
    refused(trainwell("fit", "animals.csv", "-t", "species", "--set", setting), *SETTINGS[setting])
    assert entries(here) == before


def test_bad_preset_and_two_recipes(here: Path) -> None:
    refused(trainwell("fit", "animals.csv", "-t", "species", "--preset", "lectur"), "Did you mean 'lecture'")
    words = ["--preset", "lecture", "--recipe", "r.toml"]
    refused(trainwell("fit", "animals.csv", "-t", "species", *words), "--recipe and --preset")


def test_a_loss_of_another_task(here: Path) -> None:
    before = entries(here)
    refused(trainwell("fit", "animals.csv", "-t", "species", "--set", "loss=cross_entropy"), "cross_entropy", "binary")
    assert entries(here) == before


def test_class_weights_for_no_class(here: Path) -> None:
    words = ["--set", 'class_weights={"cta": 2}', "-o", "out"]
    refused(trainwell("fit", "animals.csv", "-t", "species", *words), "'cta'", "Did you mean 'cat'")
    assert not Path("out").exists()
