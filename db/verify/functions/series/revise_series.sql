begin;

select 'booking.revise_series(booking.series, booking.series, interval, uuid[], timestamp[], boolean)'::regprocedure;

rollback;
