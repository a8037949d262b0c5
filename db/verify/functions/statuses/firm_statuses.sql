begin;

select 'booking.firm_statuses()'::regprocedure;

rollback;
