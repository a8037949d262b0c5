begin;

select 'booking.forget_words(uuid, uuid)'::regprocedure;

rollback;
