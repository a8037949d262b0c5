begin;

select 'booking.emit_payment_event()'::regprocedure;

rollback;
