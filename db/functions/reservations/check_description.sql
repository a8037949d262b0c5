begin;
set local role berth_owner;

create function booking.check_description(
  title text,
  notes text,
  metadata jsonb,
  source_module text default null,
  source_id text default null
) returns boolean
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The usual case first, in one expression: it is on the way of every booking.
  if coalesce(pg_catalog.length(title), 0) <= 500
     and coalesce(pg_catalog.length(notes), 0) <= 10000
     and coalesce(pg_catalog.jsonb_typeof(metadata) = 'object' and pg_catalog.octet_length(metadata::text) <= 16384
                  -- Readers of the log could not parse what is nested a thousand levels deep.
                  and not metadata @? 'strict $.**{33}', true)
     and coalesce(pg_catalog.length(source_module), 0) <= 63
     and coalesce(pg_catalog.length(source_id), 0) <= 200 then
    return true;
  end if;
  perform booking.check_text('title', title, 500);
  perform booking.check_text('notes', notes, 10000);
  perform booking.check_text('source_module', source_module, 63);
  perform booking.check_text('source_id', source_id, 200);
  perform booking.raise_error(400, 'invalid_argument',
    'Give further details as a JSON object of at most 16 KiB and 32 levels.',
    '{"argument": "metadata", "limit": 16384}');
end
$$;

comment on function booking.check_description(text, text, jsonb, text, text) is
  'True if what a reservation says of itself is within bounds, or 400 invalid_argument with details.argument and '
  'limit. Null is.';

commit;
