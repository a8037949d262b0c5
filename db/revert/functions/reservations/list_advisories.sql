begin;

drop function booking.list_advisories(booking.assessment);

commit;
