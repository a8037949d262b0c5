begin;

select 'booking.read_local_end(timestamp, text)'::regprocedure;

rollback;
