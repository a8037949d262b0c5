begin;

drop function booking.check_authority(booking.request, booking.reservations, booking.member_role);

commit;
