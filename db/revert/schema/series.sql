begin;

drop view api.series;
drop table booking.series;

commit;
