begin;

drop function booking.refuse_blackout(booking.resources, tstzrange, tstzrange);

commit;
