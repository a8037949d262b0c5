begin;

drop function booking.current_user_id();

commit;
