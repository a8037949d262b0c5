begin;
set local role berth_owner;

create function booking.refuse_write() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform booking.raise_error(403, 'forbidden', pg_catalog.format('%s is for reading; functions change what it shows.', tg_table_name));
end
$$;

comment on function booking.refuse_write() is
  'Trigger: a view that shows more than the rows of one table is for reading (403 forbidden). Without it PostgreSQL '
  'would look no further than that it cannot write there, not even at who asks, and PostgREST answer 500.';

commit;
