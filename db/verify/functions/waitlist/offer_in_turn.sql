begin;

select 'booking.offer_in_turn(booking.resources, integer)'::regprocedure;

rollback;
