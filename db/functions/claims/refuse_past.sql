begin;
set local role berth_owner;

create function booking.refuse_past(resource booking.resources, since timestamptz) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if since < resource.claims_kept_since then
    perform booking.raise_error(422, 'too_soon',
      pg_catalog.format('What %s was taken for before %s is kept no longer, so nothing can be entered there; choose a time from then on.',
        resource.name, booking.local_time_text(resource.claims_kept_since, resource.timezone, null)),
      pg_catalog.jsonb_build_object('resource_id', resource.id, 'earliest', resource.claims_kept_since));
  end if;
end
$$;

comment on function booking.refuse_past(booking.resources, timestamptz) is
  'Refuses what would take time, its buffer included, before that of which a resource''s claims are kept: 422 '
  'too_soon, overridden or not; details.earliest says since when they are.';

commit;
