begin;

drop view api.bundles;
drop table booking.bundles;

commit;
