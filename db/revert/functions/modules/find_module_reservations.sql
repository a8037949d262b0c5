begin;

drop function booking.find_module_reservations(booking.modules, uuid, text[]);

commit;
