begin;

drop function booking.list_blackouts_as_of(booking.resources, tstzrange, timestamptz);

commit;
