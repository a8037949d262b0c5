begin;

drop function booking.show_profile(booking.members);

commit;
