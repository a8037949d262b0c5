begin;
set local role berth_owner;

create function booking.check_endpoint(url text, event_types text[], description text) returns void
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_patterns text[];
  v_idle text;
begin
  -- scheme://host or [IPv6] :port /path; printable ASCII, without credentials and without a fragment.
  if url is null or pg_catalog.length(url) > 2048
     or url !~* '^https?://(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:[0-9]{1,5})?([/?][!-"$-~]*)?$'
     or pg_catalog.substring(url, '^[^/]+//(?:\[[^]]*\]|[^/?:]*):([0-9]{1,5})')::integer not between 1 and 65535 then
    perform booking.raise_error(400, 'invalid_argument',
      'url is an https address of at most 2048 printable ASCII characters, without a user, a password and a fragment.', '{"argument": "url", "limit": 2048}');
  end if;
  v_patterns := booking.type_patterns(event_types, 'event_types');
  if v_patterns is null then
    perform booking.raise_error(400, 'invalid_argument', 'Name the types of events to send, or * for all.',
      '{"argument": "event_types"}');
  end if;
  select g.glob into v_idle
    from rows from (pg_catalog.unnest(event_types), pg_catalog.unnest(v_patterns)) as g (glob, pattern)
   where not exists (select from pg_catalog.unnest(booking.event_types()) t where t like g.pattern)
   limit 1;
  if found then
    perform booking.raise_error(400, 'invalid_argument',
      pg_catalog.format('No event is called %s, so nothing would be sent for it. Events are called like reservation.confirmed.', v_idle),
      '{"argument": "event_types"}');
  end if;
  if description is null or pg_catalog.length(description) > 1000 then
    perform booking.raise_error(400, 'invalid_argument', 'A description has at most 1000 characters.', '{"argument": "description"}');
  end if;
end
$$;

comment on function booking.check_endpoint(text, text[], text) is
  'Refuses what an endpoint cannot be: 400 invalid_argument. What its host resolves to is checked at each delivery, '
  'by the worker.';

commit;
