begin;

drop view api.blackouts;
drop table booking.blackouts;

commit;
