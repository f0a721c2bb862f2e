"""``trainwell trace``, ``backprop`` and ``explain`` as a user runs them, and what they refuse."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import polars as pl
import pytest

from tests.cli.terminal import entries, process, refused, trainwell

LECTURE = "x1*x2 + exp(x1*x2) - sin(x2)"
AT = ["--at", "x1=2", "--at", "x2=3"]


def test_trace_prints_the_lectures_table_and_the_gradient() -> None:
    result = trainwell("trace", LECTURE, *AT)
    assert result.exit_code == 0, result.output
    assert "v₃  = v₁ · v₂  6" in result.stdout
    assert "v̄₃  = v̄₄ · v₄ + v̄₅            = 403.429 + 1         404.429" in result.stdout
    assert result.stdout.endswith("f = 409.288; ∂f/∂x1 = 1213.29; ∂f/∂x2 = 809.848.\n")


def test_trace_by_forward_mode_and_one_variable() -> None:
    result = trainwell("trace", LECTURE, *AT, "--mode", "forward", "--wrt", "x1")
    assert "v̇₄  = v̇₃ · v₄" in result.stdout
    assert result.stdout.endswith("f = 409.288; ∂f/∂x1 = 1213.29.\n")
    both = trainwell("trace", LECTURE, *AT, "--mode", "forward")
    assert both.stdout.endswith("∂f/∂x1 = 1213.29; ∂f/∂x2 = 809.848.\n")


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_trace_as_json_and_as_a_page(mode: str, tmp_path: Path) -> None:
    page = tmp_path / "pages" / "trace.html"
    result = trainwell("trace", LECTURE, *AT, "--mode", mode, "--json", "--html", page)
    content = json.loads(result.stdout)
    assert content["gradient"] == pytest.approx({"x1": 3 + 3 * math.exp(6), "x2": 2 + 2 * math.exp(6) - math.cos(3)})
    assert len(content["nodes"]) == 7
    derived = content["adjoints"] if mode == "reverse" else content["tangents"]["x1"]
    assert derived["v3"] == pytest.approx(1 + math.exp(6) if mode == "reverse" else 3)
    assert result.stderr == f"{page} is written; open it in a browser.\n"
    assert page.read_text(encoding="utf-8").count('class="node"') == 7


def test_infinite_numbers_stay_json() -> None:
    content = json.loads(trainwell("trace", "sqrt(x)", "--at", "x=0", "--json").stdout)
    assert content["gradient"] == {"x": None}


@pytest.mark.parametrize(
    ("words", "fragments"),
    [
        (["x+1"], ["x has no value: say --at x=1."]),
        (["x+1", "--at", "x"], ["--at takes NAME=NUMBER, such as x1=2, but got 'x'."]),
        (["x+1", "--at", "x=__import__('os')"], ["column 12"]),
        (["x+1", "--at", "x=y"], ["has the variable y"]),
        (["x+1", "--at", "x=1", "--at", "x=2"], ["gives x twice"]),
        (["x+1", "--at", "x=1", "--at", "z=2"], ["no variable z"]),
        (["alpha+1", "--at", "alpa=1"], ["alpha has no value"]),
        (["1+1"], ["no variable"]),
        (["open(x)", "--at", "x=1"], ["'open(…)' is no arithmetic"]),
        (["x", "--at", "x=1", "--mode", "sideways"], ["forward or reverse", "'sideways'"]),
        (["x", "--at", "x=1", "--wrt", "x"], ["--mode forward"]),
        (["x", "--at", "x=1", "--mode", "forward", "--wrt", "y"], ["--wrt y", "It has x."]),
        (["x", "--at", "x=1/0"], ["finite number"]),
    ],
)
def test_trace_refuses(words: list[str], fragments: list[str]) -> None:
    refused(trainwell("trace", *words), *fragments)


def test_an_expression_never_reaches_the_system(tmp_path: Path) -> None:
    attack = "__import__('pathlib').Path('owned').touch()"
    result = process("", "trace", attack, "--at", "x=1", folder=tmp_path)
    assert result.returncode == 2
    assert not entries(tmp_path)


def test_backprop_shows_the_lectures_step() -> None:
    result = trainwell("backprop")
    assert result.exit_code == 0, result.output
    assert "ŷ = 10, y = 8" in result.stdout
    rows = re.findall(r"^[wb]\S+ .*?(-?[\d.]+)\s+(-?[\d.]+)$", result.stdout, re.MULTILINE)
    assert [float(gradient) for gradient, _ in rows] == [-40, 16, 8, 0, 0, 0, 24, 0, 4]
    assert [float(after) for _, after in rows] == [1.08, 3.968, 2.984, 2, 1, -2, 1.952, 3, -2.008]
    assert "Unit 2 of layer 1 is dead here" in result.stdout


def test_the_example_can_be_edited_and_run(tmp_path: Path) -> None:
    example, net = trainwell("backprop", "--example").stdout, tmp_path / "net.toml"
    net.write_text(example, encoding="utf-8")
    assert trainwell("backprop", net).stdout == trainwell("backprop").stdout
    net.write_text(example.replace("relu", "sigmoid"), encoding="utf-8")
    result = trainwell("backprop", net, "--html", tmp_path / "step.html")
    assert "sigmoid(z₁⁽¹⁾)" in result.stdout
    page = (tmp_path / "step.html").read_text(encoding="utf-8")
    assert page.count('class="unit"') == 5
    net.write_text(
        example.replace("inputs = [-5.0, 2.0]", "inputs = [[-5.0, 2.0], [1.0, 1.0]]").replace(
            "[8.0]", "[[8.0], [4.0]]"
        ),
        encoding="utf-8",
    )
    assert trainwell("backprop", net, "--html", tmp_path / "two.html").exit_code == 0
    assert "2 examples were given" in (tmp_path / "two.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "fragments"),
    [
        ("inputs = [-5.0, 2.0]", "", ["inputs is missing", "--example"]),
        ("inputs = [-5.0, 2.0]", "inputs = [1.0]", ["x must have shape (2,)"]),
        ("inputs = [-5.0, 2.0]", 'inputs = ["a"]', ["inputs must be a list of numbers"]),
        ("inputs = [-5.0, 2.0]", "inputs = [1.0, nan]", ["inputs must hold finite numbers"]),
        ("target = [8.0]", "target = [8.0, 1.0]", ["target must hold 1 number, one per output, but got 2"]),
        ("bias = [3.0, -2.0]", "bias = [3.0]", ["layer 1: bias must hold 2 numbers"]),
        ("bias = [3.0, -2.0]", "bais = [3.0]", ["layer 1", "Did you mean 'bias'?"]),
        ("weight = [[2.0, 3.0]]", "weight = [[2.0]]", ["layer 1 has 2 units", "layer 2 is for 1 inputs"]),
        ("weight = [[2.0, 3.0]]", "weight = [2.0, 3.0]", ["layer 2: weight must hold one row of weights per unit"]),
        ("weight = [[2.0, 3.0]]", "weight = [[2.0], [1.0, 2.0]]", ["layer 2: weight must have rows of equal length"]),
        ("weight = [[2.0, 3.0]]", "", ["layer 2: weight is missing"]),
        ('activation = "relu"', 'activation = "rlu"', ["activation", "Did you mean 'relu'?"]),
        ('activation = "relu"', "activation = 3", ["activation must be a name"]),
        ('loss = "squared_error"', 'loss = "square"', ["loss", "Known: squared_error"]),
        ("learning_rate = 0.002", "learning_rate = -1", ["learning_rate must be a number above 0", "-1"]),
        ("learning_rate = 0.002", "learning_rat = 1", ["Did you mean 'learning_rate'?"]),
        ("[[layers]]", "[[layer", ["not valid TOML"]),
    ],
)
def test_backprop_names_the_field(old: str, new: str, fragments: list[str], tmp_path: Path) -> None:
    net, example = tmp_path / "net.toml", trainwell("backprop", "--example").stdout
    assert old in example
    net.write_text(example.replace(old, new), encoding="utf-8")
    refused(trainwell("backprop", net), *fragments)


def test_backprop_refuses_what_is_no_file(tmp_path: Path) -> None:
    refused(trainwell("backprop", tmp_path / "none.toml"), "cannot be read")
    refused(trainwell("backprop", tmp_path), "cannot be read")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    refused(trainwell("backprop", tmp_path / "binary.toml"), "no text in UTF-8")
    (tmp_path / "empty.toml").write_text("")
    refused(trainwell("backprop", tmp_path / "empty.toml"), "inputs is missing")
    (tmp_path / "none.toml").write_text("inputs=[1.0]\ntarget=[1.0]\nlayers=[]\n")
    refused(trainwell("backprop", tmp_path / "none.toml"), "layers must be one or more tables")


def test_explain_opens_a_row_of_a_file(run: Path) -> None:
    result = trainwell("explain", "run", "--row", "3", "--data", "animals.csv", "--html", "row.html")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Row 3 of animals.csv: the network answers ")
    table = pl.read_csv("animals.csv")
    assert f"the truth is {table['species'][2]}." in result.stdout
    for words in ("What moved ", "Forward: ", "Backward: ", "Update on this row alone", "hidden 1", "output"):
        assert words in result.stdout
    page = Path("row.html").read_text(encoding="utf-8")
    assert "Row 3 of animals.csv, opened" in page
    assert "<link" not in page
    assert not re.search(r'(?:src|href)="http', page)


def test_explain_agrees_with_predict(run: Path) -> None:
    found = json.loads(trainwell("explain", "run", "--row", "5", "--data", "animals.csv", "--json").stdout)
    answers = pl.read_csv(trainwell("predict", "run", "animals.csv").stdout.encode())
    assert found["prediction"] == answers["prediction"][4]
    assert found["answers"]["dog"] == pytest.approx(answers["probability_dog"][4], abs=1e-5)
    assert found["loss_after"] < found["loss"]


def test_explain_finds_the_file_of_the_run(run: Path) -> None:
    named(run, "trainwell fit --target species animals.csv -o run")
    assert trainwell("explain", "run", "--row", "1").stdout.startswith("Row 1 of animals.csv: ")
    Path("animals.csv").rename("moved.csv")
    refused(trainwell("explain", "run", "--row", "1"), "trained on animals.csv", "--data FILE")
    named(run, None)
    refused(trainwell("explain", "run", "--row", "1"), "does not say which file", "--data FILE")


def named(run: Path, command: str | None) -> None:
    """Let a run folder say that it was made by a command."""
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    (run / "summary.json").write_text(json.dumps(summary | {"command": command}), encoding="utf-8")
    manifest = json.loads((run / "versions.json").read_text(encoding="utf-8"))
    manifest["files"].pop("summary.json", None)
    (run / "versions.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_a_row_without_its_answer_is_opened(run: Path) -> None:
    pl.read_csv("animals.csv").drop("species").write_csv("new.csv")
    result = trainwell("explain", "run", "--row", "1", "--data", "new.csv", "--about", "dog", "--json")
    found = json.loads(result.stdout)
    assert (found["loss"], found["loss_after"], found["about"]) == (None, None, "dog")


def test_explain_refuses(run: Path) -> None:
    data = ["--data", "animals.csv"]
    refused(trainwell("explain", "run", "--row", "0", *data), "animals.csv has rows 1 to 120, but got row 0.")
    refused(trainwell("explain", "run", "--row", "121", *data), "has rows 1 to 120, but got row 121.")
    refused(trainwell("explain", "run", "--row", "1", "--data", "none.csv"), "none.csv")
    refused(trainwell("explain", "nowhere", "--row", "1", *data), "no run folder nowhere")
    refused(trainwell("explain", "run", "--row", "1", *data, "--about", "cow"), "no class is called 'cow'", "cat, dog")
    refused(trainwell("explain", "run", "--row", "1", *data, "--learning-rate", "0"), "learning rate", "above 0")
    pl.read_csv("animals.csv").with_columns(species=pl.lit("cow")).write_csv("cows.csv")
    refused(trainwell("explain", "run", "--row", "2", "--data", "cows.csv"), "row 2 of cows.csv is 'cow'", "cat, dog")
    pl.read_csv("animals.csv").select("species", "tag").write_csv("narrow.csv")
    refused(trainwell("explain", "run", "--row", "2", "--data", "narrow.csv"), "narrow.csv has no column")
    Path("taken").write_text("")
    refused(trainwell("explain", "run", "--row", "1", *data, "--html", "taken/page.html"), "taken")
    assert trainwell("explain", "run").exit_code == 2


@pytest.mark.parametrize(
    "words",
    [["trace", "x + 1", "--at", "x=1"], ["backprop"], ["explain", "run", "--row", "1", "--data", "animals.csv"]],
    ids=["trace", "backprop", "explain"],
)
def test_a_page_is_written_once_unless_asked(words: list[str], run: Path) -> None:
    Path("page.html").write_text("thesis")
    refused(
        trainwell(*words, "--html", "page.html"), "page.html exists: add overwrite=True (--overwrite) to replace it"
    )
    assert Path("page.html").read_text() == "thesis"
    assert trainwell(*words, "--html", "page.html", "--overwrite").exit_code == 0
    assert Path("page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
