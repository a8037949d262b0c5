begin;

drop function api.leave_waitlist(uuid, text);

commit;
