begin;

drop function booking.take_quotas(booking.assessment);

commit;
