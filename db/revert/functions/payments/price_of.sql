begin;

drop function booking.price_of(booking.resources, timestamptz, timestamptz, integer);

commit;
