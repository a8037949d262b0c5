begin;

drop function booking.choose_unit(booking.resources, tstzrange, timestamptz[], integer, uuid[]);

commit;
