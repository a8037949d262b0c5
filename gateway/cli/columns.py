"""Which column of a CSV file is what: by its name, or as ``--map`` says."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.local import LocalError

#: The cells of one row by the names of columns that are known here.
Record = dict[str, str]

TIMES = (
    "starts_at", "ends_at", "duration", "date", "start_date", "start_time", "end_date", "end_time", "time", "days", "weeks",
    "start", "end",
)  # fmt: skip
#: What a file may have, by what it is imported as.
FIELDS = {
    "reservations": ("resource", "room", "title", "class", "id", *TIMES),
    "blackouts": ("resource", "room", "reason", "kind", "id", *TIMES),
    "resources": ("name", "resource", "room", "seats", "capacity", "kind", "timezone", "description"),
}
#: Columns that say the same: whoever maps one does not mean another.
INSTEAD = {
    "resource": ("room", "name"),
    "room": ("resource", "name"),
    "name": ("resource", "room"),
    "title": ("class",),
    "class": ("title",),
    "duration": ("ends_at", "end", "end_date", "end_time"),
    "ends_at": ("duration", "end"),
    "starts_at": ("date", "start"),
}


@dataclass
class Table:
    """A CSV file: its header, and by line its cells, or why a line has none."""

    name: str
    header: list[str]
    lines: list[tuple[int, list[str] | str]]

    @classmethod
    def read(cls, path: Path) -> "Table":
        """The whole file; commas, semicolons and tabs separate, whichever the first line has most of."""
        lines: list[tuple[int, list[str] | str]] = []
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            named = re.fullmatch(r'"?sep=(.)"?\s*', first)  # Excel's own, a line before the header
            if not named:
                file.seek(0)
            unquoted = re.sub('"[^"]*"', "", first)  # a name may have commas of its own
            reader = csv.reader(file, delimiter=named[1] if named else max(",;\t", key=unquoted.count), strict=True)
            header: list[str] | None = None
            while True:
                line = reader.line_num + (2 if named else 1)
                try:
                    cells = [cell.strip() for cell in next(reader)]
                except StopIteration:
                    break
                except csv.Error as error:
                    if header is None:
                        raise LocalError(f"the header of {path.name} cannot be read: {error}") from None
                    lines.append((line, str(error)))
                    continue
                if not any(cells):
                    continue
                if header is None:
                    header = cells
                else:
                    lines.append((line, cells))
        header = header or []
        if any("\0" in name for name in header):
            raise LocalError(f"{path.name} is not UTF-8; save it as 'CSV UTF-8'")  # but UTF-16 without a BOM
        while header and not header[-1]:
            # What lies below is beyond the header, and no column of a name left out.
            header.pop()
        return cls(path.name, header, lines)

    def cells(self) -> list[list[str]]:
        """The rows that could be read."""
        return [cells for _, cells in self.lines if not isinstance(cells, str)]

    def named(self) -> list[int]:
        """Where the columns are that a name tells from all others."""
        names = [normalise(header) for header in self.header]
        return [place for place, name in enumerate(names) if name and names.count(name) == 1]

    def find(self, name: str) -> int | None:
        """Where the column of this name is; case, spaces, hyphens and underscores do not matter."""
        places = [place for place, header in enumerate(self.header) if normalise(header) == normalise(name)]
        if len(places) > 1:
            raise LocalError(f"{self.name} has {len(places)} columns {name!r}; rename all but one")
        return places[0] if places else None

    def place(self, fields: Sequence[str], maps: Iterable[str]) -> dict[str, list[int]]:
        """The columns of each field that the file has; several are joined."""
        mapped: dict[str, list[int]] = {}
        for text in maps:
            field, is_pair, name = text.partition("=")
            if not is_pair or normalise(field) not in fields:
                raise LocalError(f"--map {text}: write COLUMN=Header, with a column of {', '.join(fields)}")
            mapped.setdefault(normalise(field), []).extend(self._find_mapped(name))
        taken = {place for places in mapped.values() for place in places}
        left_out = {other for field in mapped for other in INSTEAD.get(field, ())} - mapped.keys()
        # Who maps has looked at the header: of two columns of one name, none is meant that is not mapped.
        names = {normalise(self.header[place]) for place in self.named()} if mapped else set(fields)
        found = {field: self.find(field) for field in fields if field in names - mapped.keys() - left_out}
        return mapped | {field: [place] for field, place in found.items() if place is not None and place not in taken}

    def _find_mapped(self, name: str) -> list[int]:
        # A header may have the sign itself.
        whole = self.find(name)
        if whole is not None:
            return [whole]
        places = []
        for part in name.split("+"):
            place = self.find(part)
            if place is None:
                raise LocalError(f"{self.name} has no column {part.strip()!r}; its columns are {self.columns()}")
            places.append(place)
        return places

    def columns(self) -> str:
        """The names of its columns, for people."""
        return ", ".join(header for header in self.header if header) or "none"

    def records(self, placed: dict[str, list[int]]) -> list[tuple[int, Record | str]]:
        """By line the cells of the fields, or why there are none."""
        return [(line, cells if isinstance(cells, str) else self._record(cells, placed)) for line, cells in self.lines]

    def _record(self, cells: list[str], placed: dict[str, list[int]]) -> Record | str:
        if any(cells[len(self.header) :]):
            count = max(place for place, cell in enumerate(cells, 1) if cell)
            return f"{count} cells, but the header has {len(self.header)}; put a cell with a separator in it in quotes"
        cells = cells + [""] * (len(self.header) - len(cells))
        record = {}
        for field, places in placed.items():
            given = [place for place in places if cells[place]]
            if field in TIMES and 0 < len(given) < len(places):
                empty = next(place for place in places if not cells[place])
                return f"{field} has nothing in {self.header[empty]!r}"
            record[field] = " ".join(cells[place] for place in given)
        return record


def normalise(name: str) -> str:
    """The name of a column as columns are compared."""
    return re.sub(r"[\s_-]+", "_", name.strip()).lower()
