begin;

drop function booking.specificity(text, uuid);

commit;
