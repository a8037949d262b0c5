begin;

select 'booking.check_window(timestamptz, timestamptz, text, bigint)'::regprocedure;

rollback;
