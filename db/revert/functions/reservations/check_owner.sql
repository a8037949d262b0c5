begin;

drop function booking.check_owner(booking.request, uuid);

commit;
