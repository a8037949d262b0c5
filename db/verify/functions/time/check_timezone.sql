begin;

select 'booking.check_timezone(text)'::regprocedure;

rollback;
