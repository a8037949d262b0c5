begin;

drop function booking.begin_request(text, jsonb, booking.member_role, text, boolean, text);

commit;
