begin;

select 'booking.event_data(booking.events)'::regprocedure, 'api.events'::regclass;

rollback;
