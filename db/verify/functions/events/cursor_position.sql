begin;

select 'booking.cursor_position(text)'::regprocedure;

rollback;
