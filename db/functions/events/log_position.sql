begin;
set local role berth_owner;

create function booking.log_position(transaction_id xid8) returns xid8
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (transaction_id::text::bigint + pg_catalog.pg_sequence_last_value('booking.log_offset'))::text::xid8;
end
$$;

comment on function booking.log_position(xid8) is
  'The place in the log of what a transaction writes: its id, after everything that was written in other clusters.';
grant execute on function booking.log_position(xid8) to authenticated, service_role, berth_gateway;

commit;
