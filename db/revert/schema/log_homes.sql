begin;

drop table booking.log_homes;
drop sequence booking.log_offset;

commit;
