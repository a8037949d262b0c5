begin;

drop function booking.can_hold(regclass, text, text);

commit;
