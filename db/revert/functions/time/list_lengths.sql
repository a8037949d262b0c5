begin;

drop function booking.list_lengths(interval, text, tstzrange);

commit;
