begin;

drop function booking.revise_series(booking.series, booking.series, interval, uuid[], timestamptz[], boolean);

commit;
