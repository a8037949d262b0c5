"""All rows of a view, for PostgREST answers with a page at a time."""

from collections.abc import Callable, Iterator
from typing import Any

from postgrest import SyncPostgrestClient, SyncSelectRequestBuilder

_PAGE = 1000  # see PGRST_DB_MAX_ROWS; it may be set to less

#: Says which rows are wanted.
Filter = Callable[[SyncSelectRequestBuilder], SyncSelectRequestBuilder]


def read_all(api: SyncPostgrestClient, view: str, columns: str, wanted: Filter = lambda query: query) -> Iterator[Any]:
    """The rows that are wanted, by id; ``columns`` has the id."""
    last = None
    while True:
        query = wanted(api.from_(view).select(columns))
        page: list[Any] = (query.gt("id", last) if last else query).order("id").limit(_PAGE).execute().data
        yield from page
        if not page:
            return
        last = page[-1]["id"]
