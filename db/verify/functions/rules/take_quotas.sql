begin;

select 'booking.take_quotas(booking.assessment)'::regprocedure;

rollback;
