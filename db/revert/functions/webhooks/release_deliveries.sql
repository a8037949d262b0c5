begin;

drop function booking.release_deliveries(uuid, uuid, text[]);

commit;
