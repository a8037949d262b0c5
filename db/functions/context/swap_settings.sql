begin;
set local role berth_owner;

create function booking.swap_settings(settings jsonb) returns jsonb
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_before jsonb := '{}';
  v_name text;
  v_value text;
begin
  for v_name, v_value in
    select s.key, s.value from pg_catalog.jsonb_each_text(settings) s
  loop
    v_before := v_before || pg_catalog.jsonb_build_object(
      v_name, coalesce(pg_catalog.current_setting('booking.' || v_name, true), ''));
    perform pg_catalog.set_config('booking.' || v_name, coalesce(v_value, ''), true);
  end loop;
  return v_before;
end
$$;

comment on function booking.swap_settings(jsonb) is
  'Sets booking.* settings, {name: value}, for the functions that the caller calls next, and returns what they were: '
  'pass that to it again to put them back. After an error PostgreSQL does so.';

commit;
