begin;

drop function booking.find_occurrences(booking.series, text, uuid);

commit;
