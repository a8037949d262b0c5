begin;

drop function booking.apply_operation(jsonb);

commit;
