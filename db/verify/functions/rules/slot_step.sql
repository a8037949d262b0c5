begin;

select 'booking.check_slot_step(booking.assessment)'::regprocedure;

rollback;
