begin;

select 'booking.check_list(text, anyarray, integer, integer)'::regprocedure;

rollback;
