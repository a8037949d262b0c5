begin;

select 'booking.fit_series(booking.series, timestamptz[])'::regprocedure;

rollback;
