begin;

drop function booking.last_position();

commit;
