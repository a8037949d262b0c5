begin;

drop function booking.refuse_violations(jsonb);

commit;
