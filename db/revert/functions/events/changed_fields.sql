begin;

drop function booking.changed_fields(jsonb, jsonb);

commit;
