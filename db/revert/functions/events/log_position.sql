begin;

drop function booking.log_position(xid8);

commit;
