"""``trainwell fit`` on bad tables: one sentence that says where and what to do, exit code 2, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import TINY, entries, process, refused, trainwell
from tests.data.tables import HEADER, lines, written

GOOD = HEADER + lines()

#: Case: content of ``bad.csv``, what the sentence must hold.
TABLES: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "empty": ("", ("bad.csv is empty",)),
    "header only": (HEADER, ("bad.csv", "no rows")),
    "encoding": ("u,v,t\n1,2,Köln\n".encode("latin1"), ("bad.csv", "UTF-8", "line 2")),
    "delimiter": (GOOD.replace(",", ":"), ("bad.csv", "one column", "colon")),
    "duplicate names": ("u,u,t\n" + lines(), ("bad.csv", "'u'", "columns 1 and 2", "Rename")),
    "constant target": (GOOD.replace("b", "a"), ("'t'", "'a'", "30 rows")),
    "class of one row": (GOOD + "1,2,c\n", ("'t'", "'c'", "row 31")),
    "missing target": (GOOD + "1,2,\n", ("'t'", "missing in row 31")),
    "infinite target": ("u,t\n" + "".join(f"{n},{n}.5\n" for n in range(30)) + "1,inf\n", ("'t'", "row 31")),
    "column all missing": ("u,v,t\n" + "1,,a\n2,,b\n" * 9, ("column 'v'", "no value", "Remove")),
    "infinite number": (GOOD + "-inf,2,a\n", ("column 'u'", "infinite in row 31")),
    "few rows": ("u,t\n7,1.5\n2,2.5\n", ("2 rows", "too few", "60/20/20")),
    "ragged": (GOOD + "1,2,a,4\n", ("bad.csv, line 32", "4 cells", "3 columns")),
}


@pytest.mark.parametrize("case", TABLES)
def test_bad_table(case: str, here: Path) -> None:
    content, fragments = TABLES[case]
    written(here, "bad.csv", content)
    before = entries(here)
    refused(trainwell("fit", "bad.csv", "--target", "t", "-o", "out", *TINY), *fragments)
    assert entries(here) == before


#: Case: the command's words, what the sentence must hold.
COMMANDS: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "no such file": (["animls.csv", "-t", "species"], ("animls.csv", "Did you mean 'animals.csv'")),
    "a folder": ([".", "-t", "species"], ("folder",)),
    "no such target": (["animals.csv", "-t", "specis"], ("animals.csv", "'specis'", "Did you mean 'species'")),
    "no target": (["animals.csv"], ("animals.csv", "which column", "'species'")),
    "no such task": (["animals.csv", "-t", "species", "--task", "binry"], ("'binry'", "Did you mean 'binary'")),
    "no such group": (["animals.csv", "-t", "species", "--groups", "owner"], ("'owner'",)),
    "no such weights": (["animals.csv", "-t", "species", "--weights", "wight"], ("Did you mean 'weight'",)),
    "no such split": (["animals.csv", "-t", "species", "--split", "part"], ("'part'",)),
    "nothing to ignore": (["animals.csv", "-t", "species", "--ignore", "agee"], ("Did you mean 'age'",)),
    "groups and time": (["animals.csv", "-t", "species", "--groups", "tag", "--time", "born"], ("--groups", "--time")),
    "no such test": (["animals.csv", "-t", "species", "--test", "none.csv"], ("none.csv",)),
}


@pytest.mark.parametrize("case", COMMANDS)
def test_bad_command(case: str, here: Path) -> None:
    words, fragments = COMMANDS[case]
    before = entries(here)
    refused(trainwell("fit", *words, *TINY), *fragments)
    assert entries(here) == before


def test_brackets_in_a_sentence_are_shown_as_they_are(here: Path) -> None:
    written(here, "[red]x[1, 2].csv", HEADER)
    sentence = refused(trainwell("fit", "[red]x[1, 2].csv", "-t", "t"))
    assert "[red]x[1, 2].csv" in sentence
    assert "\\" not in sentence


def test_in_a_process_of_its_own(here: Path) -> None:
    before = entries(here)
    ended = process("", "fit", "animals.csv", "--target", "specis", folder=here)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: animals.csv has no target column 'specis'")
    assert ended.stderr.count("\n") == 1
    assert entries(here) == before
