begin;

drop function booking.lock_operations(booking.request, jsonb);

commit;
