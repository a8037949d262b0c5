begin;

drop function booking.show_series(uuid, uuid, uuid[]);

commit;
