begin;

drop function booking.fit_series(booking.series, timestamp[]);

commit;
