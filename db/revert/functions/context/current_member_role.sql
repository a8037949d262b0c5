begin;

drop function booking.current_member_role();

commit;
