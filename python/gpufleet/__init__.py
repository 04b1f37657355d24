"""gpufleet from Python: the same library, scenarios and figures as the command line.

>>> import gpufleet
>>> result = gpufleet.run("scenarios/deepseek-v3-h800-2048.toml", overrides={"training.layout.pp": 16})
>>> result.value("step_time")
"""

from __future__ import annotations

import functools
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from . import _core
from ._toml import _value, dumps

if TYPE_CHECKING:
    import pandas

__all__ = ["DoesNotFit", "Result", "ScenarioError", "Sweep", "accelerators", "check", "models", "run", "sweep"]
__version__: str = _core.version

_SAMPLINGS = ("grid", "latin", "random")
Scenario = Union[str, "os.PathLike[str]", Mapping[str, Any]]
Overrides = Union[Mapping[str, Any], Iterable[str], str]


class ScenarioError(ValueError):
    """What is wrong with a scenario: `diagnostics` holds one dict a problem, with file, line, column, key, message and hint."""

    def __init__(self, diagnostics: Sequence[Mapping[str, Any]]) -> None:
        self.diagnostics = [dict(one) for one in diagnostics]
        super().__init__("\n".join(_line(one) for one in self.diagnostics) or "the scenario gives no result")


class DoesNotFit(ScenarioError):
    """The scenario is sound and the simulation says no: it does not fit in memory, or cannot be served."""


def _line(one: Mapping[str, Any]) -> str:
    where = ":".join(str(part) for part in (one["file"], one["line"], one["column"]) if part)
    return " ".join(part for part in (where + ":" if where else "", one["key"] + ":" if one["key"] else "", one["message"], one["hint"]) if part)


class Result(dict):  # type: ignore[type-arg]
    """What `gpufleet run --format json` prints, as a dict; with shortcuts to its figures."""

    def metric(self, name: str) -> dict[str, Any]:
        """Value, unit, low and high (10 % and 90 % quantiles), provenance and formula of a metric."""
        for metric in self["metrics"]:
            if metric["name"] == name:
                return dict(metric)
        raise KeyError(f"the result has no {name}; it has {', '.join(m['name'] for m in self['metrics'])}")

    def value(self, name: str) -> float:
        return float(self.metric(name)["value"])

    def frame(self) -> "pandas.DataFrame":
        """The metrics as a data frame, one row each; needs pandas."""
        import pandas

        return pandas.DataFrame(self["metrics"]).set_index("name")

    def breakdown_frame(self) -> "pandas.DataFrame":
        """Where time and memory go; needs pandas."""
        import pandas

        return pandas.DataFrame(self["breakdown"]).set_index("name")


class Sweep(list):  # type: ignore[type-arg]
    """One dict a point, in the order of the design: its values, status, and metrics."""

    def records(self) -> list[dict[str, Any]]:
        """One flat dict a point: its values (numbers where they are), status, and each metric's value by name."""
        return [
            {**{key: _number(text) for key, text in point["values"].items()}, "status": point["status"], **{m["name"]: m["value"] for m in point["metrics"]}} for point in self
        ]

    def frame(self) -> "pandas.DataFrame":
        """The records as a data frame; needs pandas."""
        import pandas

        return pandas.DataFrame(self.records())


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


@functools.lru_cache(maxsize=None)
def _engine(data_folder: str) -> _core.Engine:
    return _core.Engine(data_folder)


def _shipped() -> _core.Engine:
    packaged = Path(__file__).parent / "share"
    folder = os.environ.get("GPUFLEET_DATA", "") or (str(packaged) if packaged.is_dir() else "")
    return _engine(folder)


def _override_texts(overrides: Overrides) -> list[str]:
    if isinstance(overrides, Mapping):
        return [f"{key}={_value(value)}" for key, value in overrides.items()]
    return [overrides] if isinstance(overrides, str) else [str(text) for text in overrides]


def _source(scenario: Scenario) -> tuple[str, str, str]:
    """Text, name, and the folder in which its base and other files are looked for."""
    if isinstance(scenario, Mapping):
        return dumps(scenario), "scenario", os.getcwd()
    path = os.fspath(scenario)
    try:
        return Path(path).read_text(encoding="utf-8"), path, os.path.dirname(path)
    except (OSError, UnicodeDecodeError) as error:
        problem = {"severity": "error", "infeasible": False, "file": path, "line": 0, "column": 0, "key": "", "hint": ""}
        raise ScenarioError([{**problem, "message": str(error)}]) from error


def _taken(answer: tuple[str | None, list[dict[str, Any]]]) -> Any:
    text, diagnostics = answer
    if text is not None:
        return json.loads(text)
    errors = [one for one in diagnostics if one["severity"] == "error"]
    raise (DoesNotFit if errors and all(one["infeasible"] for one in errors) else ScenarioError)(errors)


def check(scenario: Scenario, *, overrides: Overrides = ()) -> dict[str, Any]:
    """The scenario with its defaults filled in, without running it. Raises ScenarioError."""
    return dict(_taken(_shipped().check(*_source(scenario), _override_texts(overrides))))


def run(scenario: Scenario, *, overrides: Overrides = (), seed: int = 1) -> Result:
    """Simulates a scenario: a file, or a dict of the same form. Raises ScenarioError and DoesNotFit."""
    return Result(_taken(_shipped().run(*_source(scenario), _override_texts(overrides), seed)))


def sweep(
    scenario: Scenario,
    vary: Mapping[str, Union[str, Iterable[Any]]],
    *,
    overrides: Overrides = (),
    points: int = 0,
    sampling: str = "grid",
    seed: int = 1,
    draws: int = 24,
    jobs: int = 0,
    database: Union[str, "os.PathLike[str]"] = "",
) -> Sweep:
    """Many runs of one scenario. `vary` maps keys to lists of values, or to the texts of `gpufleet sweep --vary`
    ("4:64:*2", "uniform(0.8,1.2)"). With `database`, finished points are kept there and not simulated again."""
    if sampling not in _SAMPLINGS:
        raise ValueError(f"sampling is {sampling!r}, not one of {', '.join(_SAMPLINGS)}")
    if jobs < 0:
        raise ValueError(f"jobs is {jobs}; 0 takes all cores")
    axes = [f"{key}={values if isinstance(values, str) else ','.join(_value(v) for v in values)}" for key, values in vary.items()]
    how = (_override_texts(overrides), axes, points, sampling, seed, draws, jobs, os.fspath(database))
    if not isinstance(scenario, Mapping):
        return Sweep(_taken(_shipped().sweep(os.fspath(scenario), *how)))
    with tempfile.TemporaryDirectory(prefix="gpufleet-") as folder:
        file = Path(folder) / "scenario.toml"
        file.write_text(dumps(scenario), encoding="utf-8")
        return Sweep(_taken(_shipped().sweep(str(file), *how)))


def accelerators() -> list[str]:
    """Names of the hardware catalog."""
    return _shipped().accelerators()


def models() -> list[str]:
    """Names of the model catalog."""
    return _shipped().models()
