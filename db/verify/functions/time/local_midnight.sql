begin;

select 'booking.local_midnight(date, text)'::regprocedure;

rollback;
