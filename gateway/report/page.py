"""A report as one HTML file that needs no network."""

import html
from datetime import datetime
from typing import Any

import jinja2
import plotly.graph_objects as go
from markupsafe import Markup
from plotly.offline import get_plotlyjs
from plotly.subplots import make_subplots

from gateway.report.reading import Report, Utilization
from gateway.report.text import WEEKDAYS, duration, percent

_BLUE, _ORANGE, _RED, _GREY = "#2a6fbb", "#e07b39", "#c8452f", "#b9c0c9"
_INK, _MUTED, _LINES = "#1f2933", "#6b7785", "#e6e9ed"
_MOST_BARS = 30
_FONT = {"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 13, "color": _INK}
_SMALL = {"size": 12, "color": _MUTED}
#: From the colour of the page, so that quiet hours recede.
_SCALE = [[0, "#f1f5f9"], [0.01, "#dbe8f5"], [0.5, "#6ea3d8"], [1, "#12407a"]]


def as_html(report: Report) -> str:
    """The page."""
    rows = report.by_resource()
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("gateway.report", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    templates.filters |= {"percent": percent, "duration": duration}
    outcomes = report.all_outcomes()
    searches = [row.median_search_seconds for row in report.outcomes if row.median_search_seconds is not None]
    return templates.get_template("page.html").render(
        report=report,
        total=report.in_all(),
        resources=len(rows),
        hidden=max(0, len(rows) - _MOST_BARS),
        attempts=outcomes.total(),
        created=outcomes["created"],
        conflicts=sum(row.conflicts for row in report.outcomes),
        refusals=[(slug, count) for slug, count in outcomes.most_common() if slug != "created"],
        search_seconds=sorted(searches)[len(searches) // 2] if searches else None,
        stale=sum(one.is_stale for one in report.approvals),
        utilization=_embed(_utilization(_ends(rows))) if rows else None,
        peak_hours=_embed(_peak_hours(report)) if report.peaks() else None,
        outcomes=_embed(_outcomes(report)) if outcomes else None,
        # Between its tags a script ends at the first '</script', which the library has none of.
        library=Markup(get_plotlyjs()),  # noqa: S704
    )


def _embed(figure: go.Figure) -> Markup:
    # The library escapes what a script cannot hold.
    return Markup(  # noqa: S704
        figure.to_html(
            full_html=False, include_plotlyjs=False, default_height=figure.layout.height,
            config={"displayModeBar": False, "responsive": True},
        )
    )  # fmt: skip


def _figure(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        height=height, font=_FONT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, paper_bgcolor="white", plot_bgcolor="white",
        hoverlabel={"bgcolor": "white", "bordercolor": _LINES, "font": _FONT}, dragmode=False,
    )  # fmt: skip
    figure.update_xaxes(gridcolor=_LINES, linecolor=_LINES, zeroline=False, automargin=True, fixedrange=True)
    figure.update_yaxes(gridcolor=_LINES, linecolor=_LINES, zeroline=False, automargin=True, fixedrange=True)
    return figure


def _ends(rows: list[Utilization]) -> list[Utilization]:
    """Of many, the busiest and the idlest."""
    half = _MOST_BARS // 2
    return rows if len(rows) <= _MOST_BARS else rows[:half] + rows[-half:]


def _utilization(rows: list[Utilization]) -> go.Figure:
    shares = [row.utilization or 0 for row in rows]
    figure = go.Figure(
        go.Bar(
            x=shares,
            # By position: two may have one name.
            y=list(range(len(rows))),
            orientation="h",
            marker={"color": [_ORANGE if share > 1 else _BLUE for share in shares], "cornerradius": 3},
            text=[percent(row.utilization) if row.open_minutes else "not open" for row in rows],
            textposition="outside",
            cliponaxis=False,
            customdata=[
                [html.escape(row.resource), row.booked_minutes / 60, row.open_minutes / 60, row.bookings, row.no_shows]
                for row in rows
            ],
            hovertemplate=(
                "<b>%{customdata[0]}</b><br>%{customdata[1]:.1f} of %{customdata[2]:.1f} h booked"
                "<br>%{customdata[3]} bookings, %{customdata[4]} no-shows<extra></extra>"
            ),
        )
    )
    figure.update_yaxes(
        autorange="reversed", tickmode="array", tickvals=list(range(len(rows))),
        ticktext=[html.escape(_short(row.resource)) + "  " for row in rows], showgrid=False,
    )  # fmt: skip
    figure.update_xaxes(tickformat=".0%", range=[0, max(0.1, *shares) * 1.12], nticks=8)
    figure.update_layout(bargap=0.35)
    return _figure(figure, 60 + 28 * len(rows))


def _short(name: str) -> str:
    # What tells long names apart is often at their end.
    return name if len(name) <= 32 else f"{name[:19]}…{name[-12:]}"


def _peak_hours(report: Report) -> go.Figure:
    cells = {(one.weekday, one.hour): one for one in report.peak_hours}
    days, hours = range(1, 8), range(24)
    figure = go.Figure(
        go.Heatmap(
            x=[f"{hour:02}" for hour in hours],
            y=[WEEKDAYS[day - 1] for day in days],
            z=[[cells[day, hour].booked_minutes / 60 for hour in hours] for day in days],
            customdata=[[cells[day, hour].bookings for hour in hours] for day in days],
            colorscale=_SCALE,
            zmin=0,
            xgap=2,
            ygap=2,
            colorbar={
                "title": {"text": "hours", "side": "top", "font": _SMALL},
                "thickness": 10,
                "outlinewidth": 0,
                "len": 1,
            },
            hovertemplate="<b>%{y} %{x}:00</b><br>%{z:.1f} h booked<br>%{customdata} bookings begin<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", showgrid=False, ticksuffix="  ")
    figure.update_xaxes(showgrid=False, type="category")
    return _figure(figure, 300)


def _outcomes(report: Report) -> go.Figure:
    labels = [_label(row.bucket_start, report.bucket) for row in report.outcomes]
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.12, row_heights=[0.4, 0.6])
    figure.add_trace(
        go.Scatter(
            x=labels, y=[row.conflict_rate for row in report.outcomes], name="conflict rate", mode="lines+markers",
            line={"color": _RED, "width": 2}, marker={"size": 6}, connectgaps=False, showlegend=False,
            hovertemplate="<b>%{x}</b><br>%{y:.0%} found it taken or closed<extra></extra>",
        ),
        row=1, col=1,
    )  # fmt: skip
    parts: list[tuple[str, str, list[int]]] = [
        ("booked", _BLUE, [row.created for row in report.outcomes]),
        ("taken or closed", _RED, [row.conflicts for row in report.outcomes]),
        ("against a rule", _GREY, [row.attempts - row.created - row.conflicts for row in report.outcomes]),
    ]
    for name, colour, counts in parts:
        figure.add_trace(
            go.Bar(
                x=labels, y=counts, name=name, marker={"color": colour},
                hovertemplate=f"<b>%{{x}}</b><br>%{{y}} {name}<extra></extra>",
            ),
            row=2, col=1,
        )  # fmt: skip
    figure.update_layout(
        barmode="stack", bargap=0.3, legend={"orientation": "h", "y": -0.12, "x": 0, "traceorder": "normal"}
    )
    figure.update_xaxes(type="category", showgrid=False, nticks=12, tickangle=0)
    share: dict[str, Any] = {
        "tickformat": ".0%",
        "rangemode": "tozero",
        "nticks": 4,
        "title": {"text": "conflict rate", "font": _SMALL},
    }
    figure.update_yaxes(row=1, col=1, **share)
    figure.update_yaxes(row=2, col=1, rangemode="tozero", nticks=5, title={"text": "requests", "font": _SMALL})
    return _figure(figure, 400)


def _label(start: datetime, bucket: str) -> str:
    return f"{start:%b %Y}" if bucket == "month" else f"{start:%d %b}"
