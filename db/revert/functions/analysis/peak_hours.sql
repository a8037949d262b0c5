begin;

drop function api.peak_hours(timestamptz, timestamptz);

commit;
