begin;

drop trigger _100_complete_blackout on booking.blackouts;
drop function booking.complete_blackout();

commit;
