begin;

select 'booking.transition_reservation(text, uuid, integer, text, boolean, interval)'::regprocedure;

rollback;
