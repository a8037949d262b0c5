begin;

drop function booking.list_occurrences(booking.series, integer);

commit;
