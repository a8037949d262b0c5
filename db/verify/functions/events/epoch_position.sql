begin;

select 'booking.epoch_position(timestamptz)'::regprocedure;

rollback;
