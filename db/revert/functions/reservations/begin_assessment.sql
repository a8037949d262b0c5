begin;

drop function booking.begin_assessment(booking.request, uuid);

commit;
