begin;

select 'booking.occurrence_end(booking.series, timestamp, timestamptz)'::regprocedure;

rollback;
