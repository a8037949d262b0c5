begin;

select 'booking.take_events(text, integer)'::regprocedure;

rollback;
