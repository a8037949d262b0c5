begin;

drop function booking.epoch_position(timestamptz);

commit;
