begin;

select 'booking.use_statuses()'::regprocedure;

rollback;
