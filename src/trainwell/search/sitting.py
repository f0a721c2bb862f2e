"""One sitting of a study: which trials are trained next, until all are done or it is time to stop.

A study may take several sittings; each begins with what the last left unfinished. Not for training, not for storing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import chain

from trainwell.engine.space import Settings
from trainwell.search.ledger import Ledger
from trainwell.search.request import Request
from trainwell.search.running import Crew
from trainwell.search.strategies.halving import promoted
from trainwell.search.trials import Trial, mean_value


def ended_trials(request: Request, crew: Crew) -> Generator[Trial]:
    """Train what is asked for, and yield each trial as it ends."""
    if request.how.halving:
        yield from halve(request, crew)
        return
    epochs = request.space.recipe.max_epochs
    yield from crew.close_done(epochs)
    for trials in rounds(request, crew.ledger):
        yield from crew.train(trials, until=epochs, last=True)
        if crew.watch.is_over():
            return


def rounds(request: Request, ledger: Ledger) -> Iterator[Iterator[Trial]]:
    """Yield the trials of one round after the other: those left from an earlier sitting, then new ones.

    A strategy that looks at scores waits for a whole round before it proposes the next; others have one long round.
    """
    if request.how.looks:
        yield iter(ledger.pending())
        while proposals := proposed(request, ledger):
            yield entered(request, ledger, proposals)
    else:
        yield chain(ledger.pending(), (trial for trials in endless_rounds(request, ledger) for trial in trials))


def endless_rounds(request: Request, ledger: Ledger) -> Iterator[Iterator[Trial]]:
    """Yield new trials for as long as there are any, a round as the one before is used up."""
    while proposals := proposed(request, ledger):
        yield entered(request, ledger, proposals)


def proposed(request: Request, ledger: Ledger) -> list[Settings]:
    """Return the settings of the round under way that were not entered yet, or of the next; empty at the end."""
    size, count = request.how.round_size(request.trials), len(ledger.trials)
    start = count // size * size
    wanted = min(size, request.trials - start)
    if count >= request.trials:
        return []
    tried = ledger.trials[:start] if request.how.looks else []
    return request.how.propose(request.question(tried, start, wanted))[count - start :]


def entered(request: Request, ledger: Ledger, proposals: list[Settings]) -> Iterator[Trial]:
    """Enter settings as trials, each when it is asked for."""
    seeds = sorted({place.seed for place in request.places()})
    for settings in proposals:
        yield ledger.enter(settings, seeds)


def halve(request: Request, crew: Crew) -> Iterator[Trial]:
    """Train one bracket after the other, until all trials are done or time is up."""
    size = request.how.round_size(request.trials)
    for first in range(0, request.trials, size):
        yield from bracket(request, crew, range(first, min(first + size, request.trials)))
        if crew.watch.is_over():
            return


def bracket(request: Request, crew: Crew, numbers: range) -> Iterator[Trial]:
    """Train all trials of a bracket to the first rung, and the best of each rung to the next from where they stand.

    The best go first, and at the last rung each is closed as it ends. When time is up, those that have come to the end
    are closed; the others wait.
    """
    ledger, rungs = crew.ledger, request.rungs
    contenders = list(numbers)
    for epoch in rungs:
        last = epoch == rungs[-1]
        for trial in crew.train(going_on(request, ledger, contenders), epoch, last=False):
            if last:
                compare(ledger, [trial.number], epoch)
                yield closed(crew, trial.number)
        if crew.watch.is_over() and not last:
            return
        done = [trial.number for trial in ledger.trials if trial.number in contenders and crew.is_done(trial, epoch)]
        compare(ledger, done, epoch)
        kept = [] if last else best_at(request, ledger, contenders, epoch)
        for number in sorted(set(done) - set(kept)):
            if ledger.trials[number].state == "running":
                yield closed(crew, number)
        contenders = kept


def closed(crew: Crew, number: int) -> Trial:
    """Close a trial that goes no further, and forget where its trainings stood."""
    crew.drop(number)
    return crew.ledger.conclude(number)


def going_on(request: Request, ledger: Ledger, contenders: list[int]) -> Iterator[Trial]:
    """Yield the contenders that have not ended, in their order, those not yet entered last."""
    entered_before = [ledger.trials[number] for number in contenders if number < len(ledger.trials)]
    yield from [trial for trial in entered_before if trial.state == "running"]
    if len(ledger.trials) <= max(contenders):
        yield from entered(request, ledger, proposed(request, ledger))


def best_at(request: Request, ledger: Ledger, contenders: list[int], epoch: int) -> list[int]:
    """Return the contenders that are promoted from a rung, the best first; of equals the one ahead before."""
    ranked = sorted(contenders, key=lambda number: rung_worth(request, ledger.trials[number], epoch), reverse=True)
    return ranked[: promoted(len(ranked))]


def compare(ledger: Ledger, contenders: list[int], epoch: int) -> None:
    """Write down the contenders' values at a rung."""
    for number in contenders:
        trial = ledger.trials[number]
        value = mean_value(list(trial.scores.values()))
        if trial.state == "running" and epoch not in trial.rungs and value is not None:
            ledger.compare(number, epoch, value)


def rung_worth(request: Request, trial: Trial, epoch: int) -> float:
    """Return how good a trial was at a rung, more is better."""
    value = trial.rungs.get(epoch)
    if value is None:
        return float("-inf")
    return value if request.direction == "maximize" else -value
