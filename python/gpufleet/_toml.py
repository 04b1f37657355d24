"""A scenario dict as TOML text: one line a top-level key, tables inline."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def _key(name: Any) -> str:
    text = str(name)
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }" if value else "{}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    number = value.item() if hasattr(value, "item") else value  # numpy's scalars
    if isinstance(number, int):
        return str(number)
    if isinstance(number, float):
        if math.isnan(number) or math.isinf(number):
            return str(number)
        text = repr(number)
        return text if any(c in text for c in ".e") else text + ".0"
    raise TypeError(f"a scenario holds texts, numbers, flags, lists and tables, not {type(value).__name__}")


def dumps(table: Mapping[str, Any]) -> str:
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in table.items())
