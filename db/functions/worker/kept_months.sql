begin;
set local role berth_owner;

create function booking.kept_months(retention interval) returns timestamptz
language sql stable
set search_path = pg_catalog, pg_temp
return pg_catalog.date_trunc('month', booking.now() - retention, 'UTC');

comment on function booking.kept_months(interval) is
  'When the first calendar month (UTC) begins that is to be kept: those before ended longer ago than retention. Null: '
  'all are kept.';

commit;
