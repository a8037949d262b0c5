begin;
set local role berth_owner;

create function booking.retry_delay(attempts integer) returns interval
language sql volatile
set search_path = pg_catalog, pg_temp
return ('{5 seconds, 5 minutes, 30 minutes, 2 hours, 5 hours, 10 hours, 14 hours, 20 hours, 24 hours}'::interval[])[attempts]
       * (1 + pg_catalog.random() / 10);

comment on function booking.retry_delay(integer) is
  'How long to wait after so many attempts that failed, up to a tenth longer, so that what failed together does not '
  'come back together; null: give up.';

commit;
