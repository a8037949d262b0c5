begin;

select 'booking.revise_series(booking.series, booking.series, interval, uuid[], timestamptz[], boolean)'::regprocedure;

rollback;
