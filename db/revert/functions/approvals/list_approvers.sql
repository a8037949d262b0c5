begin;

drop function booking.list_approvers();

commit;
