begin;

select 'booking.specificity(text, uuid)'::regprocedure;

rollback;
