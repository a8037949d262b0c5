begin;
set local role berth_owner;

create function booking.tell_module() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_reservation booking.reservations := case when tg_op = 'DELETE' then old else new end;
  v_reason text := nullif(pg_catalog.current_setting('booking.reason', true), '');
  v_before jsonb;
  v_module booking.modules;
  v_resource booking.resources;
  v_flag text;
begin
  if tg_op = 'DELETE' then
    if not exists (select from booking.reservation_transitions t where t.from_status = old.status and t.min_role is not null) then
      return null;
    end if;
    v_flag := 'cancelled';
    v_reason := coalesce(v_reason, 'deleted');
  elsif new.status <> old.status then
    -- To be completed before its end is to lose the rest.
    if not (new.status = any (booking.lost_statuses())
            or (new.status = 'completed' and new.ends_at > booking.now())) then
      return null;
    end if;
    v_flag := new.status::text;
    v_reason := new.status_reason;
  end if;
  -- What the module asked for itself it knows. Nobody asks to be displaced.
  if pg_catalog.current_setting('booking.following', true) = v_reservation.source_module
     and coalesce(v_flag in ('cancelled', 'completed'), true) then
    return null;
  end if;

  for v_module in
    select m.* from booking.modules m where m.module = v_reservation.source_module order by m.source_table
  loop
    if v_flag is null then
      v_before := booking.swap_settings(pg_catalog.jsonb_build_object('tenant_id', new.tenant_id));
      v_resource := booking.find_resource(new.tenant_id, new.resource_id);
      perform booking.swap_settings(v_before);
      v_flag := 'rescheduled';
      v_reason := pg_catalog.format('%s, %s–%s', v_resource.name,
                    pg_catalog.to_char(new.starts_at at time zone v_resource.timezone, 'YYYY-MM-DD HH24:MI'),
                    booking.local_time_text(new.ends_at, v_resource.timezone, new.starts_at)) || coalesce('; ' || v_reason, '');
    end if;
    perform booking.flag_module_rows(v_module, v_reservation.tenant_id, array[v_reservation.source_id], v_flag || coalesce(': ' || v_reason, ''));
  end loop;
  return null;
end
$$;

comment on function booking.tell_module() is
  'Trigger: when a reservation that a module made loses its time or is moved, and not at the module''s own wish, its '
  'row there is flagged with what happened and why.';

create trigger _400_tell_module_on_update
  after update on booking.reservations
  for each row when (new.source_module is not null and new.owner_id is null
                     and (new.status <> old.status
                          or (new.resource_id, new.starts_at, new.ends_at) is distinct from (old.resource_id, old.starts_at, old.ends_at)))
  execute function booking.tell_module();

create trigger _400_tell_module_on_delete
  after delete on booking.reservations
  for each row when (old.source_module is not null and old.owner_id is null)
  execute function booking.tell_module();

commit;
