"""What the glass box refuses: a function it cannot differentiate, and a primitive it has no rule for."""

from __future__ import annotations

from trainwell.errors import TrainwellError


class DerivativeError(TrainwellError, ValueError):
    """A derivative was asked for that does not exist or cannot be computed this way; says what to do."""


class NoRuleError(DerivativeError):
    """A derivative must pass through a primitive that has no local rule; names it."""


def no_rule(primitive: str, node: str, known: tuple[str, ...]) -> NoRuleError:
    """Build the error for a primitive without a rule, met at ``node``.

    >>> print(no_rule("lu", "v3", ("add", "mul")))
    no derivative rule for the primitive 'lu', which computes v3. Write that part with other operations, \
hold its argument fixed with jax.lax.stop_gradient, or teach the rule: \
RULES.register('lu')(Rule(forward, reverse)). 2 primitives have one: see sorted(trainwell.autodiff.RULES).
    """
    return NoRuleError(
        f"no derivative rule for the primitive {primitive!r}, which computes {node}. Write that part with other "
        "operations, hold its argument fixed with jax.lax.stop_gradient, or teach the rule: "
        f"RULES.register({primitive!r})(Rule(forward, reverse)). {len(known)} primitives have one: "
        "see sorted(trainwell.autodiff.RULES)."
    )
