begin;
set local role berth_owner;

create function booking.refuse_rrule(part text, value text, hint text) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform booking.raise_error(400, 'invalid_recurrence', hint,
    pg_catalog.jsonb_build_object('part', part, 'value', pg_catalog.left(value, 100)));
end
$$;

comment on function booking.refuse_rrule(text, text, text) is
  'Refuses a recurrence (400 invalid_recurrence) for a part of its rule, or for its DTSTART, RDATE or EXDATE.';

commit;
