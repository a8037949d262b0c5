begin;

drop function booking.check_basics(booking.assessment);

commit;
