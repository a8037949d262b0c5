begin;

drop function booking.request_verification(booking.members, boolean);

commit;
