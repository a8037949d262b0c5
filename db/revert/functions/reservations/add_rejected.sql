begin;

drop function booking.add_rejected(jsonb, jsonb);

commit;
