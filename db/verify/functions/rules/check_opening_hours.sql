begin;

select 'booking.check_opening_hours(booking.assessment)'::regprocedure;

rollback;
