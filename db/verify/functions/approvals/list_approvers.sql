begin;

select 'booking.list_approvers()'::regprocedure;

rollback;
