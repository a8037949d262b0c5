begin;

drop function booking.refuse_occurrences(jsonb, integer, text);

commit;
