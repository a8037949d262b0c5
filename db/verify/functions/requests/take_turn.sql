begin;

select 'booking.take_turn(bigint, integer)'::regprocedure;

rollback;
