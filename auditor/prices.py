"""A table of prices, as the user gives it: what a model's tokens cost.

```yaml
currency: CNY
models:
  openai:qwen-max: {input: 2.4, output: 9.6}   # per million tokens
  openai:gpt-5-mini: {input: 1.8, output: 14.4, most_output_tokens: 16384}
```

A model may also be named without its provider. ``most_output_tokens``: how long a reply may become,
which a budget asks of the endpoint (default ``limits.MOST_OUTPUT_TOKENS``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from auditor.core.errors import ConfigurationError
from auditor.judge.limits import MOST_OUTPUT_TOKENS, Price

MILLION = 1_000_000
HINT = "格式见 docs/endpoints.md (currency, models: NAME: {input, output} per million tokens)."


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices per million tokens by ``provider:model`` or by the model alone."""

    currency: str
    models: Mapping[str, Price]

    def price(self, model: str) -> Price | None:
        """The price of ``provider:model``, None where the table does not know it."""
        return self.models.get(model) or self.models.get(model.partition(":")[2])

    def cost(self, model: str, prompt_tokens: int, completion_tokens: int) -> Decimal | None:
        """What so many tokens cost, None where the table does not know the model."""
        price = self.price(model)
        if price is None:
            return None
        return (prompt_tokens * price.input + completion_tokens * price.output) / MILLION


def read_prices(file: Path) -> Prices:
    """Read a table of prices.

    Raises:
        ConfigurationError: it cannot be read, or a price is none.
    """
    try:
        row = yaml.safe_load(file.read_text(encoding="utf-8"))
        models = {
            str(name): _price(file, str(name), price) for name, price in row["models"].items()
        }
        return Prices(str(row["currency"]), models)
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}.", hint=HINT) from error
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{file} 不是价目表 (no table of prices): {error}.", hint=HINT
        ) from error


def _price(file: Path, name: str, row: Mapping[str, Any]) -> Price:
    try:
        price = Decimal(str(row["input"])), Decimal(str(row["output"]))
    except InvalidOperation as error:
        raise ConfigurationError(f"{file}: {name}: 价格不是数 (no number).", hint=HINT) from error
    if not all(part.is_finite() and part >= 0 for part in price):
        raise ConfigurationError(f"{file}: {name}: 价格不能为负 (below zero).", hint=HINT)
    longest = row.get("most_output_tokens", MOST_OUTPUT_TOKENS)
    if not isinstance(longest, int) or longest < 1:
        raise ConfigurationError(
            f"{file}: {name}: most_output_tokens 须为正整数 (a whole number above zero).", hint=HINT
        )
    return Price(*price, longest)
