begin;
set local role berth_owner;

create function booking.find_series(
  tenant_id uuid,
  user_id uuid,
  role booking.member_role,
  series_id uuid
) returns booking.series
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_series booking.series;
begin
  select s.* into v_series
    from booking.series s
   where s.tenant_id = find_series.tenant_id and s.id = find_series.series_id
     and (s.owner_id = find_series.user_id or find_series.role >= 'approver');
  if not found then
    perform booking.raise_error(404, 'not_found', 'There is no such series among those you may see.',
      pg_catalog.jsonb_build_object('series_id', series_id));
  end if;
  return v_series;
end
$$;

comment on function booking.find_series(uuid, uuid, booking.member_role, uuid) is
  'The series, or 404 not_found where this person may not see it.';

commit;
