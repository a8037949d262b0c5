begin;

drop function booking.list_violations(booking.assessment);

commit;
