begin;

select 'booking.fit_series(booking.series, timestamp[])'::regprocedure;

rollback;
