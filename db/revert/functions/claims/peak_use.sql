begin;

drop function booking.peak_use(booking.resources, tstzrange, uuid[]);

commit;
