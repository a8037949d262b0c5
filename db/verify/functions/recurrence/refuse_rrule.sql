begin;

select 'booking.refuse_rrule(text, text, text)'::regprocedure;

rollback;
