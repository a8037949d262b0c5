begin;
set local role berth_owner;

create function booking.is_well_formed(
  status booking.reservation_status,
  starts_at timestamptz,
  ends_at timestamptz,
  buffer_before interval,
  buffer_after interval,
  units integer,
  unit integer,
  expires_at timestamptz,
  payment_status text,
  metadata jsonb
) returns boolean
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return booking.is_time_range(starts_at, ends_at)
         and units >= 1 and unit >= 1
         and buffer_before between '0' and '30 days' and buffer_after between '0' and '30 days'
         and (expires_at is not null) = (status = any (booking.expiring_statuses()))
         and pg_catalog.octet_length(metadata::text) <= 16384
         and payment_status in ('quoted', 'unpaid', 'paid', 'waived');
end
$$;

comment on function booking.is_well_formed(
  booking.reservation_status, timestamptz, timestamptz, interval, interval, integer, integer, timestamptz, text, jsonb
) is
  'Whether a reservation''s columns are within their bounds and agree with each other; null, which is no fault, where '
  'one of them is null and nothing else is wrong. '
  'The constraint of the table: every insert compiles a constraint anew, and this only once a session.';

commit;
