begin;

select 'booking.expiring_statuses()'::regprocedure;

rollback;
