begin;

drop function booking.type_patterns(text[], text);

commit;
