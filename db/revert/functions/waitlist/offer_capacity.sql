begin;

drop trigger _600_offer_capacity on booking.resources;
drop function booking.offer_capacity();

commit;
