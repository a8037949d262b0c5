begin;

select 'booking.enter_token(text)'::regprocedure;

rollback;
