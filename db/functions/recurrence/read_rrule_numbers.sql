begin;
set local role berth_owner;

create function booking.read_rrule_numbers(part text, value text, lowest integer, highest integer) returns integer[]
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_numbers integer[];
  v_wrong text;
begin
  -- Digits first: the cast must not meet anything else. Where the lowest is negative, a sign may stand, and 0 may not.
  select min(n) filter (where n !~ '^[0-9]{1,3}$' and not (lowest < 0 and n ~ '^[+-][0-9]{1,3}$')) into v_wrong
    from pg_catalog.string_to_array(value, ',') u, pg_catalog.unnest(u) n;
  if v_wrong is null then
    select array_agg(distinct n::integer order by n::integer),
           min(n) filter (where n::integer not between lowest and highest or (lowest < 0 and n::integer = 0))
      into v_numbers, v_wrong
      from pg_catalog.unnest(pg_catalog.string_to_array(value, ',')) n;
  end if;
  if v_wrong is not null then
    perform booking.refuse_rrule(part, v_wrong,
      case when lowest < 0
           then pg_catalog.format('%s is a list of numbers from 1 to %s, or from -%2$s to -1 to count from the end.', part, highest)
           else pg_catalog.format('%s is a list of numbers from %s to %s.', part, lowest, highest) end);
  end if;
  return v_numbers;
end
$$;

comment on function booking.read_rrule_numbers(text, text, integer, integer) is
  'The numbers of a BYxxx part, ascending, each once; where the lowest is negative, all but 0. 400 invalid_recurrence '
  'for any other.';

commit;
