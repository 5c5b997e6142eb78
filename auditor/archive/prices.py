"""A table of prices, as the user gives it: what a model's tokens cost.

```yaml
currency: CNY
models:
  openai:qwen-max: {input: 2.4, output: 9.6}   # per million tokens
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from auditor.core.errors import ConfigurationError

MILLION = 1_000_000
HINT = "格式见 docs/archives.md (currency, models: NAME: {input, output} per million tokens)."


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices per million tokens, (input, output) by ``provider:model``."""

    currency: str
    models: Mapping[str, tuple[Decimal, Decimal]]

    def cost(self, model: str, prompt_tokens: int, completion_tokens: int) -> Decimal | None:
        """What so many tokens cost, None where the table does not know the model."""
        price = self.models.get(model)
        if price is None:
            return None
        return (prompt_tokens * price[0] + completion_tokens * price[1]) / MILLION


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


def _price(file: Path, name: str, row: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    try:
        price = Decimal(str(row["input"])), Decimal(str(row["output"]))
    except InvalidOperation as error:
        raise ConfigurationError(f"{file}: {name}: 价格不是数 (no number).", hint=HINT) from error
    if not all(part.is_finite() and part >= 0 for part in price):
        raise ConfigurationError(f"{file}: {name}: 价格不能为负 (below zero).", hint=HINT)
    return price
