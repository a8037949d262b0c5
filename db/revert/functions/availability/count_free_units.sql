begin;

drop function booking.count_free_units(uuid, booking.candidate, booking.terms[], integer);

commit;
