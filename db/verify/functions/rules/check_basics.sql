begin;

select 'booking.check_basics(booking.assessment)'::regprocedure;

rollback;
