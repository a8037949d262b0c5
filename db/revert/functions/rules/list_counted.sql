begin;

drop function booking.list_counted(booking.counted_reservations[], booking.resources, text, uuid);

commit;
