begin;

drop function booking.refuse_write();

commit;
