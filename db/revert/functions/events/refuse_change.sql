begin;

drop trigger _100_never_truncated on booking.blackouts;
drop trigger _100_never_truncated on booking.reservations;
drop trigger _100_never_truncated on booking.claims;
drop trigger _100_only_by_trigger on booking.claims;
drop trigger _100_append_only on booking.events;
drop function booking.refuse_change();

commit;
