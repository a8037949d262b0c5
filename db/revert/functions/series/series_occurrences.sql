begin;

drop function api.series_occurrences(uuid);

commit;
