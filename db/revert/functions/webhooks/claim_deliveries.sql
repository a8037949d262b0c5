begin;

drop function booking.claim_deliveries(integer, integer, uuid[], uuid[]);

commit;
