begin;

select 'booking.check_endpoint(text, text[], text)'::regprocedure;

rollback;
