begin;

drop function booking.check_offsets(jsonb);

commit;
