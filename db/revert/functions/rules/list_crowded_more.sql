begin;

drop function booking.list_crowded_more(booking.assessment);

commit;
