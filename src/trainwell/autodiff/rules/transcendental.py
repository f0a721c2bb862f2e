"""Rules of exponentials, logarithms, circular and hyperbolic functions and their relatives."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

from trainwell.autodiff.rules.rule import elementwise

_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)

elementwise("exp", ("{y}", lambda op: op.y), text="exp({a})")
elementwise("exp2", ("{y} log 2", lambda op: op.y * math.log(2)), text="2^{a}")
elementwise("expm1", ("({y} + 1)", lambda op: op.y + 1), text="exp({a}) − 1")
elementwise("log", ("1/{a}", lambda op: 1 / op.a), text="log({a})")
elementwise("log1p", ("1/(1 + {a})", lambda op: 1 / (1 + op.a)), text="log(1 + {a})")
elementwise("logistic", ("{y} (1 − {y})", lambda op: op.y * (1 - op.y)), text="σ({a})")

elementwise("sin", ("cos({a})", lambda op: jnp.cos(op.a)), text="sin({a})")
elementwise("cos", ("(−sin({a}))", lambda op: -jnp.sin(op.a)), text="cos({a})")
elementwise("tan", ("(1 + {y}²)", lambda op: 1 + op.y**2), text="tan({a})")
elementwise("asin", ("1/√(1 − {a}²)", lambda op: jax.lax.rsqrt(1 - op.a**2)), text="asin({a})")
elementwise("acos", ("(−1/√(1 − {a}²))", lambda op: -jax.lax.rsqrt(1 - op.a**2)), text="acos({a})")
elementwise("atan", ("1/(1 + {a}²)", lambda op: 1 / (1 + op.a**2)), text="atan({a})")

elementwise("sinh", ("cosh({a})", lambda op: jnp.cosh(op.a)), text="sinh({a})")
elementwise("cosh", ("sinh({a})", lambda op: jnp.sinh(op.a)), text="cosh({a})")
elementwise("tanh", ("(1 − {y}²)", lambda op: 1 - op.y**2), text="tanh({a})")
elementwise("asinh", ("1/√({a}² + 1)", lambda op: jax.lax.rsqrt(op.a**2 + 1)), text="asinh({a})")
elementwise("acosh", ("1/√({a}² − 1)", lambda op: jax.lax.rsqrt((op.a - 1) * (op.a + 1))), text="acosh({a})")
elementwise("atanh", ("1/(1 − {a}²)", lambda op: 1 / (1 - op.a**2)), text="atanh({a})")

elementwise("erf", ("(2/√π) exp(−{a}²)", lambda op: _TWO_OVER_ROOT_PI * jnp.exp(-(op.a**2))), text="erf({a})")
elementwise("erfc", ("(−(2/√π) exp(−{a}²))", lambda op: -_TWO_OVER_ROOT_PI * jnp.exp(-(op.a**2))), text="1 − erf({a})")
elementwise("erf_inv", ("(√π/2) exp({y}²)", lambda op: jnp.exp(op.y**2) / _TWO_OVER_ROOT_PI), text="erf⁻¹({a})")
elementwise("lgamma", ("ψ({a})", lambda op: jax.lax.digamma(op.a)), text="log Γ({a})")
elementwise("digamma", ("ψ′({a})", lambda op: jax.scipy.special.polygamma(1, op.a)), text="ψ({a})")
