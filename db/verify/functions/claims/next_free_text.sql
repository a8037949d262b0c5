begin;

select 'booking.next_free_text(timestamptz, text, timestamptz)'::regprocedure;

rollback;
