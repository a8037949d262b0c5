begin;

drop function booking.list_remaining(booking.series, uuid[]);

commit;
