begin;

drop function booking.is_well_formed(
  booking.reservation_status, timestamptz, timestamptz, interval, interval, integer, integer, timestamptz, text, jsonb
);

commit;
