begin;

drop function booking.rebase_log();

commit;
