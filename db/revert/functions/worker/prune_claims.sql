begin;

drop function booking.prune_claims(integer);

commit;
