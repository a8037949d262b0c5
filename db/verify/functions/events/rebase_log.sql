begin;

select 'booking.rebase_log()'::regprocedure;

rollback;
