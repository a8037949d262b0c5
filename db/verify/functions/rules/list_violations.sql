begin;

select 'booking.list_violations(booking.assessment)'::regprocedure;

rollback;
