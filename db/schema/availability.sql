-- Finding time: what is handed from one step of a search to the next.
begin;
set local role berth_owner;

create type booking.terms as (
  number           integer,
  buffer_before    interval,
  buffer_after     interval,
  min_gap          interval,
  allow_preemption boolean,
  starts           tstzmultirange,
  slot_step        interval,
  timezone         text,
  duration         interval
);
comment on type booking.terms is
  'What rules, opening hours and quotas allow to all resources that share them: when a reservation of the length in '
  'question may start, and the grid on which it then must: list_starts() tells which of these starts are on it. '
  'duration is that length as it elapses from these starts: where it counts days, there is one row for each.';

create type booking.candidate as (
  resource_id uuid,
  capacity    integer,
  terms       integer
);
comment on type booking.candidate is 'A resource that matches a search, and the number of its terms.';

create type booking.search as (
  terms      booking.terms[],
  candidates booking.candidate[]
);
comment on type booking.search is
  'The resources that a search is about, best fit first, as far as their terms allow any start.';

create type booking.available_resource as (
  resource_id       uuid,
  kind              text,
  name              text,
  description       text,
  timezone          text,
  capacity          integer,
  seats             integer,
  tags              text[],
  requires_approval boolean,
  price_amount      numeric,
  price_currency    text,
  price_per         text,
  free_units        integer,
  free_ranges       jsonb
);
comment on type booking.available_resource is
  'A resource that search_availability found: free_units, how many can be had at once; free_ranges, within which any '
  'time of the length asked for can be booked: [{"starts_at", "ends_at"}].';

create type booking.slot as (
  resource_id uuid,
  name        text,
  starts_at   timestamptz,
  ends_at     timestamptz
);
comment on type booking.slot is 'A time that can be booked.';

create type booking.stretch as (
  starts_at      timestamptz,
  ends_at        timestamptz,
  kind           text,
  units_used     integer,
  units_free     integer,
  title          text,
  status         booking.reservation_status,
  reservation_id uuid,
  blackout_id    uuid,
  blackout_kind  text,
  reservations   jsonb
);
comment on type booking.stretch is
  'A part of a resource''s schedule during which nothing changes. kind: free, busy (no unit is left), closed, or '
  'blackout.';

commit;
