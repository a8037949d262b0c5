begin;

select 'booking.emit_blackout_event()'::regprocedure;

rollback;
