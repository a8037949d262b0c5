begin;

drop trigger _100_only_by_retention on booking.events;
drop function booking.refuse_loss();

commit;
