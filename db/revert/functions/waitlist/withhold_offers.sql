begin;

drop function booking.withhold_offers();

commit;
