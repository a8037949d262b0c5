begin;

drop function booking.without_titles(jsonb);

commit;
