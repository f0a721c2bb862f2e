"""Warnings of ours on the command line: one sentence, no place in the code."""

from __future__ import annotations

import warnings

from trainwell.cli.app import plain_warnings
from trainwell.errors import TrainwellWarning


def test_a_warning_of_ours_is_one_sentence_and_others_stay_as_they_are(capsys, monkeypatch):
    others = []

    def show(message, category, *place, **more):
        others.append(category)

    monkeypatch.setattr(warnings, "showwarning", show)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with plain_warnings():
            warnings.warn("the sentence.", TrainwellWarning, stacklevel=1)
            warnings.warn("another's", RuntimeWarning, stacklevel=1)
    assert capsys.readouterr().err == "warning: the sentence.\n"
    assert others == [RuntimeWarning]
    assert warnings.showwarning is show
