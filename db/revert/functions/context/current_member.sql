begin;

drop function booking.current_member();

commit;
