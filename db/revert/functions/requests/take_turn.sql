begin;

drop function booking.take_turn(bigint, integer);

commit;
