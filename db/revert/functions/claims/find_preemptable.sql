begin;

drop function booking.find_preemptable(booking.resources, tstzrange, integer, integer, integer, uuid);

commit;
