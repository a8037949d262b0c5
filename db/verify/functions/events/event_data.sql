begin;

select 'booking.event_data(booking.events)'::regprocedure;

rollback;
