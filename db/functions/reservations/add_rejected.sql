begin;
set local role berth_owner;

create function booking.add_rejected(answer jsonb, rejected jsonb) returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return answer || case when rejected = '[]' then '{}' else pg_catalog.jsonb_build_object('rejected', rejected) end;
end
$$;

comment on function booking.add_rejected(jsonb, jsonb) is
  'An answer, or the details of an error, with those of several reservations that could not change, where there are '
  'any: see describe_unchangeable().';

commit;
