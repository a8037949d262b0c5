begin;

select 'booking.check_log(uuid, timestamptz, text)'::regprocedure;

rollback;
