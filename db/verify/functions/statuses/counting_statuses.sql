begin;

select 'booking.counting_statuses()'::regprocedure;

rollback;
