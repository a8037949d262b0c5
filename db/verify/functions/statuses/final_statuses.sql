begin;

select 'booking.final_statuses()'::regprocedure;

rollback;
