"""What is told of a run: JSON for programs, tables for people."""

from collections.abc import Iterator
from typing import Any

from bench.result import Result, Target


def as_json(result: Result) -> dict[str, Any]:
    """One measurement."""
    return {
        "name": result.name,
        "title": result.title,
        "claims": result.claims,
        "clients": result.clients,
        "figures": result.summary(),
        "ratios": result.ratios,
        "targets": [_target(target) for target in result.targets],
        "rounds": result.rounds,
    }


def _target(target: Target) -> dict[str, Any]:
    bound = {"at_most": target.at_most} if target.at_least is None else {"at_least": target.at_least}
    return {"text": target.text, "figure": target.figure, **bound, "met": target.met}


def as_text(report: dict[str, Any]) -> str:
    """The whole report, made by ``suite.run``, in aligned columns."""
    return "\n".join(_lines(report))


def _lines(report: dict[str, Any]) -> Iterator[str]:
    machine = report["machine"]
    yield (
        f"PostgreSQL {machine['postgresql']} on {machine['cores']} cores of {machine['cpu']}"
        f" with {machine['memory_bytes'] / 2**30:.0f} GiB"
    )
    yield f"medians of {report['rounds']} rounds of {report['seconds']} s; the ways take turns within a round"
    for measurement in report["measurements"]:
        sizes = " and ".join(f"{claims:,}" for claims in measurement["claims"])
        clients = "1 client" if measurement["clients"] == 1 else f"{measurement['clients']} clients"
        yield ""
        yield f"{measurement['name']}: {measurement['title']}, {clients}, {sizes} claims"
        rows = {**measurement["figures"], **measurement["ratios"]}
        columns = list(dict.fromkeys(figure for figures in rows.values() for figure in figures))
        width = max(map(len, rows))
        yield "  " + " " * width + "".join(f"{column.replace('_', ' '):>12}" for column in columns)
        for name, figures in rows.items():
            cells = (_number(figures[column]) if column in figures else "" for column in columns)
            yield f"  {name:<{width}}" + "".join(f"{cell:>12}" for cell in cells)
        for target in measurement["targets"]:
            bound = f"at most {target['at_most']:g}" if "at_most" in target else f"at least {target['at_least']:g}"
            yield f"  {'met   ' if target['met'] else 'missed'}  {target['text']}: {_number(target['figure'])}, wanted {bound}"
    yield ""
    found = sum(report["violations"].values())
    yield f"{'ok    ' if not found else 'BROKEN'}  {found} violations of the invariants after all this"


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.1g}"
