begin;

select 'booking.check_text(text, text, integer)'::regprocedure;

rollback;
