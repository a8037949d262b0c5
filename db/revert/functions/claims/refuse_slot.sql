begin;

drop function booking.refuse_slot(booking.resources, tstzrange, interval, uuid[]);

commit;
