begin;

select 'booking.event_types()'::regprocedure;

rollback;
