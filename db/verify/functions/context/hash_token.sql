begin;

select 'booking.hash_token(text)'::regprocedure;

rollback;
