begin;

select 'booking.fan_out_events(integer)'::regprocedure;

rollback;
