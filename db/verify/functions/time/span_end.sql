begin;

select 'booking.span_end(timestamptz, interval, text)'::regprocedure;

rollback;
