begin;

drop function booking.check_opening_hours(booking.assessment);

commit;
