begin;

select 'booking.check_version(integer, integer)'::regprocedure;

rollback;
