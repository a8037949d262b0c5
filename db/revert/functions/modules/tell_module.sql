begin;

drop trigger _400_tell_module_on_delete on booking.reservations;
drop trigger _400_tell_module_on_update on booking.reservations;
drop function booking.tell_module();

commit;
