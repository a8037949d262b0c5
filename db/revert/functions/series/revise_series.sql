begin;

drop function booking.revise_series(booking.series, booking.series, interval, uuid[], timestamp[], boolean);

commit;
