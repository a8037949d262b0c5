begin;

drop function booking.enter_tenant(booking.member_role);

commit;
