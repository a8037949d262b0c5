begin;

drop function booking.refuse_slot(booking.resources, timestamptz, timestamptz, tstzrange, integer, uuid[]);

commit;
