begin;

drop table booking.synced_operations;

commit;
