begin;

drop function booking.grid_starts(interval, text, interval, tstzrange);

commit;
