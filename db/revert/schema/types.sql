begin;

drop type booking.due_change;
drop type booking.placement;
drop type booking.request;
drop type booking.waitlist_status;
drop type booking.reservation_status;
drop type booking.member_role;

commit;
