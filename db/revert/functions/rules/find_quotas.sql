begin;

drop function booking.find_quotas(booking.resources);

commit;
